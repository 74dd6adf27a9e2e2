"""The first version's data, put on the bins of a later baseline; and the target."""

import numpy
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import serving

from gitmlops.monitor.drift.anchor import rebinned
from gitmlops.monitor.drift.target import target_change
from gitmlops.monitor.profiles.columns import Summary, filled, levels_column, numbers_column
from gitmlops.monitor.profiles.counting import add, bins_of, empty
from gitmlops.monitor.profiles.values import texts
from gitmlops.records.baseline import CategoricalColumn, NumericColumn
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics import histogram
from gitmlops.statistics.drift import kolmogorov_smirnov


def numeric(values: numpy.ndarray) -> NumericColumn:
    column = numbers_column("x", values, "float64")
    tally = empty(bins_of(column))
    add(tally, pyarrow.array(values), bins_of(column))
    found = filled(column, tally, Summary(0.0))
    assert isinstance(found, NumericColumn)
    return found


@given(st.integers(0, 50), st.floats(-2, 2), st.floats(0.5, 2))
def test_a_distance_from_rows_on_other_bins_is_nearly_that_from_the_rows(seed: int, shift: float, scale: float) -> None:
    numbers = numpy.random.default_rng(seed)
    first = numpy.where(numbers.random(4_000) < 0.3, 0.0, numbers.normal(0, 1, 4_000))
    later = numbers.normal(shift, scale, 4_000)
    now = numbers.normal(0.2, 1, 3_000)
    onto = numeric(later)
    moved = rebinned(numeric(first), onto)
    assert isinstance(moved, NumericColumn)
    assert (moved.edges, sum(moved.counts)) == (onto.edges, 4_000)
    edges = numpy.array(onto.edges)
    exact = kolmogorov_smirnov(histogram.count(first, edges), histogram.count(now, edges))
    found = kolmogorov_smirnov(numpy.array(moved.counts), histogram.count(now, edges))
    assert found == pytest.approx(exact, abs=0.006)


def test_levels_that_a_later_baseline_does_not_name_are_others() -> None:
    first = levels_column("c", {"a": 60, "b": 30, "old": 10}, "string", fewest=1)
    tally = empty(bins_of(first))
    add(tally, texts(["a"] * 60 + ["b"] * 30 + ["old"] * 10), bins_of(first))
    onto = levels_column("c", {"b": 50, "new": 40, "a": 10}, "string", fewest=1)
    moved = rebinned(filled(first, tally, None), onto)
    assert isinstance(moved, CategoricalColumn)
    assert (moved.levels, moved.counts, moved.other) == (("b", "new", "a"), (30, 0, 60), 10)
    assert rebinned(first, numeric(numpy.arange(9.0))) is None


def test_a_target_that_became_frequent_is_a_change_of_the_target() -> None:
    baseline, labels = serving.baseline(), serving.rows("2020-05")["late"].to_numpy(dtype=float)
    same = target_change(baseline, labels, AlarmRules())
    assert same and same.state.value == "ok"
    more = target_change(baseline, numpy.maximum(labels, numpy.arange(len(labels)) % 4 == 0), AlarmRules())
    assert more and more.state.value == "alarm"
    assert more.effect.direction.startswith("positives 3")
    assert target_change(baseline, labels[:0], AlarmRules()) is None
