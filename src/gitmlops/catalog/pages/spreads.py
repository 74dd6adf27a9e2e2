"""How the values of features are spread, drawn from what `feature build` counted."""

import math
from collections.abc import Iterator
from itertools import pairwise

from gitmlops.catalog.plots.histogram import Histogram, Levels
from gitmlops.records.feature_statistics import FeatureStatistics, ViewStatistics
from gitmlops.specs.feature import FeatureView

_MOST_LEVELS, _EMPTY = 8, "(empty text)"


def of(view: FeatureView, counted: ViewStatistics) -> Iterator[Histogram | Levels]:
    """A drawing for each feature whose values may be shown: of numbers between their quantiles, else of the levels."""
    known = {feature.name: feature for feature in view.features}
    for one in counted.features:
        feature = known.get(one.name)
        if feature is None or feature.is_personal or one.withheld or not one.count:
            continue
        drawn = _levels(one) if one.top else _histogram(one, feature.unit)
        if drawn:
            yield drawn


def _levels(one: FeatureStatistics) -> Levels:
    top = one.top[:_MOST_LEVELS]
    rest = one.count - sum(frequency.count for frequency in top)
    others = (("other values", rest),) if rest > 0 else ()
    named = (*((frequency.value or _EMPTY, frequency.count) for frequency in top), *others)
    return Levels(one.name, tuple(name for name, _ in named), tuple(count / one.count for _, count in named))


def _histogram(one: FeatureStatistics, unit: str) -> Histogram | None:
    """The shares between quantiles. Equal quantiles are one edge; rows on the first one are in the first bin."""
    placed = [
        (0.0, one.min),
        *((float(share), value) for share, value in sorted(one.quantiles.items())),
        (1.0, one.max),
    ]
    points: dict[float, float] = {}
    for share, text in placed:
        value = _number(text)
        if value is not None:
            points[value] = share
    edges = sorted(points)
    if len(edges) < 2 or not one.quantiles:
        return None
    points[edges[0]] = 0.0
    shares = tuple(max(0.0, points[high] - points[low]) for low, high in pairwise(edges))
    return Histogram(one.name, tuple(edges), shares, unit)


def _number(text: str) -> float | None:
    """Of a time there is none, and of no number that is not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
