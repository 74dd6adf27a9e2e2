"""The rules, on tables with planted changes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy
import pandas
import pytest
from tests import serving

from gitmlops.monitor.alarm import Production, Verdict, _alarms, judge
from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.observing.log import read_predictions
from gitmlops.monitor.observing.observation import observe
from gitmlops.monitor.profiles.profile import profile
from gitmlops.monitor.reporting.report import report
from gitmlops.monitor.schema_breaks import Broken
from gitmlops.monitor.states import State
from gitmlops.render.formats import render
from gitmlops.report import Cell, Report, Severity
from gitmlops.specs.alarm import MARGINS, AlarmRules, ColumnAlarm
from gitmlops.specs.model import Evaluation, Model, Monitoring, Task, Windows

MODEL = Model(
    kind="model",
    name=serving.MODEL,
    pipeline="tiny",
    artifact="models/tiny.skops",
    feature_set="tiny",
    owner="us",
    risk_tier="low",
    intended_use="Tests.",
    not_intended_for="Else.",
    task=Task(kind="binary", label="late"),
    evaluation=Evaluation(data="data/e.parquet", labels="data/l.parquet", id="row_id"),
    monitoring=serving.MONITORING,
)
UNLABELLED = Monitoring(log=serving.LOG, windows=Windows(by="month"))
MAY, JUNE, JULY = (serving.rows(f"2020-0{month}") for month in (5, 6, 7))

Watch = Callable[..., tuple[Verdict, Report]]


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    baseline = serving.baseline()

    def seen(
        frames: dict[str, pandas.DataFrame], monitoring: Monitoring = serving.MONITORING
    ) -> tuple[Verdict, Report]:
        root = tmp_path_factory.mktemp("served")
        serving.serve_rows(root, frames)
        predictions = read_predictions(root / serving.LOG, serving.MODEL)
        observation = observe(root, monitoring, predictions, {"v1.0.0": baseline}, until=serving.NOW)
        verdict = judge(observation, threshold=0.5, rules=monitoring.alarm)
        return verdict, report(MODEL, observation, verdict)

    return seen


def effect(verdict: Verdict, column: str, kind: str = "distribution", window: int = -1) -> tuple[Effect, State]:
    found = verdict.judged[window].columns
    return next((item, state) for item, state in found if (item.column, item.kind) == (column, kind))


def words(report: Report, *severities: Severity) -> str:
    return "\n".join(finding.message for finding in report.of(*severities))


def moved(report: Report) -> list[dict[str, Cell]]:
    """The rows of the table of columns, by the names in its head."""
    table = report.tables[1]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_performance_of_long_ago_does_not_excuse_inputs(watch: Watch) -> None:
    """Performance was fine in May, and no outcome has come since: then what the inputs do is all that is known."""
    verdict, _ = watch({"may": MAY, "june": JUNE, "july": JULY})
    may, july = verdict.judged[0], verdict.judged[-1]
    moved = replace(july, columns=tuple((item, State.ALARM) for item, _ in july.columns if item.kind == "distribution"))
    assert Verdict("v1.0.0", verdict.judged, may, moved, _alarms(may, moved, Broken())).alarms == ("drift",)
    assert _alarms(july, moved, Broken()) == ()


def test_a_quiet_summer_is_ok(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": JUNE, "july": JULY})
    assert (verdict.state, verdict.alarms, seen.passed) == (State.OK, (), True)
    assert seen.of(Severity.WARNING) == seen.of(Severity.ERROR) == ()
    assert "no worse than its reference" in seen.summary[0]


def test_a_season_is_a_warning_while_performance_is_known_and_fine(watch: Watch) -> None:
    verdict, seen = watch({"may": serving.warmer(MAY), "june": serving.warmer(JUNE)})
    assert (verdict.state, seen.passed) == (State.OK, True)
    assert "1 column moved, performance did not fall: a season?" in words(seen, Severity.WARNING)
    size, state = effect(verdict, "temp")
    assert state is State.ALARM
    assert size.size == pytest.approx(0.38, abs=0.03)  # two normals, one sigma apart
    assert size.direction.startswith("median 4")
    assert " → 5" in size.direction or " → 6" in size.direction


def test_the_same_season_is_an_alarm_where_no_outcome_says_that_it_is_harmless(watch: Watch) -> None:
    verdict, seen = watch({"may": serving.warmer(MAY)}, UNLABELLED)
    assert (verdict.alarms, seen.passed) == (("drift",), False)
    assert "no outcome says whether that is harmless" in words(seen, Severity.ERROR)


def test_a_drift_beyond_the_threshold_but_under_twice_needs_a_second_window(watch: Watch) -> None:
    first, _ = watch({"may": serving.warmer(MAY, 4)}, UNLABELLED)
    second, _ = watch({"may": serving.warmer(MAY, 4), "june": serving.warmer(JUNE, 4)}, UNLABELLED)
    gone, _ = watch({"may": serving.warmer(MAY, 4), "june": JUNE}, UNLABELLED)
    assert 0.1 <= effect(first, "temp")[0].size < 0.2
    assert [verdict.state for verdict in (first, second, gone)] == [State.FIRST, State.ALARM, State.OK]


def test_two_of_three_windows_are_an_alarm_and_two_of_four_are_not(watch: Watch) -> None:
    drifted = {"may": serving.warmer(MAY, 4), "june": JUNE, "july": serving.warmer(JULY, 4)}
    apart = {**drifted, "july": JULY, "august": serving.warmer(serving.rows("2020-08"), 4)}
    assert [watch(frames, UNLABELLED)[0].state for frames in (drifted, apart)] == [State.ALARM, State.FIRST]


def test_a_drift_between_the_floors_is_a_word_in_the_table(watch: Watch) -> None:
    verdict, seen = watch({"may": serving.warmer(MAY, 1.5)}, UNLABELLED)
    assert effect(verdict, "temp")[1] is State.WARNING
    assert seen.passed


def test_a_model_that_knows_less_is_an_alarm_at_once(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": serving.flipped(JUNE, 0.3)})
    assert (verdict.alarms, seen.passed) == (("performance",), False)
    assert verdict.performance is not None
    assert verdict.performance.unit.window.label == "2020-06"
    assert "roc_auc of v1.0.0 is" in words(seen, Severity.ERROR)
    assert "brier of v1.0.0 is" in words(seen, Severity.ERROR)
    assert seen.next_action == "run `gitmlops retrain tiny`, and review the branch that it writes"


def test_a_small_loss_needs_a_second_window(watch: Watch) -> None:
    frames = {f"m{month}": serving.flipped(serving.rows(f"2020-0{month}", n=20_000), 0.04) for month in (5, 6)}
    once, seen = watch({"m5": frames["m5"]})
    twice, _ = watch(frames)
    loss = once.judged[0].metrics[0][0]
    assert MARGINS["roc_auc"] <= loss.loss < 2 * MARGINS["roc_auc"]
    assert loss.bound > 0
    assert (auc_state(once), auc_state(twice)) == (State.FIRST, State.ALARM)
    assert "(at least" in words(seen, Severity.WARNING)
    assert "for the first window" in words(seen, Severity.WARNING)


def test_a_loss_that_chance_may_explain_is_none(watch: Watch) -> None:
    verdict, _ = watch({"may": serving.flipped(MAY[-1_100:], 0.05)})
    assert auc_state(verdict) is State.OK


def auc_state(verdict: Verdict) -> State:
    return next(state for metric, state in verdict.judged[-1].metrics if metric.metric == "roc_auc")


def test_an_alarm_is_over_when_the_next_window_is_fine(watch: Watch) -> None:
    verdict, seen = watch({"may": serving.flipped(MAY, 0.3), "june": JUNE})
    assert (verdict.state, seen.passed) == (State.OK, True)
    assert [row[8] for row in seen.tables[0].rows] == ["alarm", "ok"]


def test_the_loss_of_a_version_that_no_longer_serves_is_history(tmp_path: Path) -> None:
    serving.serve_rows(tmp_path, {"may": serving.flipped(MAY, 0.3)})
    serving.serve_rows(tmp_path, {"june": JUNE}, version="v1.1.0")
    baselines = {"v1.0.0": serving.baseline(), "v1.1.0": serving.baseline()}
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    verdict = judge(observe(tmp_path, serving.MONITORING, predictions, baselines, until=serving.NOW), threshold=0.5)
    assert (verdict.version, verdict.state) == ("v1.1.0", State.OK)
    assert verdict.judged[0].performance is State.ALARM


def test_the_last_mature_loss_stands_while_later_outcomes_are_provisional(tmp_path: Path) -> None:
    serving.serve_rows(tmp_path, {"may": serving.flipped(MAY, 0.3), "june": JUNE})
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    until = pandas.Timestamp("2020-07-01T06:00:00Z").to_pydatetime()
    observation = observe(tmp_path, serving.MONITORING, predictions, {"v1.0.0": serving.baseline()}, until=until)
    verdict = judge(observation, threshold=0.5)
    assert [judged.performance for judged in verdict.judged] == [State.ALARM, State.PROVISIONAL]
    assert verdict.alarms == ("performance",)


def months(*names: int) -> dict[str, pandas.DataFrame]:
    return {f"m{month}": serving.rows(f"2020-{month:02}") for month in names}


def outcomes_of(root: Path, frames: dict[str, pandas.DataFrame], share: dict[str, float]) -> Verdict:
    """The verdict where only that share of a month's outcomes came (all of them without a word)."""
    logs = {name: serving.log(frame) for name, frame in frames.items()}
    known = {name: frame[["row_id", "late"]][: int(len(frame) * share.get(name, 1))] for name, frame in frames.items()}
    serving.serve(root, logs, known)
    predictions = read_predictions(root / serving.LOG, serving.MODEL)
    observation = observe(root, serving.MONITORING, predictions, {"v1.0.0": serving.baseline()}, until=serving.NOW)
    return judge(observation, threshold=0.5)


