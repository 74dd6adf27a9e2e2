"""Thresholds are the numbers that were written, and comparisons round nothing."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.exact import keeps, threshold


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4/5", Fraction(4, 5)),
        ("0.8", Fraction(4, 5)),
        ("1/3", Fraction(1, 3)),
        ("0", Fraction(0)),
        ("365", Fraction(365)),
        ("0.000000001", Fraction(1, 10**9)),
        ("999999999/999999999", Fraction(1)),
    ],
)
def test_a_threshold_is_the_number_that_was_written(text: str, number: Fraction) -> None:
    assert threshold(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e3", ".8", "8.", "4/5/6", "4 / 5", " 1", "1\n", "nan", "inf", "0x1", "1_000", "\u0664/\u0665"],
)
def test_other_text_is_no_threshold(text: str) -> None:
    with pytest.raises(InputError, match="is no threshold"):
        threshold(text)


@pytest.mark.parametrize("text", ["1/0", "0/000"])
def test_a_threshold_does_not_divide_by_zero(text: str) -> None:
    with pytest.raises(InputError, match="divides by zero"):
        threshold(text)


def test_four_fifths_of_a_rate_are_four_fifths_exactly() -> None:
    """With floats (4/10) / (5/10) and friends fall on either side of 0.8."""
    misjudged = []
    for denominator in range(1, 60):
        for ours in range(1, denominator + 1):
            for theirs in range(ours, denominator + 1):
                found = Fraction(ours, denominator) / Fraction(theirs, denominator)
                assert keeps(found, ">=", threshold("4/5")) == (5 * ours >= 4 * theirs)
                if (5 * ours == 4 * theirs) and (ours / denominator) / (theirs / denominator) < 0.8:
                    misjudged.append((ours, theirs, denominator))
    assert misjudged, "floats would have failed some of these, which is why they are not used"


@given(st.fractions(0, 1), st.fractions(0, 1))
def test_the_four_operators_are_those_of_numbers(found: Fraction, limit: Fraction) -> None:
    assert keeps(found, ">=", limit) == (not keeps(found, "<", limit))
    assert keeps(found, "<=", limit) == (not keeps(found, ">", limit))
    assert keeps(limit, ">=", limit) and keeps(limit, "<=", limit)
    assert not keeps(limit, ">", limit) and not keeps(limit, "<", limit)


def test_a_float_stands_for_its_own_binary_value() -> None:
    assert not keeps(0.7, ">=", threshold("0.7"))
    assert keeps(0.5, ">=", threshold("1/2"))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_keeps_no_limit(number: float) -> None:
    for operator in (">=", "<=", ">", "<"):
        with pytest.raises(Unmeasurable, match="is no number"):
            keeps(number, operator, Fraction(1, 2))
