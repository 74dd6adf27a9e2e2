"""The scores that a model file gives, from a process of its own: nothing of a stranger's is loaded in ours."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pandas

from gitmlops.adapters import predicted, tables
from gitmlops.errors import Refusal, ToolError
from gitmlops.gate.evidence import confined
from gitmlops.gate.evidence.variants import Outcome, Plan
from gitmlops.specs.model import Task
from gitmlops.statistics.classification import Array


def scores(model: bytes, rows: Path, id_column: str, task: Task) -> pandas.DataFrame:
    """The id and the predictions of every row of a table, in the task's columns.

    Raises Refusal if the model has none.
    """
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        known, asked, output = folder / "rows.parquet", folder / "task", folder / "scores.parquet"
        shutil.copyfile(rows, known)
        asked.write_bytes(msgspec.json.encode(task))
        _run("scorer", model, str(known), id_column, str(asked), str(output), folder=folder)
        return tables.read(output)


def variant_scores(model: bytes, rows: pandas.DataFrame, plan: Plan) -> tuple[Mapping[int, Array], Outcome]:
    """The predictions of each variant that could be scored, by its place in the plan; and of the others why not.

    All of them take one process. rows: the features alone. Raises Refusal if the model cannot be scored at all.
    """
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        known, asked, scored, told = (folder / file for file in ("rows.parquet", "plan", "scores.parquet", "outcome"))
        tables.write(rows, known)
        asked.write_bytes(msgspec.json.encode(plan))
        _run("variant_scorer", model, *map(str, (known, asked, scored, told)), folder=folder)
        outcome = msgspec.json.decode(told.read_bytes(), type=Outcome)
        return _by_place(tables.read(scored), plan, outcome), outcome


def _by_place(scored: pandas.DataFrame, plan: Plan, outcome: Outcome) -> Mapping[int, Array]:
    places = [place for place in range(len(plan.variants)) if place not in outcome.failed]
    return {
        place: predicted.from_table(scored[names].set_axis(plan.task.predicted, axis="columns"), plan.task)
        for place, names in ((place, plan.columns(place)) for place in places)
    }


def _run(module: str, model: bytes, *arguments: str, folder: Path) -> None:
    """Raises Refusal, with what the process said last, if it failed."""
    file = folder / "model.skops"
    file.write_bytes(model)
    try:
        confined.run(f"gitmlops.gate.evidence.{module}", str(file), *arguments, folder=folder)
    except ToolError as error:
        reason = error.what.splitlines()[-1].removeprefix("the model file: ")
        raise Refusal(f"it was not scored: {reason}", mend=error.mend) from error
