from fractions import Fraction

import pytest

from gitmlops.specs.fields import exact, seconds
from gitmlops.specs.hints import nearest


@pytest.mark.parametrize(
    ("threshold", "number"),
    [("0.8", Fraction(4, 5)), ("4/5", Fraction(4, 5)), ("-1/3", Fraction(-1, 3)), ("12", Fraction(12))],
)
def test_a_threshold_is_the_exact_number_that_was_written(threshold, number):
    assert exact(threshold) == number


@pytest.mark.parametrize(
    ("duration", "length"), [("90s", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_a_duration_has_a_length_in_seconds(duration, length):
    assert seconds(duration) == length


def test_the_nearest_word_is_named():
    assert nearest("piplines", ["pipelines", "models"]) == "did you mean 'pipelines'?"


def test_without_a_near_word_the_known_ones_are_named_but_not_too_many():
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    assert nearest("zzz", [f"n{number:02}" for number in range(15)]).endswith("n11 and 3 more")
    assert nearest("zzz", []) == "there is none yet"
