"""One pipeline for a reader: its parameters, its steps, the models that it makes."""

import json
from collections.abc import Sequence

from gitmlops.definitions import Placed
from gitmlops.pipelines.planning.plan import PlannedStep
from gitmlops.report import Report, Table
from gitmlops.specs.pipeline import Pipeline

_COLUMNS = ("step", "does", "reads", "writes")


def overview(placed: Placed[Pipeline], steps: Sequence[PlannedStep], models: Sequence[str]) -> Report:
    """The report that `pipeline show` shows. models: names of those that the pipeline makes."""
    params = tuple((name, json.dumps(value)) for name, value in placed.spec.params.items())
    rows = tuple((step.name, _does(step), ", ".join(step.reads), ", ".join(step.outputs.values())) for step in steps)
    tables = (Table("Parameters", ("name", "value"), params), Table("Steps", _COLUMNS, rows))
    return Report(
        placed.spec.name,
        summary=(placed.spec.description,) if placed.spec.description else (),
        facts=(("file", placed.path), ("models", ", ".join(models) or "none")),
        tables=tuple(table for table in tables if table.rows),
    )


def _does(step: PlannedStep) -> str:
    lines = step.command.splitlines()
    return step.contract.uses or (lines[0] + " …" if len(lines) > 1 else lines[0])
