"""The SQL of definitions, bound by DuckDB without any data: what does not parse, or names what is not there."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext

from gitmlops.adapters.engines.duckdb import Engine, opened
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.join import expressions, transforms
from gitmlops.features.join.bound import Written
from gitmlops.features.wiring import columns, selection, upstream
from gitmlops.features.wiring.upstream import Upstream
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.feature import FeatureView, OnDemand


def check(definitions: Definitions, written: Iterable[Written]) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """What is wrong with this SQL, and the digests of that with which nothing is.

    The definitions fit together (`wiring.check`), or InputError is raised.
    """
    written = tuple(written)
    findings: list[Finding] = []
    passed: set[str] = set()
    with opened() as engine:
        engine.parse_ahead([_sql(spec) for one in written if isinstance(spec := one.placed.spec, FeatureView)])
        for above, group in _by_upstream(definitions, written):
            with transforms.named(engine, above) if above else nullcontext():
                for one in group:
                    found = _findings(engine, definitions, one.placed)
                    findings += found
                    if not found:
                        passed.add(one.digest)
    return tuple(findings), frozenset(passed)


def _by_upstream(
    definitions: Definitions, written: Iterable[Written]
) -> Iterable[tuple[Upstream | None, Sequence[Written]]]:
    """Views that read the same stand together: to name it for each would be a quarter of the work."""
    groups: dict[str, tuple[Upstream | None, list[Written]]] = {}
    for one in written:
        above = _above(definitions, one.placed)
        groups.setdefault(repr(above), (above, []))[1].append(one)
    return groups.values()


def _above(definitions: Definitions, placed: Placed[FeatureView] | Placed[OnDemand]) -> Upstream | None:
    return None if isinstance(placed.spec, OnDemand) else upstream.of(definitions, placed)


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
    given = transforms.bind(engine, view, _sql(view.spec), above)
    return [*columns.check(view, upstream.keys_of(definitions, view.spec), above, given)]


def _sql(view: FeatureView) -> str:
    assert view.transform and view.transform.sql  # noqa: S101 - only SQL is written
    return view.transform.sql


def _on_demand(engine: Engine, definitions: Definitions, placed: Placed[OnDemand]) -> list[Finding]:
    features = [selection.pinned(definitions, pin).feature for pin in placed.spec.inputs]
    expressions.bind(engine, placed, expressions.inputs(placed, features))
    return []
