"""Which columns a feature's values rest on, through views and their SQL, down to the source."""

from collections.abc import Iterable

from gitmlops.definitions import Definitions, Placed
from gitmlops.features.versions.canonical_sql import Statements
from gitmlops.features.wiring import upstream
from gitmlops.features.wiring.selection import Choice, Computed
from gitmlops.specs.feature import FeatureView


def columns_read(definitions: Definitions, chosen: Choice) -> frozenset[str]:
    """The feature's own name and those of all columns that it is computed from, in lower case.

    In doubt a column is read: one that rows are filtered by, and every column that is there for a Python transform and
    for SQL that cannot be taken apart. Raises InputError if a view reads from nothing.
    """
    if isinstance(chosen, Computed):
        fields = {chosen.column.lower(), *map(str.lower, chosen.definition.spec.request)}
        return frozenset(fields).union(*(columns_read(definitions, one) for one in chosen.inputs))
    wanted = frozenset({chosen.feature.name.lower()})
    found = wanted
    for view in upstream.lineage(definitions, chosen.view):
        wanted = _read_by(definitions, view, wanted)
        found |= wanted
    return found


def _read_by(definitions: Definitions, view: Placed[FeatureView], wanted: Iterable[str]) -> frozenset[str]:
    """The columns of what a view reads from that the wanted features of it rest on."""
    spec = view.spec
    aggregated = {one.name.lower(): one.column for one in spec.aggregations}
    columns = {column.lower() for name in wanted if (column := aggregated.get(name, name))}
    if spec.transform is None:
        return frozenset(columns)
    names = Statements().part(spec.transform.sql, columns).names if spec.transform.sql else None
    return frozenset(map(str.lower, upstream.of(definitions, view).columns)) if names is None else names
