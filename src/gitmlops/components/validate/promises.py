"""Promises about a table: which of its rows break each of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.components.validate.rules import breaking
from gitmlops.components.validate.types import dtype_of
from gitmlops.errors import InputError
from gitmlops.specs.expectations import Expectations, Fresh, Range, RowCount, Rule
from gitmlops.specs.fields import seconds

Broken = NDArray[numpy.bool_]


@dataclass(frozen=True)
class Promise:
    """One check: its name as shown, the columns that it reads, and which rows of a table break it.

    of_table: what is said if the table as a whole breaks it, which no single row does.
    """

    name: str
    columns: tuple[str, ...]
    broken: Callable[[pandas.DataFrame], Broken] = field(default=lambda table: numpy.zeros(len(table), dtype=bool))
    of_table: Callable[[pandas.DataFrame], str] = field(default=lambda table: "")


def promises(given: Expectations) -> Iterator[Promise]:
    """Every promise, in the order of the file's keys. Raises InputError for one that makes no sense."""
    for column, wanted in given.types.items():
        yield Promise(f"type({column}, {wanted})", (column,), of_table=_other_type(column, wanted))
    if unique := tuple(given.unique):
        name = f"unique({', '.join(unique)})"
        yield Promise(name, unique, lambda table: table.duplicated(list(unique), keep="first").to_numpy())
    for column in given.not_null:
        yield Promise(f"not_null({column})", (column,), _missing(column))
    for column, most in given.missing.items():
        yield Promise(f"missing({column}, {most:g})", (column,), of_table=_too_many_missing(column, most))
    for column, limits in given.ranges.items():
        yield Promise(f"range({column}, {_shown(column, limits)})", (column,), _outside(column, limits))
    for column, allowed in given.categories.items():
        if not allowed:
            mend = "write e.g. {origin: [EWR, JFK, LGA]}"
            raise InputError(f"categories of {column!r} are no list of values", mend=mend)
        yield Promise(f"category({column})", (column,), _unknown(column, allowed))
    if given.rows:
        yield Promise(f"rows({_shown('rows', given.rows)})", (), of_table=_too_few_or_many(given.rows))
    if given.fresh:
        yield Promise(f"fresh({given.fresh.column})", (given.fresh.column,), of_table=_stale(given.fresh))
    for rule in given.rules:
        yield Promise(f"rule({rule.name})", (), _breaking(rule))


def with_parameters(given: Expectations | None, params: Mapping[str, Any]) -> Expectations:
    """The promises of a file and those of a step's parameters. Raises InputError for parameters that are none."""
    header = {"kind": "expectations", "name": "parameters", "owner": "step", "description": "Of a step"}
    try:
        own = msgspec.convert({**header, **params}, Expectations)
    except msgspec.ValidationError as error:
        what = f"with: {error}"
        raise InputError(what, mend="`gitmlops component show validate` says what each promise takes") from error
    return own if given is None else _joined(given, own)


def _joined(one: Expectations, two: Expectations) -> Expectations:
    joined: dict[str, Any] = {}
    for name in ("types", "missing", "ranges", "categories"):
        joined[name] = {**getattr(one, name), **getattr(two, name)}
    joined |= {name: [*getattr(one, name), *getattr(two, name)] for name in ("not_null", "rules")}
    joined |= {name: getattr(two, name) or getattr(one, name) for name in ("unique", "rows", "fresh")}
    return msgspec.structs.replace(one, **joined)


def _shown(what: str, limits: Range | RowCount) -> str:
    lower, upper = limits.min, limits.max
    if lower is None and upper is None:
        raise InputError(f"the range of {what!r} has no min or max", mend="write e.g. {arr_delay: {min: -120}}")
    return f"{'' if lower is None else f'{lower:g}'}..{'' if upper is None else f'{upper:g}'}"


def _other_type(column: str, wanted: str) -> Callable[[pandas.DataFrame], str]:
    def said(table: pandas.DataFrame) -> str:
        found = dtype_of(table[column])
        return "" if found == wanted else f"is {found}"

    return said


def _missing(column: str) -> Callable[[pandas.DataFrame], Broken]:
    return lambda table: table[column].isna().to_numpy()


def _too_many_missing(column: str, most: float) -> Callable[[pandas.DataFrame], str]:
    def said(table: pandas.DataFrame) -> str:
        count = int(table[column].isna().sum())
        return f"{count} of {len(table)} rows have no value" if count > most * len(table) else ""

    return said


def _outside(column: str, limits: Range) -> Callable[[pandas.DataFrame], Broken]:
    def broken(table: pandas.DataFrame) -> Broken:
        values = table[column]
        if not pandas.api.types.is_numeric_dtype(values):
            what = f"the range of {column!r} needs numbers, the column is {values.dtype}"
            raise InputError(what, mend="take the range out")
        numbers = values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
        below = numbers < limits.min if limits.min is not None else numpy.zeros(len(numbers), dtype=bool)
        above = numbers > limits.max if limits.max is not None else numpy.zeros(len(numbers), dtype=bool)
        return below | above

    return broken


def _unknown(column: str, allowed: Sequence[Any]) -> Callable[[pandas.DataFrame], Broken]:
    return lambda table: (table[column].notna() & ~table[column].isin(list(allowed))).to_numpy()


def _too_few_or_many(limits: RowCount) -> Callable[[pandas.DataFrame], str]:
    def said(table: pandas.DataFrame) -> str:
        few = limits.min is not None and len(table) < limits.min
        many = limits.max is not None and len(table) > limits.max
        return f"there are {len(table)}" if few or many else ""

    return said


def _stale(fresh: Fresh) -> Callable[[pandas.DataFrame], str]:
    try:
        end = pandas.Timestamp(fresh.as_of, tz="UTC") + pandas.Timedelta(days=1)
    except ValueError as error:
        raise InputError(f"fresh: {fresh.as_of!r} is no day", mend='write e.g. "2013-03-31"') from error

    def said(table: pandas.DataFrame) -> str:
        if dtype_of(table[fresh.column]) != "timestamp":
            raise InputError(f"fresh: {fresh.column!r} is {dtype_of(table[fresh.column])}", mend="name a time")
        newest = pandas.to_datetime(table[fresh.column], utc=True).max()
        if not pandas.isna(newest) and newest >= end - pandas.Timedelta(seconds=seconds(fresh.within)):
            return ""
        when = "there is no time" if pandas.isna(newest) else f"the newest is {newest:%Y-%m-%d %H:%M}"
        return f"{when}, more than {fresh.within} before the end of {fresh.as_of}"

    return said


def _breaking(rule: Rule) -> Callable[[pandas.DataFrame], Broken]:
    return lambda table: breaking(table, rule)
