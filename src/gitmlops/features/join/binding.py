"""The SQL of definitions, bound by DuckDB without any data: what does not parse, or names what is not there."""

from collections.abc import Iterable

from gitmlops.adapters.engines.duckdb import Engine, opened
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.join import expressions, transforms
from gitmlops.features.join.bound import Written
from gitmlops.features.wiring import columns, selection, upstream
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.feature import FeatureView, OnDemand


def check(definitions: Definitions, written: Iterable[Written]) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """What is wrong with this SQL, and the digests of that with which nothing is.

    The definitions fit together (`wiring.check`), or InputError is raised.
    """
    findings: list[Finding] = []
    passed: set[str] = set()
    with opened() as engine:
        for one in written:
            found = _findings(engine, definitions, one.placed)
            findings += found
            if not found:
                passed.add(one.digest)
    return tuple(findings), frozenset(passed)


def _findings(
    engine: Engine, definitions: Definitions, placed: Placed[FeatureView] | Placed[OnDemand]
) -> list[Finding]:
    try:
        if isinstance(placed.spec, OnDemand):
            return _on_demand(engine, definitions, placed)
        return _view(engine, definitions, placed)
    except InputError as error:
        path, line, column = error.where.rsplit(":", 2)
        return [Finding("sql", Severity.ERROR, error.what, Location(path, int(line), int(column)), error.mend)]


def _view(engine: Engine, definitions: Definitions, view: Placed[FeatureView]) -> list[Finding]:
    above = upstream.of(definitions, view)
    assert view.spec.transform and view.spec.transform.sql  # noqa: S101 - only SQL is written
    given = transforms.bind(engine, view, view.spec.transform.sql, above)
    return [*columns.check(view, upstream.keys_of(definitions, view.spec), above, given)]


def _on_demand(engine: Engine, definitions: Definitions, placed: Placed[OnDemand]) -> list[Finding]:
    features = [selection.pinned(definitions, pin).feature for pin in placed.spec.inputs]
    expressions.bind(engine, placed, expressions.inputs(placed, features))
    return []
