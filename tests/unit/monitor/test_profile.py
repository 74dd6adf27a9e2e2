import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy
import pandas
import pytest
from msgspec.structs import replace
from tests import serving

from gitmlops.errors import InputError
from gitmlops.monitor.profiles.profile import profile
from gitmlops.records.baseline import (
    BASELINE_VERSIONS,
    Baseline,
    CategoricalColumn,
    FirstBaseline,
    NumericColumn,
)
from gitmlops.records.baseline_file import read_baseline
from gitmlops.records.canonical import decode, encode


def of(
    training: pandas.DataFrame, evaluation: pandas.DataFrame, features: list[str], personal: Sequence[str] = ()
) -> Baseline:
    return profile(
        model="tiny",
        training=training,
        features=features,
        evaluation=evaluation,
        slices=[],
        time="time",
        labels=evaluation["late"].to_numpy(dtype=float),
        scores=evaluation["score"].to_numpy(),
        threshold=0.5,
        trained_until="2020-03-31",
        data_sha256="d",
        model_sha256="m",
        personal=personal,
    )


def test_a_profile_survives_writing_and_reading_and_is_small() -> None:
    baseline = serving.baseline()
    written = encode(baseline)
    assert decode(written, BASELINE_VERSIONS, path="baseline") == baseline
    assert encode(serving.baseline()) == written
    assert len(written) < 14_500


def test_features_are_of_the_training_rows_scores_and_slices_of_the_evaluation_rows() -> None:
    baseline = serving.baseline()
    assert [column.name for column in baseline.columns] == list(serving.FEATURES)
    assert {column.rows for column in baseline.columns} == {baseline.rows} == {9_000}
    assert baseline.score.rows == baseline.slices[0].rows == 3_000
    for column in (*baseline.columns, baseline.score, *baseline.slices):
        counted = sum(column.counts) + (column.other if isinstance(column, CategoricalColumn) else 0)
        assert counted + column.missing == column.rows


def test_what_the_score_depends_on_is_important() -> None:
    importance = {column.name: column.importance or 0 for column in serving.baseline().columns}
    assert importance["history"] > 0.9
    assert max(importance[name] for name in ("temp", "rain", "colour")) < 0.01


def test_rare_levels_are_other_and_missing_values_are_counted() -> None:
    frame = serving.rows("2020-04")
    frame["colour"] = frame["colour"].astype(object)
    frame.loc[:4, "colour"] = "ultraviolet"
    frame.loc[5:9, "colour"] = None
    column = of(frame, frame, ["colour"]).columns[0]
    assert isinstance(column, CategoricalColumn)
    assert "ultraviolet" not in column.levels
    assert (column.other, column.missing) == (5, 5)


def test_nullable_boolean_empty_and_infinite_columns_are_profiled() -> None:
    frame = serving.rows("2020-04")
    frame["seats"] = pandas.array([None, *[4] * (len(frame) - 1)], dtype="Int64")
    frame["wet"] = frame["rain"] > 0
    frame["nothing"] = numpy.nan
    frame["wild"] = numpy.inf
    baseline = of(frame, frame, ["seats", "wet", "nothing", "wild"])
    seats, wet, nothing, wild = baseline.columns
    assert all(isinstance(column, NumericColumn) for column in baseline.columns)
    assert (seats.missing, seats.counts) == (1, (0, len(frame) - 1, 0))
    assert wet.edges == (-1, 0, 1)
    assert (nothing.missing, nothing.counts) == (len(frame), (0,))
    assert (wild.missing, wild.counts, wild.mean) == (0, (len(frame),), None)
    assert decode(encode(baseline), BASELINE_VERSIONS, path="x") == baseline


def test_a_baseline_of_the_first_version_is_still_read() -> None:
    today = serving.baseline()
    kept = {name: getattr(today, name) for name in FirstBaseline.__struct_fields__}
    written = encode(FirstBaseline(**kept))
    assert b'"gitmlops/baseline/1"' in written
    assert read_baseline(written, "x") == replace(today, periods=(), effect_period="", score_periods=(), subsets=())


