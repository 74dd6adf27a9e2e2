"""A table against what it promises."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.files import write_atomic
from gitmlops.components.columns import require_columns
from gitmlops.components.validate.promises import Promise, promises, with_parameters
from gitmlops.errors import InputError, Refusal
from gitmlops.report import raise_errors
from gitmlops.specs import reader
from gitmlops.specs.expectations import Expectations
from gitmlops.specs.yaml import compose

SAMPLE = 10


@dataclass(frozen=True)
class Checked:
    """One promise on one table: the rows that break it, from 1, or what is said of the table as a whole."""

    promise: Promise
    rows: tuple[int, ...]
    said: str

    @property
    def broken(self) -> int:
        """How many rows break it; 1 for a table that does as a whole."""
        return len(self.rows) or bool(self.said)

    def words(self, total: int) -> str:
        """What is wrong, for people."""
        first = ", ".join(map(str, self.rows[:SAMPLE]))
        return f"{self.promise.name}: {self.said or f'{len(self.rows)} of {total} rows (first: {first})'}"


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the report. Raises Refusal if a promise is broken, InputError if one makes no sense here."""
    given = with_parameters(_file(inputs.get("expectations")), params)
    wanted = tuple(promises(given))
    table = tables.read(inputs["table"])
    require_columns(table, (column for promise in wanted for column in promise.columns), inputs["table"])
    checked = [_check(promise, table) for promise in wanted]
    checks = {one.promise.name: _entry(one, table) for one in checked}
    report = {"rows": len(table), "broken": sum(one.broken for one in checked), "checks": checks}
    write_atomic(outputs["report"], json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    _require_kept(checked, inputs["table"], outputs["report"], len(table))


def _file(path: Path | None) -> Expectations | None:
    if path is None:
        return None
    if not path.is_file():
        raise InputError("no such file", where=str(path), mend="name one of features/expectations")
    roots = compose(path.read_bytes(), path=str(path))
    if not roots:
        raise InputError("is empty", where=str(path), mend="write expectations, or leave the input out")
    spec, wrong = reader.read(roots[0], Expectations, path=str(path))
    raise_errors(wrong)
    return spec


def _check(promise: Promise, table: pandas.DataFrame) -> Checked:
    rows = (numpy.flatnonzero(promise.broken(table)) + 1).tolist()
    return Checked(promise, tuple(rows), promise.of_table(table))


def _entry(one: Checked, table: pandas.DataFrame) -> Mapping[str, Any]:
    sample = one.rows[:SAMPLE]
    entry: dict[str, Any] = {"broken": one.broken, "sample": list(sample)}
    if one.said:
        entry["said"] = one.said
    if sample:
        columns = list(one.promise.columns) or list(table.columns)
        values = table.iloc[[row - 1 for row in sample]][columns].astype(object)
        entry["values"] = [{str(name): _shown(value) for name, value in row.items()} for _, row in values.iterrows()]
    return entry


def _shown(value: Any) -> Any:
    """As JSON has it: what it does not have as text."""
    if pandas.isna(value):
        return None
    return value if isinstance(value, str | bool | int | float) else str(value)


def _require_kept(checked: Iterable[Checked], path: Path, report: Path, total: int) -> None:
    if broken := [one.words(total) for one in checked if one.broken]:
        mend = f"mend the data where they come from, or the promise; {report} has the values of these rows"
        raise Refusal("; ".join(broken), where=str(path), mend=mend)
