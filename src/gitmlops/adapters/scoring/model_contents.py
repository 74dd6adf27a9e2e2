"""What a loaded model's trees point at: the compiled code that walks them believes every index.

skops only knows that an object is of a type, not that its numbers make sense: a child that is not there reads memory
that is not the model's, a child that comes before its parent never ends.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy
from numpy.typing import NDArray

from gitmlops.adapters.scoring import boosters
from gitmlops.errors import InputError

Indices = NDArray[numpy.int64]


def require_sound(model: Any) -> None:
    """Put every Booster that stands in a model unread in its place.

    Raises InputError for the first tree of the model, or of any part of it, that points outside.
    """
    parts = list(_parts(model))
    columns = max((_columns(part) for part in parts), default=0)
    for part in parts:
        looked_at = _CHECKS.get(f"{type(part).__module__}.{type(part).__qualname__}")
        if looked_at is not None and not looked_at(part, columns):
            raise InputError(f"a {type(part).__qualname__} points outside of itself or of its columns")
        if isinstance(getattr(part, "__dict__", {}).get("_Booster"), boosters.Unread):
            part._Booster = boosters.read(part._Booster, columns)


def _parts(model: Any) -> Iterator[Any]:
    """The model and every object that it is made of, each once."""
    waiting, seen = [model], {}
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | type | None):
            continue
        seen[id(part)] = part  # kept, so that no other object gets its address
        yield part
        if isinstance(part, Mapping):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple | set | frozenset):
            waiting += part
        elif isinstance(part, numpy.ndarray):
            waiting += part.ravel().tolist() if part.dtype.hasobject else []
        else:
            waiting += getattr(part, "__dict__", {}).values()


def _columns(part: Any) -> int:
    """The most columns that a part says to read: what a tree may index at most."""
    own = getattr(part, "__dict__", {})
    given = own.get("n_features_in_", own.get("_n_features_in", 0))  # the second is LightGBM's
    return int(given) if isinstance(given, int | numpy.integer) else 0


def _tree(tree: Any, columns: int) -> bool:
    """scikit-learn's Tree: -1 twice is a leaf."""
    left, right = (numpy.asarray(side, dtype=numpy.int64) for side in (tree.children_left, tree.children_right))
    inner = (left != -1) | (right != -1)
    return (
        0 < tree.node_count == len(left)
        and len(tree.value) == tree.node_count
        and tree.n_features <= columns
        and _goes_down(left[inner], right[inner], numpy.flatnonzero(inner), len(left))
        and _within(numpy.asarray(tree.feature)[inner], tree.n_features)
    )


def _predictor(predictor: Any, columns: int) -> bool:
    """scikit-learn's TreePredictor of histogram gradient boosting."""
    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    categorical = inner & (nodes["is_categorical"] != 0)
    bitsets = min(len(predictor.raw_left_cat_bitsets), len(predictor.binned_left_cat_bitsets))
    return (
        len(nodes) > 0
        and _goes_down(
            nodes["left"][inner].astype(numpy.int64),
            nodes["right"][inner].astype(numpy.int64),
            numpy.flatnonzero(inner),
            len(nodes),
        )
        and _within(nodes["feature_idx"][inner], columns)
        and _within(nodes["bitset_idx"][categorical].astype(numpy.int64), bitsets)
    )


def _goes_down(left: Indices, right: Indices, parents: Indices, nodes: int) -> bool:
    """Whether every child is there, and after its parent, as the builders write them."""
    return bool(((left > parents) & (right > parents) & (left < nodes) & (right < nodes)).all())


def _within(values: Indices, size: int) -> bool:
    return bool(((values >= 0) & (values < size)).all())


_CHECKS: Mapping[str, Callable[[Any, int], bool]] = {
    "sklearn.tree._tree.Tree": _tree,
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": _predictor,
}