def test_a_baseline_of_a_later_version_is_an_error_that_says_what_to_do() -> None:
    later = encode(serving.baseline()).replace(b"baseline/2", b"baseline/9")
    with pytest.raises(InputError, match=r"baseline/9.*upgrade gitmlops"):
        read_baseline(later, "models/tiny.baseline.json")


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        ({"columns": {"counts": (1, 2)}}, "the counts of history do not add up to its rows"),
        ({"score": {"edges": (0.9, 0.1), "counts": (0, 0, 3_000), "coarse": ()}}, "the edges of score do not ascend"),
        ({"slices": {"other": -1}}, "colour has a count below 0"),
        ({"columns": {"effects": (0.1,)}}, "history has effects of other periods than the 12 that there are"),
        ({"periods": ("2020-02-31",)}, "the period '2020-02-31' begins on no day"),
    ],
)
def test_a_baseline_whose_numbers_do_not_fit_together_is_refused(forged: dict[str, Any], said: str) -> None:
    baseline = serving.baseline()
    (name, changes), *_ = forged.items()
    before = getattr(baseline, name)
    if name == "score":
        changed = replace(before, **changes)
    else:
        changed = changes if name == "periods" else (replace(before[0], **changes), *before[1:])
    with pytest.raises(InputError, match=f"x: {re.escape(said)}") as refused:
        read_baseline(encode(replace(baseline, **{name: changed})), "x")
    assert "write the file again with gitmlops" in str(refused.value)


def test_every_period_of_the_reference_says_how_far_it_is_from_the_others() -> None:
    frame = serving.rows("2020-04", n=6_000)
    week = frame["time"].dt.strftime("%Y-%m-%d").between("2020-04-13", "2020-04-19")
    frame.loc[week, "temp"] += 20
    baseline = of(frame, frame, ["temp", "rain", "colour"])
    assert baseline.periods == ("2020-03-30", "2020-04-06", "2020-04-13", "2020-04-20", "2020-04-27")
    temp, rain, colour = (column.effects for column in baseline.columns)
    assert temp[2] > 0.6
    assert max(*temp[:2], *temp[3:]) < 0.3
    assert max(*rain, *colour) < 0.07


def test_levels_of_slices_have_counts_of_their_own() -> None:
    baseline = serving.baseline()
    assert [subset.label for subset in baseline.subsets] == ["blue", "green", "red"]
    assert {subset.of for subset in baseline.subsets} == {"colour"}
    assert sum(subset.rows for subset in baseline.subsets) == 3_000
    for subset in baseline.subsets:
        assert {sum(counts) for counts in subset.counts.values()} == {subset.rows}
        assert set(subset.counts) == {*serving.FEATURES, "score"}


def test_edges_and_extremes_of_personal_columns_are_nobodys() -> None:
    frame = serving.rows("2020-04")
    frame["temp"] = frame["temp"].round(2)
    baseline = of(frame, frame, ["temp", "rain"], personal=["temp"])
    temp, rain = baseline.columns
    assert isinstance(temp, NumericColumn) and isinstance(rain, NumericColumn)
    assert (temp.personal, temp.minimum, temp.maximum, len(temp.edges)) == (True, None, None, 19)
    assert all(edge == round(edge) for edge in temp.edges)
    assert frame["temp"].min() < temp.edges[0] and temp.edges[-1] < frame["temp"].max()
    assert rain.maximum == frame["rain"].max()


def test_metrics_have_their_standard_error_and_their_weeks() -> None:
    baseline = serving.baseline()
    assert [metric.name for metric in baseline.metrics] == [
        "roc_auc",
        "brier",
        "calibration_gap",
        "accuracy",
        "log_loss",
    ]
    auc = baseline.metrics[0]
    assert 0.75 < auc.value < 0.9
    assert 0.005 < auc.standard_error < 0.015
    assert [week for week, _, _ in auc.periods] == ["2020-03-30", "2020-04-06", "2020-04-13", "2020-04-20"]
    assert all(n >= 500 for _, _, n in auc.periods)


def test_a_calibrated_model_has_the_share_that_it_says_in_every_bin() -> None:
    bins = serving.baseline().calibration
    assert sum(bin_.n for bin_ in bins) == 3_000
    assert all(bin_.positive_share == pytest.approx(bin_.mean_score, abs=0.1) for bin_ in bins)
    assert all(before.upper == after.lower for before, after in pairwise(bins))


def test_a_metric_that_cannot_be_measured_is_left_out() -> None:
    frame = serving.rows("2020-04").assign(late=0)
    measured = [metric.name for metric in of(frame, frame, ["temp"]).metrics]
    assert measured == ["brier", "calibration_gap", "accuracy", "log_loss"]
