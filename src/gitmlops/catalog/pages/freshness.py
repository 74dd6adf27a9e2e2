"""How old the newest row of a view is that was built, beside what its definition allows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from gitmlops.catalog.page import Facts
from gitmlops.records.feature_statistics import ViewStatistics
from gitmlops.specs.feature import FeatureView, Freshness
from gitmlops.specs.fields import seconds


def sections(view: FeatureView, counted: ViewStatistics, day: date) -> Iterator[Facts]:
    """The age on a day, and whether it is more than allowed; nothing without `freshness:` or without a row."""
    if view.freshness is None or not counted.newest:
        return
    newest = datetime.fromisoformat(counted.newest)
    yield Facts(
        f"Freshness as of {day}",
        (
            ("newest built row", f"{counted.newest[:19]}Z"),
            ("age in days", (day - newest.date()).days),
            ("standing", _standing(view.freshness, newest, day)),
        ),
    )


def _standing(freshness: Freshness, newest: datetime, day: date) -> str:
    """By the strictest limit that has passed when the day begins: what is fresh in the morning is not called old."""
    age = datetime.combine(day, time(), UTC) - newest
    for level, limit in (("error", freshness.error_after), ("warning", freshness.warn_after)):
        if limit and age > timedelta(seconds=seconds(limit)):
            return f"{level}: older than {limit}, bring newer data and build the view"
    return "as new as it must be"
