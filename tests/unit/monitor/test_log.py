from datetime import UTC, date, datetime
from pathlib import Path

import numpy
import pandas
import pytest
from msgspec.structs import replace
from tests import serving

from gitmlops.errors import InputError
from gitmlops.monitor.observing.log import moment, read_predictions
from gitmlops.monitor.observing.observation import Observation, observe
from gitmlops.monitor.observing.old_rows import OldRows
from gitmlops.records.baseline import Baseline
from gitmlops.specs.model import Windows

MAY = serving.rows("2020-05")
JUNE = serving.rows("2020-06")


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return serving.baseline()


def observed(root: Path, baseline: Baseline, until: datetime = serving.NOW) -> Observation:
    predictions = read_predictions(root / serving.LOG, serving.MODEL)
    return observe(root, serving.MONITORING, predictions, {"v1.0.0": baseline}, until=until)


def refused(root: Path, log: pandas.DataFrame) -> str:
    serving.serve(root, {"log": log}, {})
    with pytest.raises(InputError) as caught:
        read_predictions(root / serving.LOG, serving.MODEL)
    return str(caught.value)


def test_rows_go_to_their_window_with_their_outcomes(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"may": MAY, "june": JUNE})
    seen = observed(tmp_path, baseline)
    assert [(unit.window.label, unit.version, unit.rows) for unit in seen.units] == [
        ("2020-05", "v1.0.0", 3_000),
        ("2020-06", "v1.0.0", 3_000),
    ]
    assert seen.units[0].labels.tolist() == MAY["late"].tolist()
    assert seen.units[0].scores.tolist() == MAY["score"].tolist()
    assert seen.units[1].columns["feature.history"].rows == 3_000
    assert seen.units[1].mean_score == pytest.approx(JUNE["score"].mean())


def test_counts_do_not_depend_on_how_the_log_is_cut_into_files(tmp_path: Path, baseline: Baseline) -> None:
    mixed = pandas.concat([MAY, JUNE]).sample(frac=1, random_state=1)
    serving.serve_rows(tmp_path / "one", {"all": pandas.concat([MAY, JUNE])})
    serving.serve_rows(tmp_path / "many", {str(part): mixed[part::7] for part in range(7)})
    one, many = observed(tmp_path / "one", baseline), observed(tmp_path / "many", baseline)
    for first, second in zip(one.units, many.units, strict=True):
        for name in first.columns:
            assert first.columns[name].counts.tolist() == second.columns[name].counts.tolist()


def test_each_prediction_counts_once(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"may": MAY, "may again": MAY[:100]})
    seen = observed(tmp_path, baseline)
    assert (seen.units[0].rows, seen.duplicates) == (3_000, 100)


def test_two_versions_in_one_window_are_two_units(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"a": MAY[:1_000]})
    serving.serve_rows(tmp_path, {"b": MAY[1_000:]}, version="v1.1.0")
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    both = {"v1.0.0": baseline, "v1.1.0": baseline}
    seen = observe(tmp_path, serving.MONITORING, predictions, both, until=serving.NOW)
    assert [(unit.version, unit.rows) for unit in seen.units] == [("v1.0.0", 1_000), ("v1.1.0", 2_000)]


def test_versions_that_are_not_registered_are_left_out_and_counted(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"a": MAY[:2_000]})
    serving.serve_rows(tmp_path, {"b": MAY[2_000:]}, version="dev")
    seen = observed(tmp_path, baseline)
    assert (seen.units[0].rows, seen.unregistered) == (2_000, {"dev": 1_000})


def test_only_versions_that_are_not_registered_is_an_error(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"b": MAY}, version="dev")
    with pytest.raises(InputError, match="no prediction is of a registered version"):
        observed(tmp_path, baseline)


def test_rows_after_the_horizon_do_not_count(tmp_path: Path, baseline: Baseline) -> None:
    future = JUNE.assign(time=JUNE["time"] + pandas.Timedelta(days=3_650))
    serving.serve_rows(tmp_path, {"may": MAY, "future": future})
    seen = observed(tmp_path, baseline)
    assert ([unit.window.label for unit in seen.units], seen.later) == (["2020-05"], 3_000)


