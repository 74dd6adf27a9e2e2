"""Scores rows with a model file that strangers made: a confined process, without our variables and without labels.

Memory is limited here, time by who starts it: a file of a few bytes can ask for any amount of both.

The program gitmlops.gate.evidence.scorer, by its arguments:
    MODEL_FILE ROWS_FILE ID_COLUMN TASK_FILE OUTPUT
"""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models, predicted, predicting
from gitmlops.adapters.system import process
from gitmlops.errors import GitmlopsError, Refusal
from gitmlops.specs.model import Task

_GIB = 1 << 30
_MEMORY = 8 * _GIB


def score(model_file: Path, rows_file: Path, id_column: str, task_file: Path, output: Path) -> None:
    """Write the id and the predictions of every row, in the order of the rows and in the columns of its task.

    The model gets the columns that it names itself, and no others. Raises Refusal if it does not give what its task
    asks for, does not name its columns, names one that is not there, or fails.
    """
    model = models.load(model_file.read_bytes(), name="the model file")
    task = msgspec.json.decode(task_file.read_bytes(), type=Task)
    rows = tables.read(rows_file)
    predicting.require_kind(model, task)
    columns = predicting.columns_of(model, rows.drop(columns=id_column).columns)
    scored = predicted.as_table(predicting.predict(model, rows[columns], task), task)
    scored.insert(0, id_column, rows[id_column])
    tables.write(scored, output)


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
    run(score, Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
