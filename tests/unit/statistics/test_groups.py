"""Columns of groups: nulls are unknown, bands keep their order, intersections are those that occur."""

import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.groups import bands, categories, intersections, one_group

COLUMNS = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=40)


def test_nulls_of_every_kind_are_unknown() -> None:
    found = categories(numpy.array(["x", None, "y", float("nan"), pandas.NA, pandas.NaT, "x"], dtype=object))
    assert found.names == ("x", "y")
    assert found.codes.tolist() == [0, -1, 1, -1, -1, -1, 0]
    assert found.unknown == 4 and found.sizes.tolist() == [2, 1]


def test_a_name_can_be_declared_unknown() -> None:
    found = categories(numpy.array(["f", "m", "prefer not to say", "f"]), unknown=["prefer not to say"])
    assert found.names == ("f", "m") and found.unknown == 1 and found.sizes.tolist() == [2, 1]


def test_whole_numbers_with_nulls_keep_their_names() -> None:
    floats = categories(numpy.array([1.0, numpy.nan, 2.0, 2.5]))
    assert floats.names == ("1", "2", "2.5") and floats.codes.tolist() == [0, -1, 1, 2]
    assert categories(numpy.array([2, 1, 2])).names == ("1", "2")
    assert categories(numpy.array([True, False])).names == ("False", "True")


def test_values_of_one_text_are_one_group() -> None:
    found = categories(numpy.array([1, "1", 1.0], dtype=object))
    assert found.names == ("1",) and found.sizes.tolist() == [3]


def test_a_column_of_nulls_has_no_group() -> None:
    found = categories(numpy.array([None, None], dtype=object))
    assert found.names == () and found.unknown == 2 and found.sizes.tolist() == []


def test_bands_hold_their_lower_edge_and_keep_their_order() -> None:
    found = bands(numpy.array([24.9, 25, 39, 40, 100, numpy.nan, -numpy.inf]), [25, 40])
    assert found.names == ("< 25", "25 to < 40", ">= 40")
    assert found.codes.tolist() == [0, 1, 1, 2, 2, -1, 0]
    assert bands(numpy.array([1.0]), [25, 40]).sizes.tolist() == [1, 0, 0], "a band without rows is still a band"


@pytest.mark.parametrize("edges", [[], [2, 1], [1, 1], [float("nan")], [float("inf")]])
def test_edges_rise(edges: list[float]) -> None:
    with pytest.raises(InputError, match="do not rise"):
        bands(numpy.array([1.0]), edges)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 3), min_size=1, max_size=30))
def test_intersections_are_the_combinations_that_occur(rows: list[tuple[str | None, ...]]) -> None:
    columns = [categories(numpy.array([row[place] for row in rows], dtype=object)) for place in range(3)]
    found = intersections(*columns)
    wanted = [" & ".join(row) if None not in row else None for row in rows]
    assert [found.names[code] if code >= 0 else None for code in found.codes] == wanted
    assert found.names == tuple(sorted({name for name in wanted if name}))


def test_columns_of_different_rows_do_not_intersect() -> None:
    with pytest.raises(Unmeasurable, match="differ in rows"):
        intersections(one_group(2), one_group(3))


def test_groups_are_pooled_where_that_is_declared() -> None:
    found = categories(numpy.array(["a", "b", "c", None, "b"], dtype=object))
    pooled = found.pooled({"b or c": ["b", "c"]})
    assert pooled.names == ("a", "b or c") and pooled.sizes.tolist() == [1, 3] and pooled.unknown == 1


@pytest.mark.parametrize(
    ("pools", "said"),
    [
        ({"x": ["z"]}, "there is no group 'z'"),
        ({"x": ["a"], "y": ["a"]}, "a group is in two pools"),
        ({"c": ["a", "b"]}, "the pool 'c' has the name of a group"),
    ],
)
def test_pools_are_of_groups_that_are_there(pools: dict[str, list[str]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        categories(numpy.array(["a", "b", "c"])).pooled(pools)


@given(COLUMNS)
def test_a_group_left_out_is_unknown(column: list[str | None]) -> None:
    found = categories(numpy.array(column, dtype=object))
    left = found.without(["a"])
    assert "a" not in left.names
    assert left.unknown == found.unknown + column.count("a")
    assert [left.names[code] for code in left.codes if code >= 0] == [
        name for name in column if name not in ("a", None)
    ]