def test_a_log_of_the_future_alone_is_an_error(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"may": MAY})
    with pytest.raises(InputError, match="no prediction before 2019-01-01"):
        observed(tmp_path, baseline, until=datetime(2019, 1, 1, tzinfo=UTC))


def test_a_window_without_predictions_is_still_a_window(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"may": MAY, "july": serving.rows("2020-07")})
    seen = observed(tmp_path, baseline)
    assert [window.label for window in seen.windows] == ["2020-05", "2020-06", "2020-07"]
    assert [unit.window.label for unit in seen.units] == ["2020-05", "2020-07"]


def test_outcomes_mature_only_after_their_time(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"may": MAY})
    on_the_day = observed(tmp_path, baseline, until=datetime(2020, 6, 1, 23, tzinfo=UTC))
    day_after = observed(tmp_path, baseline, until=datetime(2020, 6, 2, tzinfo=UTC))
    assert [seen.units[0].mature for seen in (on_the_day, day_after)] == [False, True]


def test_rows_without_an_outcome_have_none(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve(tmp_path, {"may": serving.log(MAY)}, {"may": MAY[["row_id", "late"]][::3]})
    assert len(observed(tmp_path, baseline).units[0].labels) == 1_000


def test_a_corrected_outcome_takes_the_place_of_the_first_one(tmp_path: Path, baseline: Baseline) -> None:
    outcomes = MAY[["row_id", "late"]]
    serving.serve(tmp_path, {"may": serving.log(MAY)}, {"1": outcomes, "2": outcomes.assign(late=1)})
    assert observed(tmp_path, baseline).units[0].labels.tolist() == [1] * 3_000


def test_ids_that_are_numbers_here_and_text_there_are_joined(tmp_path: Path, baseline: Baseline) -> None:
    log = serving.log(MAY).assign(prediction_id=MAY["row_id"].astype(str))
    serving.serve(tmp_path, {"may": log}, {"may": MAY[["row_id", "late"]]})
    assert len(observed(tmp_path, baseline).units[0].labels) == 3_000


def test_outcomes_that_are_no_0_or_1_are_an_error(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve(tmp_path, {"may": serving.log(MAY)}, {"may": MAY[["row_id"]].assign(late=2)})
    with pytest.raises(InputError, match="3000 values of late are neither 0 nor 1"):
        observed(tmp_path, baseline)


def test_outcomes_without_their_column_are_an_error(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve(tmp_path, {"may": serving.log(MAY)}, {"may": MAY[["row_id"]]})
    with pytest.raises(InputError, match="the outcomes lack the column late"):
        observed(tmp_path, baseline)


@pytest.mark.parametrize("column", ["prediction_id", "time", "model", "version", "score"])
def test_a_log_without_a_column_of_the_contract_is_an_error(tmp_path: Path, column: str) -> None:
    assert f"the prediction log lacks {column}; a prediction log has" in refused(
        tmp_path, serving.log(MAY).drop(columns=column)
    )


def test_a_log_of_another_model_names_the_models_that_it_has(tmp_path: Path) -> None:
    said = refused(tmp_path, serving.log(MAY, model="tinny"))
    assert "no row of the model 'tiny' (did you mean 'tinny'?)" in said


def test_rows_of_other_models_are_counted_and_left_out(tmp_path: Path, baseline: Baseline) -> None:
    others = serving.log(JUNE, model="other")
    serving.serve(tmp_path, {"may": serving.log(MAY), "other": others}, {"may": MAY[["row_id", "late"]]})
    seen = observed(tmp_path, baseline)
    assert (len(seen.units), seen.of_other_models) == (1, 3_000)


def test_an_empty_log_is_an_error(tmp_path: Path) -> None:
    assert "the prediction log has no rows" in refused(tmp_path, serving.log(MAY[:0]))
    with pytest.raises(InputError, match="no such table"):
        read_predictions(tmp_path / "nowhere", serving.MODEL)


def test_a_file_that_is_no_parquet_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "log.parquet").write_text("prediction_id,time\n1,2\n")
    with pytest.raises(InputError, match="not readable as Parquet"):
        read_predictions(tmp_path, serving.MODEL)


def test_times_as_text_with_a_zone_are_read(tmp_path: Path) -> None:
    log = serving.log(MAY[:2]).assign(time=["2020-05-01T02:00:00+02:00", "2020-05-02T00:00:00Z"])
    serving.serve(tmp_path, {"log": log}, {})
    times = read_predictions(tmp_path / serving.LOG, serving.MODEL).times
    assert [moment(int(time)).isoformat() for time in times] == [
        "2020-05-01T00:00:00+00:00",
        "2020-05-02T00:00:00+00:00",
    ]


@pytest.mark.parametrize("time", ["2020-05-01T02:00:00", "yesterday", "01/05/2020"])
def test_a_log_of_times_as_text_without_a_zone_is_an_error(tmp_path: Path, time: str) -> None:
    told = refused(tmp_path, serving.log(MAY[:2]).assign(time=time))
    assert "time is text that is no time with its zone in served/log.parquet:1" in told


def test_a_log_of_times_as_numbers_is_an_error(tmp_path: Path) -> None:
    told = refused(tmp_path, serving.log(MAY[:2]).assign(time=1_588_291_200))
    assert "time is int64 in served/log.parquet:1, where times in UTC are expected" in told


def test_timestamps_without_a_zone_are_utc(tmp_path: Path) -> None:
    naive = MAY["time"].dt.tz_localize(None)
    serving.serve(tmp_path, {"log": serving.log(MAY).assign(time=naive)}, {})
    times = read_predictions(tmp_path / serving.LOG, serving.MODEL).times
    assert moment(int(times[0])) == MAY["time"].iloc[0].to_pydatetime()


def test_rows_without_id_time_version_or_a_score_of_a_probability_are_left_out(tmp_path: Path) -> None:
    log = serving.log(MAY)
    log["prediction_id"] = log["prediction_id"].astype("Int64")
    for row, column in enumerate(("prediction_id", "time", "version")):
        log.loc[row, column] = None
    log.loc[3:5, "score"] = [numpy.nan, numpy.inf, 1.5]
    serving.serve(tmp_path, {"log": log}, {})
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    assert (predictions.incomplete, int(predictions.kept.sum())) == (6, 2_994)


def test_a_log_of_nothing_but_incomplete_rows_is_an_error(tmp_path: Path) -> None:
    assert "no row of tiny has an id, a time" in refused(tmp_path, serving.log(MAY).assign(score=numpy.nan))


def test_a_row_of_1970_is_told_by_its_place_and_left_out(tmp_path: Path, baseline: Baseline) -> None:
    log = serving.log(MAY)
    log.loc[[7, 9], "time"] = [pandas.Timestamp("1970-01-01T00:00:05Z"), pandas.Timestamp("1971-01-01", tz="UTC")]
    serving.serve(tmp_path, {"may": log}, {"may": MAY[["row_id", "late"]]})
    monitoring = replace(serving.MONITORING, windows=Windows(by="1d"))
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    seen = observe(tmp_path, monitoring, predictions, {"v1.0.0": baseline}, until=serving.NOW)
    assert (len(seen.windows), sum(unit.rows for unit in seen.units), seen.later) == (31, 2_998, 0)
    assert seen.long_before == OldRows(2, date(2019, 3, 31), "1970-01-01T00:00:05", "served/may.parquet:8")
    early = log.assign(time=pandas.Timestamp("1677-09-22", tz="UTC"))
    serving.serve(tmp_path, {"may": early}, {})
    with pytest.raises(InputError, match=r"served/may\.parquet:1: every prediction is of a time before 2019-03-31"):
        observed(tmp_path, baseline)


def test_of_a_long_log_the_newest_windows_are_judged_and_the_rest_is_told(tmp_path: Path, baseline: Baseline) -> None:
    serving.serve_rows(tmp_path, {"may": MAY, "june": JUNE})
    monitoring = replace(serving.MONITORING, windows=Windows(by="1d", newest=20))
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    undated = replace(baseline, trained_until="")
    seen = observe(tmp_path, monitoring, predictions, {"v1.0.0": undated}, until=serving.NOW)
    assert [seen.windows[place].label for place in (0, -1)] == ["2020-06-11", "2020-06-30"]
    assert sum(unit.rows for unit in seen.units) == int((JUNE["time"] >= "2020-06-11").sum())
    assert seen.older is not None
    assert seen.older.rows == 6_000 - sum(unit.rows for unit in seen.units)
    assert seen.older.where == "served/may.parquet:1"
