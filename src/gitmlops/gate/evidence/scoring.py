"""The scores that a model file gives, from a process of its own: nothing of a stranger's is loaded in ours."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pandas

from gitmlops.adapters.confinement.warm import Running
from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import predicted
from gitmlops.errors import Refusal, ToolError
from gitmlops.gate.evidence import confined
from gitmlops.gate.evidence.variants import Outcome, Plan
from gitmlops.specs.model import Task
from gitmlops.statistics.classification import Array


class Scoring:
    """A model that scores the rows of a table in a process of its own, while we go on; its scores are waited for."""

    def __init__(self, model: bytes, rows: pandas.DataFrame, id_column: str, task: Task) -> None:
        # After an interrupt it is removed while the process in it is being killed.
        self._place = TemporaryDirectory(prefix="gitmlops-score-", ignore_cleanup_errors=True)
        folder = Path(self._place.name)
        known, asked, self._output = folder / "rows.parquet", folder / "task", folder / "scores.parquet"
        tables.write(rows, known)
        asked.write_bytes(msgspec.json.encode(task))
        words = (str(known), id_column, str(asked), str(self._output))
        self._running = confined.begin(*_program("scorer", model, folder), *words, folder=folder)

    def scores(self) -> pandas.DataFrame:
        """The id and the predictions of every row, in the task's columns; once. Raises Refusal if there are none."""
        with self._place:
            _wait(self._running)
            return tables.read(self._output)


def variant_scores(model: bytes, rows: pandas.DataFrame, plan: Plan) -> tuple[Mapping[int, Array], Outcome]:
    """The predictions of each variant that could be scored, by its place in the plan; and of the others why not.

    All of them take one process. rows: the features alone. Raises Refusal if the model cannot be scored at all.
    """
    with TemporaryDirectory(prefix="gitmlops-score-") as name:
        folder = Path(name)
        known, asked, scored, told = (folder / file for file in ("rows.parquet", "plan", "scores.parquet", "outcome"))
        tables.write(rows, known)
        asked.write_bytes(msgspec.json.encode(plan))
        words = map(str, (known, asked, scored, told))
        _wait(confined.begin(*_program("variant_scorer", model, folder), *words, folder=folder))
        outcome = msgspec.json.decode(told.read_bytes(), type=Outcome)
        return _by_place(tables.read(scored), plan, outcome), outcome


def _by_place(scored: pandas.DataFrame, plan: Plan, outcome: Outcome) -> Mapping[int, Array]:
    places = [place for place in range(len(plan.variants)) if place not in outcome.failed]
    return {
        place: predicted.from_table(scored[names].set_axis(plan.task.predicted, axis="columns"), plan.task)
        for place, names in ((place, plan.columns(place)) for place in places)
    }


def _program(module: str, model: bytes, folder: Path) -> tuple[str, str]:
    """A module, and the model file that it gets first."""
    file = folder / "model.skops"
    file.write_bytes(model)
    return f"gitmlops.gate.evidence.{module}", str(file)


def _wait(running: Running) -> None:
    """Raises Refusal, with what the process said last, if it failed."""
    try:
        confined.wait(running)
    except ToolError as error:
        reason = error.what.splitlines()[-1].removeprefix("the model file: ")
        raise Refusal(f"it was not scored: {reason}", mend=error.mend) from error
