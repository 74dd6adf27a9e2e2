"""Which SQL was bound before, so that only what changed is bound again: DuckDB takes a quarter of a second to load."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import msgspec

from gitmlops import __version__
from gitmlops.adapters.files import write_atomic
from gitmlops.definitions import Definitions, Placed
from gitmlops.features.wiring import selection, upstream
from gitmlops.specs.feature import FeatureView, OnDemand


@dataclass(frozen=True)
class Written:
    """A definition with SQL. digest: SHA-256 of all that its binding depends on."""

    placed: Placed[FeatureView] | Placed[OnDemand]
    digest: str


def written(definitions: Definitions) -> tuple[Written, ...]:
    """Every SQL of the definitions, which fit together (`wiring.check`), or InputError is raised."""
    tools = _tools()
    return tuple(Written(placed, _digest((tools, parts))) for placed, parts in _parts(definitions))


def recall(file: Path) -> frozenset[str]:
    """The digests that were remembered; none where nothing was, or where it cannot be read."""
    try:
        return frozenset(file.read_text("ascii", errors="replace").split())
    except OSError:
        return frozenset()


def remember(file: Path, digests: Iterable[str]) -> None:
    """Keep the digests of SQL that binds. Raises ToolError if the disk does not take it."""
    write_atomic(file, "".join(f"{digest}\n" for digest in sorted(digests)).encode())


def _parts(definitions: Definitions) -> Iterator[tuple[Placed[FeatureView] | Placed[OnDemand], object]]:
    for view in definitions.all(FeatureView).values():
        spec = view.spec
        if spec.transform and spec.transform.sql:
            above, keys = upstream.of(definitions, view), upstream.keys_of(definitions, spec)
            rows = (above.name, above.timestamp, above.created, above.columns)
            wanted = (keys, spec.known_at, spec.aggregations, [(each.name, each.dtype) for each in spec.features])
            yield view, (spec.transform.sql, rows, wanted)
    for placed in definitions.all(OnDemand).values():
        features = [selection.pinned(definitions, pin).feature for pin in placed.spec.inputs]
        given = [(feature.name, feature.dtype) for feature in features]
        yield placed, (placed.spec.sql, placed.spec.dtype, given, placed.spec.request)


def _digest(parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _tools() -> tuple[str, str, int]:
    """What binds: after an upgrade everything is bound again. Reading DuckDB's version would take longer than this."""
    duckdb = find_spec("duckdb")
    if duckdb is None or duckdb.origin is None:
        return (__version__, "", 0)
    return (__version__, duckdb.origin, Path(duckdb.origin).stat().st_mtime_ns)
