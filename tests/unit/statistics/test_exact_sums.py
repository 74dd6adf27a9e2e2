import math
from fractions import Fraction

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gitmlops.statistics.exact_sums import exact_moments

VALUES = arrays(numpy.float64, st.integers(0, 60), elements=st.floats(-1e300, 1e300))


@given(VALUES)
def test_a_sum_is_the_one_that_fractions_give(values: numpy.ndarray) -> None:
    total, squares = exact_moments(values, 0.0)
    assert total == sum(map(Fraction, values.tolist()), Fraction(0))
    exact = sum((Fraction(value) ** 2 for value in values.tolist()), Fraction(0))
    assert abs(squares - exact) <= exact * Fraction(1, 10**7)


@given(VALUES, st.floats(-1e6, 1e6))
def test_parts_in_any_order_add_up_to_the_whole(values: numpy.ndarray, origin: float) -> None:
    shuffled = numpy.random.default_rng(len(values)).permutation(values)
    parts = [exact_moments(part, origin) for part in numpy.array_split(shuffled, 3)]
    totals, squares = zip(*parts, strict=True)
    assert (sum(totals, Fraction(0)), sum(squares, Fraction(0))) == exact_moments(values, origin)


def test_a_small_deviation_far_from_zero_is_kept() -> None:
    values = 1e9 + numpy.random.default_rng(1).normal(0, 1e-3, 10_000)
    total, squares = exact_moments(values, 1e9)
    sd = math.sqrt(squares / len(values) - (total / len(values)) ** 2)
    assert sd == pytest.approx(values.std(), rel=1e-6)
