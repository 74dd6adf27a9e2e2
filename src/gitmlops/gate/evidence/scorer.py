"""Scores rows with a model file that strangers made: a confined process, without our variables and without labels.

Memory is limited here, time by who starts it: a file of a few bytes can ask for any amount of both.

python -I -m gitmlops.adapters.confinement.start FOLDER gitmlops.gate.evidence.scorer MODEL_FILE ROWS_FILE ID_COLUMN OUT
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pandas

from gitmlops.adapters import models, process, tables
from gitmlops.errors import GitmlopsError, Refusal
from gitmlops.statistics.classification import Array

_GIB = 1 << 30
_MEMORY = 8 * _GIB


def score(model_file: Path, rows_file: Path, id_column: str, output: Path) -> None:
    """Write id and score (probability of class 1) of every row, in the order of the rows.

    The model gets the columns that it names itself, and no others. Raises Refusal if it is no binary classifier of
    0 and 1 that names its columns, if it names one that is not there, or if it fails.
    """
    model = models.load(model_file.read_bytes(), name="the model file")
    rows = tables.read(rows_file)
    scores = probabilities(model, rows[columns_of(model, rows.drop(columns=id_column))])
    tables.write(pandas.DataFrame({id_column: rows[id_column], "score": scores}), output)


def probabilities(model: Any, rows: pandas.DataFrame) -> Array:
    """The probability of class 1 of each row; rows: the columns that the model names. Raises Refusal if it fails."""
    try:
        return numpy.asarray(model.predict_proba(rows)[:, 1], dtype=numpy.float64)
    except (ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise Refusal(
            f"it fails on the evaluation rows: {error}", mend="train it on the columns of its feature set"
        ) from error


def columns_of(model: Any, rows: pandas.DataFrame) -> list[str]:
    """The columns that a model names, in its order.

    Raises Refusal if it is no binary classifier, or names a column that the rows do not have.
    """
    classes = getattr(model, "classes_", None)
    if not hasattr(model, "predict_proba") or classes is None or [*classes] != [0, 1]:
        raise Refusal("it is no classifier of 0 and 1 with probabilities", mend="train one on labels 0 and 1")
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        raise Refusal("it does not name its columns", mend="train it on a data frame")
    columns = [str(name) for name in names]
    if missing := sorted(set(columns) - set(rows.columns)):
        raise Refusal(
            f"it asks for columns that its feature set does not have: {', '.join(missing[:5])}",
            mend="train it on the feature set that its definition names",
        )
    return columns


def run(work: Callable[..., None], *arguments: object) -> None:
    """Do the work of such a process: in bounded memory, and a refusal in one line at its end."""
    process.limit_memory(_MEMORY)
    try:
        work(*arguments)
    except GitmlopsError as refused:
        sys.stderr.write(" ".join(str(refused).split()) + "\n")
        sys.exit(refused.exit_code)
    except MemoryError:
        sys.stderr.write(
            f"it takes more than {_MEMORY // _GIB} GiB of memory; make it smaller, or evaluate on fewer rows\n"
        )
        sys.exit(Refusal.exit_code)


if __name__ == "__main__":
    run(score, Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
