"""Statistics as they stand in the report on a view or a feature."""

from gitmlops.definitions import Placed, Tree
from gitmlops.features.building import statistics_file
from gitmlops.records.feature_statistics import FeatureStatistics, ViewStatistics
from gitmlops.report import Cell, Table
from gitmlops.specs.feature import FeatureView

_COLUMNS = ("feature", "values", "nulls", "distinct", "min", "median", "max", "mean", "std", "most frequent")


def tables(tree: Tree, view: Placed[FeatureView], feature: str) -> tuple[Table, ...]:
    """What was counted when the view was last built, of one feature or (empty) of all; nothing without a build.

    Values of what is personal are left out, whatever was counted. Raises InputError if the statistics cannot be read.
    """
    found = statistics_file.read(tree, view.spec.id)
    return () if found is None else (_table(view, found, feature),)


def _table(view: Placed[FeatureView], found: ViewStatistics, feature: str) -> Table:
    personal = {one.name for one in view.spec.features if one.is_personal}
    rows = tuple(
        _row(one, withheld=one.withheld or one.name in personal) for one in found.features if feature in ("", one.name)
    )
    until = f" until {found.newest[:19]}Z" if found.newest else ""
    return Table(f"Statistics of {found.rows:,} built rows{until}", _COLUMNS, rows)


def _row(one: FeatureStatistics, *, withheld: bool) -> tuple[Cell, ...]:
    counts = (one.name, one.count, one.nulls, one.distinct)
    if withheld:
        return (*counts, "personal", None, "", None, None, "")
    top = ", ".join(f"{frequency.value} {frequency.count:,}" for frequency in one.top[:3])
    median, mean, std = (float(text) if text else None for text in (one.quantiles.get("0.5"), one.mean, one.std))
    return (*counts, one.min, median, one.max, mean, std, top)