def test_an_alarm_that_no_outcome_confirms_or_refutes_stands_for_one_window_and_is_then_history(tmp_path: Path) -> None:
    frames = {**months(6, 7), "m5": serving.flipped(MAY, 0.3)}
    one = outcomes_of(tmp_path / "one", {name: frames[name] for name in ("m5", "m6")}, {"m6": 0})
    two = outcomes_of(tmp_path / "two", frames, {"m6": 0, "m7": 0})
    assert (one.alarms, one.lapsed) == (("performance",), None)
    assert (two.alarms, two.performance) == ((), None)
    assert two.lapsed is not None
    assert two.lapsed.unit.window.label == "2020-05"


def test_a_lapsed_alarm_is_told(tmp_path: Path) -> None:
    frames = {**months(6, 7), "m5": serving.flipped(MAY, 0.3)}
    serving.serve(
        tmp_path,
        {name: serving.log(frame) for name, frame in frames.items()},
        {"m5": frames["m5"][["row_id", "late"]]},
    )
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    observation = observe(tmp_path, serving.MONITORING, predictions, {"v1.0.0": serving.baseline()}, until=serving.NOW)
    seen = report(MODEL, observation, judge(observation, threshold=0.5))
    assert seen.passed
    told = words(seen, Severity.WARNING)
    assert "v1.0.0 was in alarm in 2020-05; no later window has confirmed or refuted it" in told


