"""Whether a view's data are what its definition says: types, keys, repeated rows, values of features, freshness."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitmlops.adapters.engines.engine import Engine, opening
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import GitmlopsError, InputError, InputErrors
from gitmlops.features.building import freshness, sql_value_tests
from gitmlops.features.join import relations, transforms
from gitmlops.features.join.relations import Relation
from gitmlops.features.wiring import check as wiring
from gitmlops.report import Cell, Finding, Location, Report, Severity, Table, raise_errors
from gitmlops.specs.engine import EngineName
from gitmlops.specs.feature import Feature, FeatureTest, FeatureView
from gitmlops.specs.yaml import shortened

_ROWS, _SHOWN = '"tested rows"', "rows_that_are_shown"


@dataclass(frozen=True)
class _Test:
    """A condition that no row, or at most a share of them, may meet.

    counted: how many rows meet it, as SQL; said: what to say of `n` such rows.
    """

    feature: Feature
    rule: str
    condition: str
    counted: str
    said: str
    place: Location
    most: float = 0.0


@dataclass(frozen=True)
class Tested:
    """The findings on one view, and how much was looked at."""

    view: str
    rows: int
    tests: int
    findings: tuple[Finding, ...]


def test(
    root: Path, definitions: Definitions, view: Placed[FeatureView], *, now: datetime, engine: EngineName
) -> Tested:
    """What the data of a view are. A view whose data cannot be read as its definitions say has findings, too.

    now: the moment that freshness counts from. Raises ToolError where memory or disk is at fault.
    """
    try:
        raise_errors(wiring.check_views(definitions, [view]))
        readable = [file.real for file in relations.readable(root, definitions, [view])]
        with opening(engine)(readable) as opened:
            relation = relations.attach(opened, root, definitions, view)
            mend = f"mend the view {view.spec.id}, or the data of {view.spec.source}"
            with opened.blaming(transforms.place(view), mend):
                return _tested(opened, relation, view, now)
    except InputError as error:
        errors = error.errors if isinstance(error, InputErrors) else (error,)
        return Tested(view.spec.id, 0, 0, tuple(_unreadable(view, one) for one in errors))


def report(tested: Sequence[Tested]) -> Report:
    """Everything that was found, and a line a view."""
    rows = tuple(
        (
            one.view,
            one.rows,
            one.tests,
            sum(finding.severity is Severity.ERROR for finding in one.findings),
            sum(finding.severity is Severity.WARNING for finding in one.findings),
        )
        for one in tested
    )
    table = Table("Views", ("view", "rows", "checks", "failed", "warnings"), rows)
    findings = tuple(finding for one in tested for finding in one.findings)
    return Report("Feature tests", findings, tables=(table,), outcomes=("passed", "failed"))


def _tested(engine: Engine, relation: Relation, view: Placed[FeatureView], now: datetime) -> Tested:
    # Where all features are aggregations, every row counts: events of the same moment are nobody's mistake.
    is_one_row_asked = bool(relations.newest(view.spec))
    findings = [*_keys(engine, relation, view), *(_repeated(engine, relation, view) if is_one_row_asked else ())]
    # Once: each aggregation is computed for it.
    engine.keep(_ROWS, relations.rows(engine, view.spec, relation))
    _require_same_texts(engine, view)
    tests = [test for i, feature in enumerate(view.spec.features) for test in _tests(view, i, feature)]
    (counted,) = engine.table(
        sql_value_tests.failing(["count(*)", *(test.counted for test in tests)], _ROWS)
    ).to_pylist()
    rows, *counts = counted.values()
    for test, count in zip(tests, counts, strict=True):
        if count > test.most * rows:
            findings.append(_failed(engine, relation, test, count, rows))
    findings += freshness.of_relation(engine, relation, view, now)
    checks = len(tests) + len(relation.keys) + 1 + is_one_row_asked + (view.spec.freshness is not None)
    if not any(finding.severity is Severity.ERROR for finding in findings):
        message = f"{view.spec.id}: {rows:,} rows pass"
        findings.append(Finding("data", Severity.PASS, message, view.at("name")))
    return Tested(view.spec.id, rows, checks, tuple(findings))


def _require_same_texts(engine: Engine, view: Placed[FeatureView]) -> None:
    """Raises InputError where a test compares texts that this engine writes otherwise than DuckDB."""
    for i, feature in enumerate(view.spec.features):
        listed = any(test.categories is not None for test in feature.tests)
        if engine.name != "duckdb" and listed and feature.dtype in ("float64", "timestamp"):
            message = f"categories of a {feature.dtype} are compared as text, which {engine.name} writes otherwise"
            mend = "test this view with `--engine duckdb`, or by `min` and `max`"
            raise InputError(message, where=str(view.at("features", i)), mend=mend)


def _tests(view: Placed[FeatureView], index: int, feature: Feature) -> Iterator[_Test]:
    name, place = feature.name, view.at("features", index)
    if not feature.nullable:
        condition = sql_value_tests.is_null(name)
        counted = sql_value_tests.counted(condition)
        yield _Test(feature, "nullable", condition, counted, "no value, and it is not nullable", place)
    for i, test in enumerate(feature.tests):
        place = view.at("features", index, "tests", i)
        for rule, condition, said, most in _each(name, test):
            counted = sql_value_tests.counted(condition)
            if rule == "unique":
                counted = sql_value_tests.count_of_repeats(name, _ROWS)
            yield _Test(feature, rule, condition, counted, said, place, most)


def _each(name: str, test: FeatureTest) -> Iterator[tuple[str, str, str, float]]:
    """Rule, condition, what is said of rows that meet it, and the greatest share of rows that may."""
    if test.min is not None:
        yield "min", sql_value_tests.below(name, test.min), f"a value below {test.min:.12g}", 0.0
    if test.max is not None:
        yield "max", sql_value_tests.above(name, test.max), f"a value above {test.max:.12g}", 0.0
    if test.max_null_fraction is not None:
        said = f"no value, more than the share of {test.max_null_fraction:.12g}"
        yield "max_null_fraction", sql_value_tests.is_null(name), said, test.max_null_fraction
    if test.categories is not None:
        condition = sql_value_tests.outside(name, test.categories)
        yield "categories", condition, "a value that is none of the categories", 0.0
    if test.unique:
        yield "unique", sql_value_tests.repeats(name, _ROWS), "a value that another row has, too", 0.0


def _failed(engine: Engine, relation: Relation, test: _Test, count: int, rows: int) -> Finding:
    name = test.feature.name
    columns = [*relation.keys, relation.timestamp, *([] if test.feature.is_personal else [name])]
    order = list(dict.fromkeys([relation.timestamp, *relation.keys, name]))
    select = sql_value_tests.examples(test.condition, list(dict.fromkeys(columns)), order, _ROWS)
    message = f"{name}: {count:,} of {rows:,} rows have {test.said}"
    mend = "mend the data, or what the definition expects"
    return Finding(test.rule, Severity.ERROR, message, test.place, mend, _examples(engine, select))


def _keys(engine: Engine, relation: Relation, view: Placed[FeatureView]) -> Iterator[Finding]:
    (counted,) = engine.table(sql_value_tests.keys(relation)).to_pylist()
    rows, *nulls = counted.values()
    names = (f"time in {relation.timestamp!r}", *(f"value of the key {name!r}" for name in relation.keys))
    for what, count in zip(names, nulls, strict=True):
        if count:
            message = f"{count:,} of {rows:,} rows have no {what}: nobody can ask for them"
            yield Finding("keys", Severity.ERROR, message, view.at("entities"), "mend the data, or filter them out")


def _repeated(engine: Engine, relation: Relation, view: Placed[FeatureView]) -> Iterator[Finding]:
    ((count,),) = (one.values() for one in engine.table(sql_value_tests.repeated(relation)).to_pylist())
    if count:
        times = "keys and times" if relation.created else "keys and time"
        message = f"{count:,} rows have the {times} of another row: which of them counts, their values decide"
        examples = _examples(engine, sql_value_tests.repeated_examples(relation))
        mend = "keep one, e.g. with `SELECT DISTINCT`, or aggregate them"
        yield Finding("duplicates", Severity.ERROR, message, view.at("source"), mend, examples)


def _examples(engine: Engine, select: str) -> tuple[tuple[str, Cell], ...]:
    """Rows as text. Their values may be anybody's words."""
    with engine.reader() as reader:
        reader.register(_SHOWN, engine.table(select))
        rows = reader.table(sql_value_tests.as_text([*reader.columns(_SHOWN)], _SHOWN)).to_pylist()
    return tuple(
        (f"row {i}", ", ".join(f"{name} {_shown(value)}" for name, value in row.items()))
        for i, row in enumerate(rows, 1)
    )


def _shown(value: str | None) -> str:
    return "null" if value is None else shortened(value)


def _unreadable(view: Placed[FeatureView], error: GitmlopsError) -> Finding:
    where = f"{error.where}: " if error.where else ""
    return Finding("data", Severity.ERROR, f"{where}{error.what}", view.at("name"), error.mend)
