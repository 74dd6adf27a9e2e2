"""How large the loss of a row is to be expected, by the trees of a baseline, from the bins that its values lie in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from gitmlops.records.baseline import LossModel, LossTree
from gitmlops.statistics.classification import Array
from gitmlops.statistics.resampling import Whole


@dataclass(frozen=True)
class _Tree:
    columns: Whole
    places: Whole
    left: Whole
    right: Whole
    losses: Array


@dataclass(frozen=True)
class ExpectedLoss:
    """A loss model, ready for many rows."""

    metric: str
    columns: tuple[str, ...]
    base: float
    ranks: Mapping[str, Whole]
    trees: tuple[_Tree, ...]

    def of_rows(self, places: Mapping[str, Whole]) -> Array:
        """The expected loss of each row, shape (rows,); of a single one it may be below 0, which their mean mends.

        places: bins as of `counting.add`, by column.
        """
        codes = numpy.column_stack([coded(places[name], self.ranks.get(name)) for name in self.columns])
        found = numpy.full(len(codes), self.base)
        for tree in self.trees:
            found += tree.losses[_leaves(tree, codes)]
        return found


def coded(places: Whole, ranks: Whole | None) -> Whole:
    """Bins in the order that trees part them in: of levels by their ranks, of numbers as they are."""
    return places if ranks is None else ranks[places]


def expected_losses(models: Iterable[LossModel]) -> tuple[ExpectedLoss, ...]:
    """The loss models of a baseline, whose trees were looked at when it was read."""
    return tuple(
        ExpectedLoss(
            model.metric,
            model.columns,
            model.base,
            {name: numpy.array(order, dtype=numpy.int64) for name, order in model.orders.items()},
            tuple(_arrays(tree) for tree in model.trees),
        )
        for model in models
    )


def _arrays(tree: LossTree) -> _Tree:
    columns, places, left, right = (
        numpy.array(part, dtype=numpy.int64) for part in (tree.columns, tree.places, tree.left, tree.right)
    )
    return _Tree(columns, places, left, right, numpy.array(tree.losses, dtype=numpy.float64))


def _leaves(tree: _Tree, codes: NDArray[numpy.int64]) -> Whole:
    """The leaf of each row. codes: shape (rows, columns)."""
    rows, nodes = numpy.arange(len(codes)), numpy.zeros(len(codes), dtype=numpy.int64)
    going = tree.columns[nodes] >= 0
    while going.any():
        here, at = rows[going], nodes[going]
        left = codes[here, tree.columns[at]] <= tree.places[at]
        nodes[here] = numpy.where(left, tree.left[at], tree.right[at])
        going = tree.columns[nodes] >= 0
    return nodes