def test_drift_of_long_ago_is_history_where_later_windows_have_few_rows(watch: Watch) -> None:
    june, july = (frame[-100:] for frame in (JUNE, JULY))
    standing, _ = watch({"may": serving.warmer(MAY), "june": june}, UNLABELLED)
    over, seen = watch({"may": serving.warmer(MAY), "june": june, "july": july}, UNLABELLED)
    assert (standing.alarms, over.alarms, over.state) == (("drift",), (), State.INSUFFICIENT)
    assert "None of the last 2 windows of v1.0.0 has enough predictions to tell" in seen.summary[0]


def test_no_loss_in_few_of_the_outcomes_acquits_nothing(tmp_path: Path) -> None:
    frames = {"may": serving.warmer(MAY)}
    whole = outcomes_of(tmp_path / "whole", frames, {})
    half = outcomes_of(tmp_path / "half", frames, {"may": 0.5})
    assert (whole.alarms, whole.judged[0].performance) == ((), State.OK)
    assert (half.alarms, half.judged[0].performance) == (("drift",), State.PARTIAL)
    assert half.performance is None


def test_no_loss_in_few_of_the_outcomes_ends_no_alarm(tmp_path: Path) -> None:
    frames = {"may": serving.flipped(MAY, 0.3), "june": JUNE}
    assert outcomes_of(tmp_path / "whole", frames, {}).alarms == ()
    assert outcomes_of(tmp_path / "half", frames, {"june": 0.5}).alarms == ("performance",)


