"""A table against what it promises."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.adapters import tables
from gitmlops.adapters.files import write_atomic
from gitmlops.components.columns import require_columns
from gitmlops.errors import InputError, Refusal

SAMPLE = 10
Broken = NDArray[numpy.bool_]


@dataclass(frozen=True)
class Promise:
    """One check: its name as shown, the columns that it reads, and which rows of a table break it."""

    name: str
    columns: tuple[str, ...]
    broken: Callable[[pandas.DataFrame], Broken]


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Write the report. Raises Refusal if a row breaks a promise, InputError if a promise makes no sense here."""
    promises = tuple(_promises(params))
    table = tables.read(inputs["table"])
    require_columns(table, (column for promise in promises for column in promise.columns), inputs["table"])
    rows = {promise.name: (numpy.flatnonzero(promise.broken(table)) + 1).tolist() for promise in promises}
    checks = {name: {"broken": len(broken), "sample": broken[:SAMPLE]} for name, broken in rows.items()}
    report = {"rows": len(table), "broken": sum(map(len, rows.values())), "checks": checks}
    write_atomic(outputs["report"], json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    _require_kept(rows, inputs["table"], len(table))


def _require_kept(rows: Mapping[str, Sequence[int]], path: Path, total: int) -> None:
    broken = [
        f"{name}: {len(found)} of {total} rows (first: {', '.join(map(str, found[:SAMPLE]))})"
        for name, found in rows.items()
        if found
    ]
    if broken:
        mend = "mend the data where they come from, or the promise in the pipeline"
        raise Refusal("; ".join(broken), where=str(path), mend=mend)


def _promises(params: Mapping[str, Any]) -> Iterator[Promise]:
    if unique := tuple(map(str, params.get("unique", ()))):
        yield Promise(f"unique({', '.join(unique)})", unique, lambda table: _doubles(table, unique))
    for column in map(str, params.get("not_null", ())):
        yield Promise(f"not_null({column})", (column,), _missing(column))
    for column, limits in params.get("ranges", {}).items():
        lower, upper = _limits(column, limits)
        name = f"range({column}, {'' if lower is None else lower}..{'' if upper is None else upper})"
        yield Promise(name, (column,), _outside(column, lower, upper))
    for column, allowed in params.get("categories", {}).items():
        if not isinstance(allowed, list) or not allowed:
            raise InputError(f"categories of {column!r} are no list", mend="write e.g. {origin: [EWR, JFK, LGA]}")
        yield Promise(f"category({column})", (column,), _unknown(column, allowed))


def _limits(column: str, limits: Any) -> tuple[float | None, float | None]:
    known = isinstance(limits, dict) and limits and set(limits) <= {"min", "max"}
    if not known or not all(isinstance(value, int | float) for value in limits.values()):
        mend = "write e.g. {arr_delay: {min: -120, max: 1800}}"
        raise InputError(f"the range of {column!r} has no min or max", mend=mend)
    return limits.get("min"), limits.get("max")


def _doubles(table: pandas.DataFrame, columns: Sequence[str]) -> Broken:
    return table.duplicated(list(columns), keep="first").to_numpy()


def _missing(column: str) -> Callable[[pandas.DataFrame], Broken]:
    return lambda table: table[column].isna().to_numpy()


def _outside(column: str, lower: float | None, upper: float | None) -> Callable[[pandas.DataFrame], Broken]:
    def broken(table: pandas.DataFrame) -> Broken:
        values = table[column]
        if not pandas.api.types.is_numeric_dtype(values):
            what = f"the range of {column!r} needs numbers, the column is {values.dtype}"
            raise InputError(what, mend="take the range out")
        numbers = values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
        below = numbers < lower if lower is not None else numpy.zeros(len(numbers), dtype=bool)
        above = numbers > upper if upper is not None else numpy.zeros(len(numbers), dtype=bool)
        return below | above

    return broken


def _unknown(column: str, allowed: Sequence[Any]) -> Callable[[pandas.DataFrame], Broken]:
    return lambda table: (table[column].notna() & ~table[column].isin(list(allowed))).to_numpy()
