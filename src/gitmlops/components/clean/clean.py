"""A table without what is known to be wrong with it."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.files import write_atomic
from gitmlops.components.clean import actions
from gitmlops.components.clean.actions import Done
from gitmlops.components.columns import require_columns
from gitmlops.errors import InputError

Action = Callable[[pandas.DataFrame], Done]


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the table and the log. Raises InputError for a step that makes no sense, or if no row is left."""
    steps = list(_steps(params))
    table = tables.read(inputs["table"])
    require_columns(table, (column for columns, _ in steps for column in columns), inputs["table"])
    before, log = len(table), []
    for _, act in steps:
        done = act(table)
        table = done.table
        log.append({"step": done.step, "dropped": done.dropped, "changed": done.changed, "rows": len(table)})
    if before and table.empty:
        raise InputError("no row is left", where=str(inputs["table"]), mend="clean less, or look at the table")
    tables.write(table, outputs["table"])
    facts = {"rows_before": before, "rows_after": len(table), "steps": log}
    write_atomic(outputs["log"], json.dumps(facts, indent=1, sort_keys=True).encode() + b"\n")


def _steps(params: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Action]]:
    """Each step with the columns that it needs: types first, as limits need numbers; gaps last, as others make some."""
    for column, kind in params.get("types", {}).items():
        yield (column,), partial(actions.with_type, column=column, kind=kind)
    if unique := tuple(map(str, params.get("unique", ()))):
        yield unique, partial(actions.without_doubles, columns=unique)
    for name, act in (
        ("categories", actions.within_categories),
        ("outliers", actions.within_limits),
        ("missing", actions.without_gaps),
    ):
        for column, given in params.get(name, {}).items():
            yield (column,), partial(act, column=column, given=given)