def test_a_loss_in_few_of_the_outcomes_is_one(tmp_path: Path) -> None:
    verdict = outcomes_of(tmp_path, {"may": serving.flipped(MAY, 0.3)}, {"may": 0.5})
    assert verdict.alarms == ("performance",)


def microseconds(day: str) -> int:
    return int(pandas.Timestamp(day, tz="UTC").timestamp()) * 1_000_000


def served_by_two(root: Path, production: Production | None) -> tuple[Verdict, Report]:
    """v1.0.0 loses in May, v1.1.0 serves well in June."""
    serving.serve_rows(root, {"may": serving.flipped(MAY, 0.3)})
    serving.serve_rows(root, {"june": JUNE}, version="v1.1.0")
    baselines = {"v1.0.0": serving.baseline(), "v1.1.0": serving.baseline()}
    predictions = read_predictions(root / serving.LOG, serving.MODEL)
    observation = observe(root, serving.MONITORING, predictions, baselines, until=serving.NOW)
    verdict = judge(observation, threshold=0.5, production=production)
    return verdict, report(MODEL, observation, verdict)


def test_an_alarm_ends_with_the_release_of_a_version_that_has_not_served_yet(tmp_path: Path) -> None:
    verdict, seen = served_by_two(tmp_path, Production("v1.2.0", microseconds("2020-07-02")))
    assert (verdict.version, verdict.alarms, verdict.state) == ("v1.2.0", (), State.INSUFFICIENT)
    assert seen.passed
    assert seen.summary == ("v1.2.0 is in production, and has no complete window yet.",)
    assert not seen.of(Severity.WARNING)
    for format_ in ("text", "markdown", "json", "html"):
        assert "v1.2.0" in render(seen, format_)


def test_after_a_rollback_the_version_that_is_back_is_judged_by_its_own_latest_windows(tmp_path: Path) -> None:
    verdict, seen = served_by_two(tmp_path, Production("v1.0.0", microseconds("2020-07-02")))
    assert (verdict.version, verdict.alarms) == ("v1.0.0", ("performance",))
    assert not seen.passed


def test_what_really_serves_is_judged_and_that_it_is_another_version_is_told(tmp_path: Path) -> None:
    verdict, seen = served_by_two(tmp_path, Production("v1.2.0", microseconds("2020-06-10")))
    assert (verdict.version, verdict.state) == ("v1.1.0", State.OK)
    assert "v1.1.0 is what serves, though v1.2.0 is in production" in words(seen, Severity.WARNING)


def test_of_two_versions_that_serve_the_one_in_production_is_judged(tmp_path: Path) -> None:
    verdict, _ = served_by_two(tmp_path, Production("v1.0.0", microseconds("2020-05-10")))
    assert (verdict.version, verdict.alarms) == ("v1.0.0", ("performance",))


def test_levels_that_were_not_there_in_training_are_named(watch: Watch) -> None:
    colours = numpy.where(numpy.arange(len(MAY)) % 3 == 0, "ultraviolet", MAY["colour"])
    verdict, _ = watch({"may": MAY.assign(colour=colours)})
    assert effect(verdict, "colour")[1] is State.OK
    found, state = effect(verdict, "colour", "unseen")
    assert state is State.ALARM
    assert found.direction.startswith("other levels (mostly 'ultraviolet') 0.0% → 33.")


def test_a_slice_that_moved_is_told_where_the_whole_hides_it(watch: Watch) -> None:
    warm = MAY["temp"] + numpy.where(MAY["colour"] == "blue", 10, 0)
    verdict, seen = watch({"may": MAY.assign(temp=warm)})
    assert effect(verdict, "temp")[1] is not State.ALARM
    found = next(finding for finding in seen.findings if finding.rule == "slices")
    assert "1 changes within slices in 2020-05, which the whole hides" in found.message
    assert found.details[0][0] == "temp, colour = blue"
    assert not any(finding.rule == "slices" for finding in watch({"may": MAY})[1].findings)


def test_a_score_that_moved_within_a_slice_is_told(watch: Watch) -> None:
    score = numpy.where(MAY["colour"] == "blue", MAY["score"] ** 2, MAY["score"])
    _, seen = watch({"may": MAY.assign(score=score)})
    assert (
        next(finding for finding in seen.findings if finding.rule == "slices").details[0][0] == "score, colour = blue"
    )


