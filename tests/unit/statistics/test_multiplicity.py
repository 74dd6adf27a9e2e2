"""Looks at one evaluation set share one alpha; Holm's rule is for lists."""

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.multiplicity import budgeted_alpha, holm, spent_alpha


def test_all_looks_together_spend_alpha() -> None:
    assert spent_alpha(0.05, 1) == pytest.approx(0.05 * 6 / math.pi**2)
    assert spent_alpha(0.05, 2) == pytest.approx(spent_alpha(0.05, 1) / 4)
    assert 0.0499 < sum(spent_alpha(0.05, look) for look in range(1, 1001)) < 0.05


def test_a_budget_is_spent_evenly_and_ends() -> None:
    assert budgeted_alpha(0.05, 1, budget=10) == budgeted_alpha(0.05, 10, budget=10) == pytest.approx(0.005)
    with pytest.raises(Unmeasurable, match="look 11 at one evaluation set, its budget is 10"):
        budgeted_alpha(0.05, 11, budget=10)


@pytest.mark.parametrize(("alpha", "attempt"), [(0.0, 1), (1.0, 1), (math.nan, 1), (0.05, 0), (0.05, -1)])
def test_a_look_needs_an_alpha_and_a_number(alpha: float, attempt: int) -> None:
    with pytest.raises(Unmeasurable):
        spent_alpha(alpha, attempt)
    with pytest.raises(Unmeasurable):
        budgeted_alpha(alpha, attempt, budget=5)


def test_holms_rule_multiplies_the_smallest_by_all() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]).tolist() == []


def slow_holm(p_values: list[float], alpha: float) -> list[bool]:
    """The step-down procedure as it is told: the smallest first, stop at the first that does not stand."""
    standing = [False] * len(p_values)
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        if p_values[index] * (len(p_values) - step) > alpha:
            break
        standing[index] = True
    return standing


@given(st.lists(st.floats(0, 1), max_size=8), st.sampled_from([0.01, 0.05, 0.3]))
def test_adjusted_p_values_decide_as_the_procedure_does(p_values: list[float], alpha: float) -> None:
    assert (holm(p_values) <= alpha).tolist() == slow_holm(p_values, alpha)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_refused(wrong: float) -> None:
    with pytest.raises(Unmeasurable, match="not between 0 and 1"):
        holm([0.5, wrong])


def test_holm_keeps_a_float_array() -> None:
    assert holm([0.2]).dtype == numpy.float64
