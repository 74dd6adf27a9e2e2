"""Numbers are short, and never look like the limit that they miss."""

from fractions import Fraction

import pytest

from gitmlops.gate.checks.numbers import shown


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"),
        (0.0, "0"),
        (1.0, "1"),
        (-0.00001, "0"),
        (0.81477, "0.8148"),
        (Fraction(2, 3), "0.6667"),
        (100.0, "100"),
    ],
)
def test_four_decimals_without_zeros_at_the_end(number: float | Fraction, text: str) -> None:
    assert shown(number) == text


def test_more_decimals_where_a_miss_would_look_like_a_hit() -> None:
    assert shown(0.679996, apart_from=Fraction("0.68")) == "0.679996"
    assert shown(Fraction(68, 100), apart_from=Fraction("0.68")) == "0.68"
    assert shown(0.7, apart_from=Fraction("0.68")) == "0.7"


def test_what_is_no_number_is_not_dressed_up() -> None:
    assert shown(float("-inf")) == "-inf"