def test_a_code_for_missing_is_suspected(watch: Watch) -> None:
    temp = numpy.where(numpy.arange(len(MAY)) < 9, -999, MAY["temp"])
    _, seen = watch({"may": MAY.assign(temp=temp)})
    assert "9 of them -999: does that stand for something?" in words(seen, Severity.WARNING)
    assert "rows outside" not in words(watch({"may": MAY})[1], Severity.WARNING)


def test_a_feed_that_dies_is_an_alarm_even_while_performance_is_fine(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY, "june": JUNE.assign(temp=numpy.nan)})
    assert verdict.alarms == ("missing",)
    assert "temp: missing 0.0% → 100.0% in 2020-06" in words(seen, Severity.ERROR)
    assert "; values of temp are missing." in seen.summary[0]
    assert "mend the feed" in seen.next_action
    assert effect(verdict, "temp")[1] is State.INSUFFICIENT


def test_an_empty_column_without_a_type_is_missing_too(watch: Watch) -> None:
    verdict, _ = watch({"may": MAY, "june": JUNE.assign(temp=None, colour=None)})
    assert effect(verdict, "temp", "missing")[1] is State.ALARM
    assert effect(verdict, "colour", "missing")[1] is State.ALARM


def test_a_column_that_one_file_lacks_is_gone_there(watch: Watch) -> None:
    verdict, _ = watch({"may": MAY, "june": JUNE.drop(columns="temp")})
    assert effect(verdict, "temp", "missing")[0].size == 1
    assert verdict.alarms == ("schema",)


def test_a_column_that_no_file_has_is_not_judged_and_said_so(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY.drop(columns="temp")})
    assert verdict.state is State.OK
    assert "the log has no column temp: whether it moved is not known" in words(seen, Severity.WARNING)


def test_fewer_missing_values_are_no_alarm(watch: Watch) -> None:
    verdict, _ = watch({"may": MAY})
    assert effect(verdict, "temp", "missing")[0].size == 0


@pytest.mark.parametrize("rows", [1, 49])
def test_too_few_rows_for_any_bound_are_insufficient_data(watch: Watch, rows: int) -> None:
    verdict, seen = watch({"may": serving.flipped(serving.warmer(MAY[-rows:], 100), 0.5)})
    assert verdict.state is State.INSUFFICIENT
    assert seen.passed
    assert "No window of v1.0.0 has enough predictions to tell" in seen.summary[0]


@pytest.mark.parametrize("rows", [50, 300])
def test_few_rows_alarm_when_the_least_effect_that_is_sure_is_at_the_threshold(watch: Watch, rows: int) -> None:
    verdict, _ = watch({"may": serving.warmer(MAY[-rows:], 100)}, UNLABELLED)
    assert effect(verdict, "temp")[1] is State.ALARM
    assert verdict.alarms == ("drift",)


@pytest.mark.parametrize("rows", [50, 300])
def test_few_rows_that_show_nothing_are_insufficient_data_never_ok(watch: Watch, rows: int) -> None:
    verdict, _ = watch({"may": MAY[-rows:]})
    assert verdict.state is State.INSUFFICIENT


def test_few_outcomes_are_judged_by_what_the_loss_is_at_least_and_at_most(watch: Watch) -> None:
    lost, seen = watch({"may": serving.flipped(MAY[-800:], 0.5)})
    unknown, silent = watch({"may": MAY[-800:]})
    assert (lost.alarms, unknown.performance) == (("performance",), None)
    assert "surely, though there are few outcomes" in words(seen, Severity.ERROR)
    assert silent.findings[0].message == "not known: too few outcomes that are mature"


def test_windows_with_few_rows_are_put_together_until_there_are_enough(watch: Watch) -> None:
    few = {f"m{month}": serving.warmer(serving.rows(f"2020-0{month}")[-600:], 3) for month in (5, 6, 7)}
    patient = replace_alarm(UNLABELLED, AlarmRules(max_wait="90d"))
    verdict, _ = watch(few, patient)
    assert [judged.unit.window.label for judged in verdict.judged] == ["2020-05-to-2020-06", "2020-07"]
    assert verdict.judged[0].unit.rows == 1_200
    assert effect(verdict, "temp", window=0)[1] is State.FIRST
    assert len(watch(few, UNLABELLED)[0].judged) == 3


