"""How rows are changed to see what a model makes of it."""

import numpy
import pandas
import pytest

from gitmlops.gate.evidence.variants import Variant, varied

ROWS = pandas.DataFrame(
    {
        "number": [1.0, 2.0, numpy.nan, 4.0],
        "whole": [10, 20, 30, 40],
        "word": ["a", "b", None, "a"],
        "kind": pandas.Categorical(["x", "y", "x", "y"]),
        "flag": [True, False, True, False],
        "time": pandas.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]),
        "constant": [3.0, 3.0, 3.0, 3.0],
        "endless": [numpy.inf, -numpy.inf, 1.0, 2.0],
    }
)
COLUMNS = tuple(ROWS.columns)


@pytest.mark.parametrize("kind", ["noise", "missing", "outside", "permuted"])
def test_only_the_named_columns_change_and_the_rows_stay_as_they_were(kind: str) -> None:
    before = ROWS.copy()
    changed = varied(ROWS, Variant(kind, ("whole",), 2))  # type: ignore[arg-type]
    pandas.testing.assert_frame_equal(ROWS, before)
    pandas.testing.assert_frame_equal(changed.drop(columns="whole"), ROWS.drop(columns="whole"))
    assert list(changed["whole"]) != list(ROWS["whole"])


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (varied(ROWS, Variant("noise", COLUMNS, number)) for number in (1, 1, 2))
    pandas.testing.assert_frame_equal(first, again)
    assert not first["whole"].equals(other["whole"])


def test_noise_is_a_tenth_of_the_standard_deviation_and_leaves_words_and_gaps() -> None:
    rows = pandas.DataFrame({"number": numpy.random.default_rng(1).normal(size=20_000) * 7, "word": ["a"] * 20_000})
    noise = varied(rows, Variant("noise", ("number", "word"), 3))
    assert (noise["number"] - rows["number"]).std() == pytest.approx(0.7, rel=0.03)
    assert list(noise["word"]) == list(rows["word"])
    few = varied(ROWS, Variant("noise", COLUMNS, 3))
    assert few["number"].isna().tolist() == [False, False, True, False]
    assert few["constant"].tolist() == [3.0] * 4
    assert few["flag"].tolist() == ROWS["flag"].tolist()
    assert few["endless"].tolist()[:2] == [numpy.inf, -numpy.inf]


@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_missing_has_no_value_whatever_its_type(name: str) -> None:
    assert varied(ROWS, Variant("missing", (name,)))[name].isna().all()


def test_numbers_out_of_range_are_far_below_and_far_above() -> None:
    changed = varied(ROWS, Variant("outside", COLUMNS))
    assert changed["number"].tolist() == [-29.0, 34.0, -29.0, 34.0]
    assert changed["constant"].tolist() == [-7.0, 13.0, -7.0, 13.0]
    assert changed["endless"].tolist() == [-9.0, 12.0, -9.0, 12.0]


def test_words_out_of_range_are_new_and_truth_and_time_stay() -> None:
    changed = varied(ROWS, Variant("outside", COLUMNS))
    assert set(changed["word"]) == set(changed["kind"]) == {"(never seen)"}
    assert isinstance(changed["kind"].dtype, pandas.CategoricalDtype)
    assert changed["flag"].tolist() == ROWS["flag"].tolist()
    assert changed["time"].tolist() == ROWS["time"].tolist()


def test_permuted_values_are_the_same_values() -> None:
    rows = pandas.DataFrame({"a": range(100)}, index=range(100, 200))
    changed = varied(rows, Variant("permuted", ("a",), 5))
    assert sorted(changed["a"]) == sorted(rows["a"])
    assert list(changed["a"]) != list(rows["a"])
    assert list(changed.index) == list(rows.index)


def test_rows_as_they_are_are_the_rows() -> None:
    assert varied(ROWS, Variant("as_is")) is ROWS
