"""Models of the loss of a regression model, learned from its evaluation rows: direct loss estimation (DLE).

A model of |error|, and one of its square, is learned from what the monitored model reads and says; the mean of what it
expects of other rows estimates mae, the root of the other rmse, before any label is known (NannyML's documentation,
"How it works: Direct Loss Estimation"). Kept are plain numbers: trees over the bins that the baseline has anyway, so
that monitoring loads no model, and imports no library, to use them.
"""

from collections.abc import Iterator
from typing import Any

import numpy
import pandas
from msgspec.structs import replace
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor

from gitmlops.monitor.profiles.counting import Bins, add, bins_of, empty
from gitmlops.monitor.profiles.frames import arrow
from gitmlops.monitor.profiles.losses import coded
from gitmlops.monitor.profiles.tallies import SCORE
from gitmlops.records.baseline import Baseline, Column, LossModel, LossTree
from gitmlops.records.prediction_log import FEATURE
from gitmlops.statistics.classification import Array
from gitmlops.statistics.regression import row_errors
from gitmlops.statistics.resampling import Whole

FEWEST_ROWS = 500
"""With fewer evaluation rows nothing is learned of the loss."""
_MOST_ROWS = 20_000
"""More rows make it slower and hardly better: 60,000 instead of 20,000 of NannyML's car prices changed 0.5 %."""
_MOST_TREES, _DEPTH, _RATE, _ROWS_OF_A_LEAF = 60, 4, 0.2, 50
"""Of depths 3 to 5 and rates 0.1 to 0.3, on a part of NannyML's reference rows that was kept back, these had the least
error, or as good as that, with the fewest nodes."""
_LOSSES = {"mae": "mae", "rmse": "mse"}
_DIGITS = 6
_TRIED = 4
"""One of so many entities is kept back to see how many trees are of use."""


def with_losses(
    baseline: Baseline, rows: pandas.DataFrame, labels: Array, predicted: Array, entities: Whole | None
) -> Baseline:
    """The baseline with models of |error| and of its square, without any of few rows. rows: the evaluation rows."""
    if len(rows) < FEWEST_ROWS:
        return baseline
    columns: dict[str, tuple[Column, Any]] = {SCORE: (baseline.score, pandas.Series(predicted))}
    columns |= {FEATURE + one.name: (one, rows[one.name]) for one in baseline.columns if one.name in rows}
    bins = {name: bins_of(column) for name, (column, _) in columns.items()}
    places = {name: add(empty(bins[name]), arrow(values), bins[name]) for name, (_, values) in columns.items()}
    together = numpy.arange(len(rows)) if entities is None else entities
    models = [_fitted(metric, row_errors(loss, labels, predicted), places, bins, together)
              for metric, loss in _LOSSES.items()]  # fmt: skip
    return replace(baseline, losses=tuple(models))


def _fitted(metric: str, losses: Array, places: dict[str, Whole], bins: dict[str, Bins], entities: Whole) -> LossModel:
    orders = {name: _order(places[name], losses, bins[name].size + 1) for name in places
              if bins[name].levels is not None}  # fmt: skip
    codes = numpy.column_stack([coded(place, orders.get(name)) for name, place in places.items()])
    learned = _learned(codes, losses, entities)
    trees = tuple(_trees(learned)) if learned else ()
    expected = learned.predict(codes).mean() - _start(learned) if learned else 0.0
    return LossModel(
        metric=metric,
        columns=tuple(places),
        # The mean over all evaluation rows is what was measured there, whichever rows were learned from.
        base=_short(float(losses.mean() - expected)),
        trees=trees,
        orders={name: tuple(order.tolist()) for name, order in orders.items()},
    )


def _order(places: Whole, losses: Array, size: int) -> Whole:
    """The rank of each level by its mean loss, drawn to that of all as if 50 more rows had it; unseen ones between."""
    rows = numpy.bincount(places, minlength=size) + _ROWS_OF_A_LEAF
    total = numpy.bincount(places, weights=losses, minlength=size) + _ROWS_OF_A_LEAF * losses.mean()
    ranks = numpy.empty(size, dtype=numpy.int64)
    ranks[numpy.argsort(total / rows, kind="stable")] = numpy.arange(size)
    return ranks


def _learned(codes: NDArray[numpy.int64], losses: Array, entities: Whole) -> GradientBoostingRegressor | None:
    """As many trees as were of use on entities that were kept back; None if none was."""
    draw = numpy.random.default_rng(0)
    chosen = draw.permutation(len(codes))[:_MOST_ROWS]
    codes, losses = codes[chosen], losses[chosen]
    names, of_row = numpy.unique(entities[chosen], return_inverse=True)
    back = (draw.permutation(len(names)) % _TRIED == 0)[of_row]
    if back.all() or not back.any():
        return None
    tried = _boosted(_MOST_TREES).fit(codes[~back], losses[~back])
    errors = [float(numpy.square(losses[back] - said).mean()) for said in tried.staged_predict(codes[back])]
    alone = float(numpy.square(losses[back] - losses[~back].mean()).mean())
    best = int(numpy.argmin(errors))
    return _boosted(best + 1).fit(codes, losses) if errors[best] < alone else None


def _boosted(trees: int) -> GradientBoostingRegressor:
    return GradientBoostingRegressor(
        n_estimators=trees, learning_rate=_RATE, max_depth=_DEPTH, min_samples_leaf=_ROWS_OF_A_LEAF, random_state=0
    )


def _start(learned: GradientBoostingRegressor) -> float:
    return float(learned.init_.constant_[0, 0])


def _trees(learned: GradientBoostingRegressor) -> Iterator[LossTree]:
    """Places are whole numbers: what is at or below a threshold between two of them is at or below the lower one."""
    for one in learned.estimators_[:, 0]:
        tree, inner = one.tree_, one.tree_.children_left >= 0
        yield LossTree(
            columns=_whole(numpy.where(inner, tree.feature, -1)),
            places=_whole(numpy.where(inner, numpy.floor(tree.threshold), 0)),
            left=_whole(numpy.where(inner, tree.children_left, 0)),
            right=_whole(numpy.where(inner, tree.children_right, 0)),
            losses=tuple(_short(float(value)) if leaf else 0.0
                         for value, leaf in zip(tree.value[:, 0, 0] * learned.learning_rate, ~inner, strict=True)),
        )  # fmt: skip


def _whole(values: NDArray[numpy.generic]) -> tuple[int, ...]:
    return tuple(values.astype(numpy.int64).tolist())


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