def test_a_column_may_have_numbers_of_its_own(watch: Watch) -> None:
    drifted = {"may": serving.warmer(MAY, 4), "june": serving.warmer(JUNE, 4)}
    own = replace_alarm(UNLABELLED, AlarmRules(columns={"temp": ColumnAlarm(warning=0.2, threshold=0.3)}))
    verdict, seen = watch(drifted, own)
    assert (verdict.state, effect(verdict, "temp")[1]) == (State.OK, State.OK)
    assert next(row["threshold"] for row in moved(seen) if row["column"] == "temp") == 0.3


def test_a_small_shift_that_stays_is_found_by_what_the_references_own_days_do(tmp_path: Path) -> None:
    """A tenth of a standard deviation: an effect of 0.04, which no window alone would tell."""
    months = {month: serving.rows(f"2020-{month:02}", n=20_000) for month in range(1, 7)}
    training = pandas.concat([months[month] for month in (1, 2, 3)])
    baseline = profile(
        model="tiny", training=training, features=["temp", "history"], evaluation=months[4], slices=[], time="time",
        labels=months[4]["late"].to_numpy(dtype=float), scores=months[4]["score"].to_numpy(), threshold=0.5,
        trained_until="2020-03-31", data_sha256="d", model_sha256="m", effect_period="day",
    )  # fmt: skip
    monitoring = Monitoring(log=serving.LOG, windows=Windows(by="7d"))
    verdicts = {}
    for name, degrees in {"still": 0, "drifting": 1}.items():
        frames = {str(month): serving.warmer(months[month], degrees) for month in (5, 6)}
        serving.serve_rows(tmp_path / name, frames)
        predictions = read_predictions(tmp_path / name / serving.LOG, "tiny")
        observation = observe(tmp_path / name, monitoring, predictions, {"v1.0.0": baseline}, until=serving.NOW)
        verdicts[name] = judge(observation, threshold=0.5)
    assert (verdicts["still"].state, verdicts["still"].alarms) == (State.OK, ())
    found, state = effect(verdicts["drifting"], "temp")
    assert (state, verdicts["drifting"].alarms) == (State.SLOW, ("drift",))
    assert found.size < 0.06
    assert verdicts["drifting"].judged[-1].limits["temp"].periods >= 20
    seen = report(MODEL, observation, verdicts["drifting"])
    assert next(row["state"] for row in moved(seen) if row["column"] == "temp") == "moves slowly, to the same side"


def test_before_outcomes_come_a_loss_is_estimated_from_the_scores(watch: Watch) -> None:
    """Half of the rows have scores near a half, of which nobody knows the outcome beforehand."""
    vague = MAY.assign(score=numpy.where(numpy.arange(len(MAY)) % 2 == 0, 0.45 + 0.1 * MAY["score"], MAY["score"]))
    unlabelled, seen = watch({"may": vague}, UNLABELLED)
    late = vague.assign(late=(numpy.random.default_rng(5).random(len(vague)) < vague["score"]).astype(int))
    labelled, _ = watch({"may": late})
    guess = {metric.metric: metric.value for metric, _ in unlabelled.judged[0].estimated}
    truth = {metric.metric: metric.value for metric, _ in labelled.judged[0].metrics}
    assert guess["roc_auc"] == pytest.approx(truth["roc_auc"], abs=0.02)
    assert guess["brier"] == pytest.approx(truth["brier"], abs=0.01)
    assert "estimated-performance" in unlabelled.alarms
    assert "estimated-performance" not in labelled.alarms
    assert "it cannot see that the same inputs have come to mean another outcome" in words(seen, Severity.ERROR)


def test_an_estimate_says_that_it_cannot_see_a_changed_meaning_and_does_not(watch: Watch) -> None:
    changed = serving.flipped(MAY, 0.3)
    blind, seen = watch({"may": changed}, UNLABELLED)
    known, _ = watch({"may": changed})
    assert (blind.state, blind.alarms, known.alarms) == (State.OK, (), ("performance",))
    assert "Performance is not known, and by the scores alone no worse than its reference" in seen.summary[0]
    estimates = [finding.message for finding in seen.findings if finding.rule == "estimated"]
    assert len(estimates) == 3
    assert all("by its scores alone: it cannot see that the same inputs" in message for message in estimates)


