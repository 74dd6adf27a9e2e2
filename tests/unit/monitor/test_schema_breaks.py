"""A log whose columns become another type: an alarm of the window where it is so, and of no other."""

from collections.abc import Callable

import pandas
import pytest
from tests import serving
from tests.unit.monitor.test_alarm import MODEL, words

from gitmlops.monitor.alarm import Verdict, judge
from gitmlops.monitor.observing.log import read_predictions
from gitmlops.monitor.observing.observation import observe
from gitmlops.monitor.reporting.report import report
from gitmlops.monitor.states import State
from gitmlops.report import Report, Severity

MAY, JUNE = serving.log(serving.rows("2020-05")), serving.log(serving.rows("2020-06"))

Watch = Callable[..., tuple[Verdict, Report]]


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    known = {version: serving.baseline() for version in ("v1.0.0", "v1.1.0")}

    def seen(logs: dict[str, pandas.DataFrame | str]) -> tuple[Verdict, Report]:
        root = tmp_path_factory.mktemp("served")
        outcomes = pandas.concat([serving.rows("2020-05"), serving.rows("2020-06")])[["row_id", "late"]]
        tables = {name: log for name, log in logs.items() if isinstance(log, pandas.DataFrame)}
        serving.serve(root, tables, {"all": outcomes})
        for name, log in logs.items():
            if isinstance(log, str):
                (root / serving.LOG / f"{name}.jsonl").write_text(log)
        predictions = read_predictions(root / serving.LOG, serving.MODEL)
        observation = observe(root, serving.MONITORING, predictions, known, until=serving.NOW)
        verdict = judge(observation, threshold=0.5)
        return verdict, report(MODEL, observation, verdict)

    return seen


def test_a_feature_that_became_text_alarms_at_once_and_says_where(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": JUNE.assign(**{"feature.temp": "warm"})})
    assert (verdict.alarms, verdict.state) == (("schema",), State.ALARM)
    told = "feature.temp is text in served/june.parquet:1, where numbers are expected"
    assert f"{told}: 3,000 of 3,000 rows of v1.0.0 in 2020-06" in words(seen, Severity.ERROR)
    assert seen.summary[0].startswith(f"The log broke: {told}. In 2020-06 v1.0.0 was no worse")
    assert not seen.of(Severity.ERROR)[1:], "the values count as missing, which is no second alarm"
    assert "do not train on such rows" in seen.next_action


def test_a_type_that_is_right_again_is_told_and_no_alarm(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY.assign(**{"feature.temp": "warm"}), "june": JUNE})
    assert verdict.alarms == ()
    assert "feature.temp is text in served/may.parquet:1" in words(seen, Severity.NOTE)


