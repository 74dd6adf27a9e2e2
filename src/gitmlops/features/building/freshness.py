"""Whether the newest row of a view is older than its definition allows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gitmlops.adapters.engines.duckdb import opened
from gitmlops.adapters.engines.engine import Engine
from gitmlops.definitions import Definitions, Placed
from gitmlops.features.building import sql_value_tests
from gitmlops.features.join import relations
from gitmlops.features.join.relations import Relation
from gitmlops.report import Finding, Severity
from gitmlops.specs.feature import FeatureView
from gitmlops.specs.fields import seconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def of_view(root: Path, definitions: Definitions, view: Placed[FeatureView], now: datetime) -> tuple[Finding, ...]:
    """As `of_relation`, of the data in the work tree. Raises InputError where they cannot be read."""
    readable = [file.real for file in relations.readable(root, definitions, [view])]
    with opened(readable) as engine:
        return tuple(of_relation(engine, relations.attach(engine, root, definitions, view), view, now))


def of_relation(engine: Engine, relation: Relation, view: Placed[FeatureView], now: datetime) -> Iterator[Finding]:
    """What is too old, by the strictest limit that is passed; nothing without `freshness:`."""
    freshness = view.spec.freshness
    if freshness is None:
        return
    ((moment,),) = (one.values() for one in engine.table(sql_value_tests.newest(relation)).to_pylist())
    limits = (
        ("error_after", freshness.error_after, Severity.ERROR),
        ("warn_after", freshness.warn_after, Severity.WARNING),
    )
    for key, limit, severity in limits:
        age = None if moment is None else now - (_EPOCH + timedelta(microseconds=moment))
        if limit is None or (age is not None and age <= timedelta(seconds=seconds(limit))):
            continue
        message = "there is no row" if age is None else f"the newest row is {_words(age)} old, more than {limit}"
        yield Finding("freshness", severity, message, view.at("freshness", key), "bring newer data")
        return


def _words(age: timedelta) -> str:
    return f"{age.days}d {age.seconds // 3600}h" if age.days else f"{age.seconds // 3600}h {age.seconds // 60 % 60}m"