def test_outcomes_of_a_selected_population_count_when_they_show_a_loss_and_acquit_nothing(watch: Watch) -> None:
    labels = msgspec.structs.replace(serving.MONITORING.labels, selected_by="approved applications")
    selected = msgspec.structs.replace(serving.MONITORING, labels=labels)
    fine, seen = watch({"may": serving.warmer(MAY)}, selected)
    lost, _ = watch({"may": serving.flipped(MAY, 0.3)}, selected)
    assert (fine.judged[0].performance, fine.alarms, lost.alarms) == (State.PARTIAL, ("drift",), ("performance",))
    assert "outcomes are of approved applications alone, 100% of 2020-05" in words(seen, Severity.NOTE)


def test_windows_that_were_put_together_are_one_row_of_the_report(watch: Watch) -> None:
    few = {f"m{month}": serving.rows(f"2020-0{month}")[-600:] for month in (5, 6)}
    _, seen = watch(few, replace_alarm(UNLABELLED, AlarmRules(max_wait="90d")))
    assert [row[:3] for row in seen.tables[0].rows] == [("2020-05-to-2020-06", "v1.0.0", 1_200)]


def test_what_moved_is_drawn_over_its_reference_and_its_way_there_is_a_sparkline(watch: Watch) -> None:
    colours = numpy.where(numpy.arange(len(JUNE)) % 3 == 0, "green", JUNE["colour"])
    _, seen = watch({"may": MAY, "june": serving.warmer(JUNE).assign(colour=colours)})
    row = next(row for row in moved(seen) if row["column"] == "temp")
    assert (row["adjusted p"], row["by window"], row["state"]) == ("< 1e-12", "▁█", "moved")
    drawn = {chart.title: chart for chart in seen.charts}
    temp = drawn["Share of rows by temp, in the reference and in 2020-06"]
    assert [series.name for series in temp.series] == ["reference", "window"]
    peaks = [float(temp.labels[int(numpy.argmax(series.values))]) for series in temp.series]
    assert 7 < peaks[1] - peaks[0] < 13
    assert sum(value or 0 for value in temp.series[0].values) == pytest.approx(1, abs=0.002)
    assert drawn["Share of rows by colour, in the reference and in 2020-06"].labels == ("green", "red", "blue")
    assert "Share of rows by colour, in the reference" in render(seen, "html")


def test_values_beyond_all_of_the_reference_are_drawn_as_its_end(watch: Watch) -> None:
    _, seen = watch({"may": serving.warmer(MAY, 100)})
    drawn = next(chart for chart in seen.charts if chart.title.startswith("Share of rows by temp,"))
    assert drawn.labels[-1].startswith("over ")
    assert [series.values[-1] for series in drawn.series] == [pytest.approx(0.01, abs=0.02), 1.0]


def test_a_report_says_whether_thresholds_are_calibrated(watch: Watch) -> None:
    _, seen = watch({"may": MAY})
    assert "uncalibrated: fewer than 20 reference periods" in str(dict(seen.facts)["thresholds of columns"])


def replace_alarm(monitoring: Monitoring, rules: AlarmRules) -> Monitoring:
    return msgspec.structs.replace(monitoring, alarm=rules)


def test_outcomes_of_one_class_do_not_break_the_rest(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY.assign(late=0)})
    assert verdict.alarms == ("performance",)
    assert seen.tables[0].rows[0][4] is None


def test_no_complete_window_is_said(watch: Watch) -> None:
    verdict, seen = watch({"may": MAY[:-1].head(2_000)})
    assert (verdict.state, seen.passed) == (State.INSUFFICIENT, True)
    assert "No window is complete yet." in seen.summary[0]
    for format_ in ("text", "markdown", "json", "html"):
        assert render(seen, format_)


def test_few_outcomes_may_be_a_selection(watch: Watch, tmp_path: Path) -> None:
    serving.serve(tmp_path, {"may": serving.log(MAY)}, {"may": MAY[["row_id", "late"]][::2]})
    predictions = read_predictions(tmp_path / serving.LOG, serving.MODEL)
    observation = observe(tmp_path, serving.MONITORING, predictions, {"v1.0.0": serving.baseline()}, until=serving.NOW)
    seen = report(MODEL, observation, judge(observation, threshold=0.5))
    assert "50% of the outcomes of 2020-05 are known: a selection?" in words(seen, Severity.WARNING)


