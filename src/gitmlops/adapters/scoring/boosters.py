"""LightGBM's models: their text is looked at before LightGBM, whose reader believes it, gets to see it."""

import itertools
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy
from numpy.typing import NDArray

from gitmlops.errors import InputError

Indices = NDArray[numpy.int64]
MODULE, CLASS = "lightgbm.basic", "Booster"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_OBJECTIVE = re.compile(r"[a-z_0-9]+( [a-z_]+:[0-9.e+-]+| sqrt)*")
_END = b"end of trees\n"
_MOST = 1 << 24


class Unread:
    """Stands for a Booster in a file that is being loaded: what it is made of, which nobody has looked at yet."""

    _handle: str


def unread(schema: Any) -> Any:
    """The schema of a skops file in which every Booster is an Unread."""
    if isinstance(schema, list):
        return [unread(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = {"__module__": __name__, "__class__": Unread.__name__}
    is_booster = (schema.get("__module__"), schema.get("__class__")) == (MODULE, CLASS)
    return {key: unread(item) for key, item in {**schema, **(named if is_booster else {})}.items()}


def read(model: Any, columns: int) -> Any:
    """The Booster that an Unread stands for. Raises InputError if its text is not one that LightGBM can walk safely."""
    state = dict(vars(model))
    text = state.get("_handle")
    if not isinstance(text, str) or not _is_sound(text, columns):
        raise InputError("a Booster points outside of itself or of its columns")
    basic = import_module(MODULE)
    booster = basic.Booster.__new__(basic.Booster)
    booster.__setstate__(state)
    return booster


def _is_sound(text: str, columns: int) -> bool:
    try:
        header, trees = _parts(text)
        width = int(header["max_feature_idx"]) + 1
        return _is_one_shape(header, len(trees)) and width <= columns and all(_is_tree(tree, width) for tree in trees)
    except (KeyError, ValueError, OverflowError):
        return False


def _parts(text: str) -> tuple[Mapping[str, str], list[Mapping[str, str]]]:
    """Header and trees as LightGBM cuts them: by their sizes in bytes. Raises ValueError, KeyError."""
    content = text.encode()
    if _CONTROL.search(text):
        raise ValueError
    start = content.index(b"Tree=0\n") if b"Tree=0\n" in content else content.index(_END)
    header = _pairs(content[:start].decode().splitlines())
    ends = list(itertools.accumulate((int(size) for size in header["tree_sizes"].split()), initial=start))
    if any(after <= before for before, after in itertools.pairwise(ends)) or not content[ends[-1] :].startswith(_END):
        raise ValueError
    trees = [_pairs(content[one:two].decode().splitlines()) for one, two in itertools.pairwise(ends)]
    if [tree["Tree"] for tree in trees] != [str(index) for index in range(len(trees))]:
        raise ValueError
    return header, trees


def _pairs(lines: list[str]) -> Mapping[str, str]:
    """key=value lines; a key twice is none of LightGBM's writing. Raises ValueError."""
    pairs = [(key, value) for key, equals, value in (line.partition("=") for line in lines) if equals]
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _is_one_shape(header: Mapping[str, str], trees: int) -> bool:
    """Whether trees, classes and objective agree on how many numbers a row gets."""
    classes = int(header["num_class"])
    objective = header.get("objective", "custom")
    named = re.findall(r" num_class:([0-9]+)(?= |$)", objective)
    return (
        0 < classes <= 10_000
        and int(header["num_tree_per_iteration"]) == classes
        and trees % classes == 0
        and _OBJECTIVE.fullmatch(objective) is not None
        and all(int(number) == classes for number in named)
        and (objective.startswith("multiclass") or classes == 1)
    )


def _is_tree(tree: Mapping[str, str], columns: int) -> bool:
    """A child below 0 is a leaf, ~child its number; a category's threshold is the number of its set."""
    leaves, sets = int(tree["num_leaves"]), int(tree["num_cat"])
    if not 0 < leaves < _MOST or not 0 <= sets < _MOST or int(tree["is_linear"]) or len(_floats(tree)) != leaves:
        return False
    if leaves == 1:
        return sets == 0
    inner = numpy.arange(leaves - 1)
    left, right, column, kinds = (
        _integers(tree[key]) for key in ("left_child", "right_child", "split_feature", "decision_type")
    )
    thresholds = numpy.array(tree["threshold"].split(), dtype=numpy.float64)
    if not len(left) == len(right) == len(column) == len(kinds) == len(thresholds) == leaves - 1:
        return False
    children = numpy.concatenate([left, right])
    return (
        _within(~children[children < 0], leaves)
        and bool(((left < 0) | (left > inner)).all() and ((right < 0) | (right > inner)).all())
        and bool((children < leaves - 1).all())
        and _within(column, columns)
        and _within(kinds, 16)
        and _within(thresholds[(kinds & 1) == 1], sets)
        and _are_sets(tree, sets)
    )


def _are_sets(tree: Mapping[str, str], sets: int) -> bool:
    """Set i holds the words from boundaries[i] to boundaries[i + 1]."""
    if not sets:
        return True
    boundaries, words = _integers(tree["cat_boundaries"]), _integers(tree["cat_threshold"])
    is_ascending = bool((numpy.diff(boundaries) >= 0).all())
    return len(boundaries) == sets + 1 and boundaries[0] == 0 and is_ascending and boundaries[-1] == len(words)


def _floats(tree: Mapping[str, str]) -> NDArray[numpy.float64]:
    return numpy.array(tree["leaf_value"].split(), dtype=numpy.float64)


def _integers(value: str) -> Indices:
    return numpy.array(value.split(), dtype=numpy.int64)


def _within(values: NDArray[Any], size: int) -> bool:
    return bool(((values >= 0) & (values < size)).all())