def test_a_window_of_predictions_that_are_no_numbers_alarms_though_nothing_of_it_can_be_judged(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": JUNE.assign(score="0.5")})
    assert verdict.alarms == ("schema",)
    assert [item.unit.window.label for item in verdict.judged] == ["2020-05"]
    assert "score is text in served/june.parquet:1, where numbers are expected: 3,000 of 3,000 rows of v1.0.0 in " in (
        words(seen, Severity.ERROR)
    )


def test_predictions_that_lack_their_column_in_one_file_are_a_break(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": JUNE.drop(columns="score")})
    assert verdict.alarms == ("schema",)
    assert "score is gone in served/june.parquet:1" in words(seen, Severity.ERROR)


def test_a_log_that_never_had_a_number_where_one_is_due_is_an_alarm_too(watch: Watch) -> None:
    verdict, seen = watch({"june": JUNE.assign(score="0.5")})
    assert (verdict.version, verdict.alarms, verdict.judged) == ("v1.0.0", ("schema",), ())
    assert seen.summary == ("The log broke: score is text in served/june.parquet:1, where numbers are expected.",)


def test_a_new_version_whose_predictions_are_no_numbers_is_the_one_that_serves(watch: Watch) -> None:
    verdict, _ = watch({"may": MAY, "june": JUNE.assign(score="0.5", version="v1.1.0")})
    assert (verdict.version, verdict.alarms) == ("v1.1.0", ("schema",))


def test_single_rows_of_another_type_are_told_by_their_line_and_no_alarm(watch: Watch) -> None:
    june = serving.lines(serving.rows("2020-06")).splitlines(keepends=True)
    june[41] = june[41].replace('"features": {', '"features": {"temp": "hot", "x": {', 1).replace("},", "}},", 1)
    verdict, seen = watch({"may": MAY, "june": "".join(june)})
    assert verdict.alarms == ()
    assert "feature.temp is text in served/june.jsonl:42, where numbers are expected: 1 of 3,000 rows" in (
        words(seen, Severity.WARNING)
    )


def test_rows_that_nobody_can_place_alarm_until_they_are_mended_or_gone(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": JUNE.drop(columns="version")})
    assert verdict.alarms == ("schema",)
    told = "version is gone in served/june.parquet:1, where versions are expected: 3,000 rows cannot be placed"
    assert told in words(seen, Severity.ERROR)
    old, _ = watch({"june": JUNE, "long": JUNE[:100].drop(columns="version")} | {str(i): MAY for i in range(9)})
    assert old.alarms == ("schema",), "100 rows are few of the log, and many of a window"
    few, seen = watch({"may": MAY, "june": JUNE[:10].assign(time="yesterday")})
    assert few.alarms == ()
    assert "10 rows have no id, time or version" in words(seen, Severity.WARNING)


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"\xff"])
def test_lists_objects_and_bytes_are_types_that_no_column_has(watch: Watch, value: object) -> None:
    june = JUNE.assign(**{name: [value] * len(JUNE) for name in ("feature.temp", "slice.colour", "feature.colour")})
    verdict, seen = watch({"may": MAY, "june": june})
    assert verdict.alarms == ("schema",)
    assert "feature.colour is " in words(seen, Severity.ERROR)


def test_lines_that_are_no_rows_and_files_that_are_not_read_are_in_the_report(watch: Watch) -> None:
    _, seen = watch({"may": MAY, "june": serving.lines(serving.rows("2020-06")) + '{"score": NaN}\n{"pre'})
    told = words(seen, Severity.WARNING)
    assert "1 line of served/june.jsonl is no JSON object of a prediction" in told
    assert "(the first one: served/june.jsonl:3001)" in told
    assert "the last line of served/june.jsonl was still being written" in words(seen, Severity.NOTE)


def test_many_lines_that_are_no_rows_are_an_alarm_while_the_window_in_which_they_were_written_is_the_latest(
    watch: Watch,
) -> None:
    """What writes NaN for a missing value loses the rows in which values are missing: the others look well."""
    may, june = (serving.lines(serving.rows(month)).splitlines(keepends=True) for month in ("2020-05", "2020-06"))
    lost = ['{"score": NaN}\n'] * 30
    verdict, seen = watch({"may": MAY, "june": "".join([*june[:500], *lost, *june[500:]])})
    assert verdict.alarms == ("schema",)
    line = "a line is no JSON object (NaN is none of JSON's words) in served/june.jsonl:501"
    told = f"{line}, where predictions are expected"
    assert f"{told}: 30 rows cannot be placed in a window" in words(seen, Severity.ERROR)
    assert seen.summary[0].startswith(f"The log broke: {told}. In 2020-06 v1.0.0 was no worse")
    for few in ({"june": "".join([*june, *lost[:29]])}, {"all": "".join([*lost, *may, *june])}):
        verdict, seen = watch({"may": MAY, **few})
        assert verdict.alarms == (), "too few, or of a window before"
        assert "no JSON object of a prediction" in words(seen, Severity.WARNING)


def test_a_file_in_which_no_line_is_a_row_counts_as_written_now(watch: Watch) -> None:
    verdict, _ = watch({"may": MAY, "june": JUNE, "august": "\0\n" * 100, "empty": "\n"})
    assert verdict.alarms == ("schema",)