def test_the_table_ranks_columns_by_effect_times_importance(watch: Watch) -> None:
    changed = serving.warmer(MAY, 100).assign(history=MAY["history"] + 0.3)
    _, seen = watch({"may": changed})
    columns = [row["column"] for row in moved(seen)]
    assert [str(row["state"]).startswith("moved") for row in moved(seen)[:2]] == [True, True]
    effects = {row["column"]: row["effect"] for row in moved(seen)}
    assert effects["temp"] > 5 * effects["history"]
    assert columns.index("history") < columns.index("temp")


def test_charts_show_reference_and_windows(watch: Watch) -> None:
    _, seen = watch({"may": MAY, "june": JUNE})
    auc = next(chart for chart in seen.charts if chart.title.startswith("AUC"))
    assert auc.labels == ("reference", "2020-05", "2020-06")
    assert len(auc.series[0].values) == 3
    assert auc.limit == pytest.approx(auc.series[0].values[0] - 0.02, abs=1e-4)
    assert all(len(series.values) == len(chart.labels) for chart in seen.charts for series in chart.series)


def test_every_format_shows_the_alarm(watch: Watch) -> None:
    _, seen = watch({"may": serving.warmer(MAY), "june": serving.flipped(serving.warmer(JUNE), 0.3)})
    for format_ in ("text", "markdown", "json", "html", "junit", "sarif"):
        assert "2020-06" in render(seen, format_)
    first_screen = render(seen, "text").splitlines()[:25]
    assert any("In 2020-06 v1.0.0 was worse than its reference in" in line for line in first_screen)
    assert any("gitmlops retrain tiny" in line for line in first_screen)


@pytest.mark.slow
def test_windows_without_drift_hardly_ever_alarm(tmp_path: Path) -> None:
    """200 windows of 2,000 rows and 20 columns: at most 1 % alarm, with or without outcomes."""
    numbers = numpy.random.default_rng(11)
    names = [f"x{index}" for index in range(20)]
    alarms = {True: 0, False: 0}

    def draw(rows: int, start: str) -> pandas.DataFrame:
        frame = pandas.DataFrame(numbers.normal(0, 1, (rows, 20)), columns=names)
        for index in range(0, 20, 4):
            frame[names[index]] = numbers.integers(0, 5, rows).astype(float)
        frame["score"] = 1 / (1 + numpy.exp(1 - frame["x1"]))
        frame["late"] = (numbers.random(rows) < frame["score"]).astype(float)
        frame["time"] = pandas.Timestamp(start, tz="UTC") + pandas.to_timedelta(numpy.arange(rows), unit="s")
        return frame

    training, evaluation = draw(20_000, "2020-01-01"), draw(20_000, "2020-02-01")
    baseline = profile(
        model="tiny", training=training, features=names, evaluation=evaluation, slices=[], time="time",
        labels=evaluation["late"].to_numpy(), scores=evaluation["score"].to_numpy(), threshold=0.5,
        trained_until="2020-01-31", data_sha256="d", model_sha256="m",
    )  # fmt: skip
    days = pandas.date_range("2020-03-01", periods=200, freq="D")
    frame = pandas.concat([draw(2_000, str(day.date())) for day in days], ignore_index=True)
    log = pandas.DataFrame({"prediction_id": frame.index, "time": frame["time"], "model": "tiny", "version": "v1.0.0"})
    log = log.assign(score=frame["score"], **{f"feature.{name}": frame[name] for name in names})
    serving.serve(tmp_path, {"log": log}, {"log": pandas.DataFrame({"row_id": frame.index, "late": frame["late"]})})
    monitoring = Monitoring(log=serving.LOG, windows=Windows(by="1d"), labels=serving.MONITORING.labels)
    predictions = read_predictions(tmp_path / serving.LOG, "tiny")
    observation = observe(tmp_path, monitoring, predictions, {"v1.0.0": baseline}, until=serving.NOW)
    verdict = judge(observation, threshold=0.5)
    assert len(verdict.judged) == 199 + (verdict.judged[-1].unit.window.label == str(days[-1].date()))
    alarms[True] = sum(judged.performance is State.ALARM for judged in verdict.judged)
    alarms[False] = sum(state is State.ALARM for judged in verdict.judged for _, state in judged.columns)
    assert alarms[True] <= 2
    assert alarms[False] == 0
