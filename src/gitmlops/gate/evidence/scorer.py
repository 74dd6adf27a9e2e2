"""Scores rows with a model file that strangers made: a process of its own, without our variables and without labels.

Memory is limited here, time by who starts it: a file of a few bytes can ask for any amount of both.

python -I -m gitmlops.gate.evidence.scorer MODEL_FILE ROWS_FILE ID_COLUMN OUTPUT
"""

import sys
from pathlib import Path
from typing import Any

import numpy
import pandas

from gitmlops.adapters import models, process, tables
from gitmlops.errors import GitmlopsError, Refusal

_GIB = 1 << 30
_MEMORY = 8 * _GIB


def score(model_file: Path, rows_file: Path, id_column: str, output: Path) -> None:
    """Write id and score (probability of class 1) of every row, in the order of the rows.

    The model gets the columns that it names itself, and no others. Raises Refusal if it is no binary classifier of
    0 and 1 that names its columns, if it names one that is not there, or if it fails.
    """
    model = models.load(model_file.read_bytes(), name="the model file")
    rows = tables.read(rows_file)
    columns = _columns(model, rows, id_column)
    try:
        scores = model.predict_proba(rows[columns])[:, 1]
    except (ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise Refusal(
            f"it fails on the evaluation rows: {error}", mend="train it on the columns of its feature set"
        ) from error
    frame = pandas.DataFrame({id_column: rows[id_column], "score": numpy.asarray(scores, dtype=numpy.float64)})
    tables.write(frame, output)


def _columns(model: Any, rows: pandas.DataFrame, id_column: str) -> list[str]:
    classes = getattr(model, "classes_", None)
    if not hasattr(model, "predict_proba") or classes is None or [*classes] != [0, 1]:
        raise Refusal("it is no classifier of 0 and 1 with probabilities", mend="train one on labels 0 and 1")
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        raise Refusal("it does not name its columns", mend="train it on a data frame")
    columns = [str(name) for name in names]
    if missing := sorted(set(columns) - (set(rows.columns) - {id_column})):
        raise Refusal(
            f"it asks for columns that its feature set does not have: {', '.join(missing[:5])}",
            mend="train it on the feature set that its definition names",
        )
    return columns


if __name__ == "__main__":
    process.limit_memory(_MEMORY)
    try:
        score(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    except GitmlopsError as refused:
        sys.stderr.write(" ".join(str(refused).split()) + "\n")
        sys.exit(refused.exit_code)
    except MemoryError:
        sys.stderr.write(
            f"it takes more than {_MEMORY // _GIB} GiB of memory; make it smaller, or evaluate on fewer rows\n"
        )
        sys.exit(Refusal.exit_code)
