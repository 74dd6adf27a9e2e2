"""Whether the loss models of a baseline fit its columns, and whether their trees are some: a file may be anybody's."""

from collections.abc import Iterable, Iterator, Mapping

from gitmlops.records.baseline import CategoricalColumn, Column, LossModel, LossTree


def wrong_losses(models: Iterable[LossModel], columns: Mapping[str, Column]) -> Iterator[str]:
    """What does not fit. columns: of the baseline, by the names that a log has for them."""
    for model in models:
        if not _fits(model, columns) or not all(_is_tree(tree, len(model.columns)) for tree in model.trees):
            yield f"the loss model of {model.metric} does not fit the columns of the baseline"


def _fits(model: LossModel, columns: Mapping[str, Column]) -> bool:
    """Whether there is a rank for each level, for all others and for none, of each column that has levels."""
    found = [(name, columns.get(name)) for name in model.columns]
    return all(column is not None for _, column in found) and all(
        len(model.orders.get(name, ())) == len(column.levels) + 2
        for name, column in found
        if isinstance(column, CategoricalColumn)
    )


def _is_tree(tree: LossTree, columns: int) -> bool:
    """Whether every way from the root ends: nodes below another come after it."""
    nodes = len(tree.columns)
    if not nodes or {len(tree.places), len(tree.left), len(tree.right), len(tree.losses)} != {nodes}:
        return False
    return all(
        column == -1 or (0 <= column < columns and place < left < nodes and place < right < nodes)
        for place, (column, left, right) in enumerate(zip(tree.columns, tree.left, tree.right, strict=True))
    )
