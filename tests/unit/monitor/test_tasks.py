"""Performance of models of numbers and of several classes, known and estimated."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy
import pandas
import pytest
from tests import serving_tasks
from tests.serving_tasks import TASKS, World

from gitmlops.monitor.alarm import Verdict, judge
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.reporting.report import report
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Baseline, NumericColumn
from gitmlops.render.formats import render
from gitmlops.report import Report, Severity
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.model import Evaluation, Labels, Model, Monitoring

BASELINES: Mapping[str, Baseline] = {kind: serving_tasks.baseline(task) for kind, task in TASKS.items()}
WATCHED = {"regression": ("mae", "rmse"), "multiclass": ("macro_roc_auc", "log_loss", "accuracy")}
LESS_KNOWN = {"regression": World(higher=1), "multiclass": World(higher=-1)}
"""Rows of which less can be known: the model is right about how sure it is."""

kinds = pytest.mark.parametrize("kind", TASKS)


def seen(root: Path, kind: str, *worlds: World, monitoring: Monitoring = serving_tasks.MONITORING) -> Observation:
    """May, June and so on, each as its world is."""
    task = TASKS[kind]
    frames = {
        f"m{place}": serving_tasks.rows(task, f"2020-0{place}", world=world) for place, world in enumerate(worlds, 5)
    }
    serving_tasks.serve(root, task, frames)
    return serving_tasks.observed(root, task, BASELINES[kind], monitoring=monitoring)


def told(kind: str, observation: Observation, verdict: Verdict) -> Report:
    model = Model(
        kind="model", name=serving_tasks.MODEL, pipeline="p", artifact="models/kinds.skops", feature_set="f",
        owner="us", risk_tier="low", intended_use="Tests.", not_intended_for="Else.", task=TASKS[kind],
        evaluation=Evaluation(data="e", labels="l", id="row_id"), monitoring=serving_tasks.MONITORING,
    )  # fmt: skip
    return report(model, observation, verdict)


def words(found: Report, *severities: Severity) -> str:
    return "\n".join(finding.message for finding in found.of(*severities))


@kinds
def test_a_model_that_does_what_it_did_is_fine(kind: str, tmp_path: Path) -> None:
    observation = seen(tmp_path, kind, World(), World(), World())
    verdict = judge(observation, threshold=0.5)
    assert [item.performance for item in verdict.judged] == [State.OK] * 3
    assert [metric.metric for metric, _ in verdict.judged[0].metrics] == list(WATCHED[kind])
    found = told(kind, observation, verdict)
    assert found.passed and not found.of(Severity.WARNING, Severity.ERROR)
    for metric in WATCHED[kind]:
        assert f"{metric} of v1.0.0 is " in words(found, Severity.PASS)


@kinds
def test_outcomes_that_mean_something_else_are_an_alarm_of_every_metric(kind: str, tmp_path: Path) -> None:
    observation = seen(tmp_path, kind, World(), World(other=0.3))
    verdict = judge(observation, threshold=0.5)
    assert verdict.alarms == ("performance",)
    found = told(kind, observation, verdict)
    for metric in WATCHED[kind]:
        assert f"{metric} of v1.0.0 is " in words(found, Severity.ERROR)
    assert "worse than its reference in " + ", ".join(WATCHED[kind]) in found.summary[0]


@kinds
def test_before_outcomes_come_rows_of_which_less_can_be_known_are_an_estimated_loss(kind: str, tmp_path: Path) -> None:
    worlds = (World(), LESS_KNOWN[kind])
    known = judge(seen(tmp_path / "known", kind, *worlds), threshold=0.5)
    observation = seen(tmp_path / "unknown", kind, *worlds, monitoring=serving_tasks.UNLABELLED)
    unknown = judge(observation, threshold=0.5)
    assert unknown.alarms == ("estimated-performance", "drift")
    assert unknown.inputs is not None
    truth = {metric.metric: metric for metric, _ in known.judged[-1].metrics}
    for metric, state in unknown.inputs.estimated:
        real = truth[metric.metric]
        assert metric.value == pytest.approx(real.value, rel=0.06), metric
        assert real.loss > 0 and state is State.ALARM
    assert "it cannot see that the same inputs have come to mean another outcome" in words(
        told(kind, observation, unknown), Severity.ERROR
    )


@kinds
def test_an_estimate_cannot_see_that_the_same_inputs_mean_another_outcome(kind: str, tmp_path: Path) -> None:
    worlds = (World(), World(other=0.3))
    blind = judge(seen(tmp_path / "blind", kind, *worlds, monitoring=serving_tasks.UNLABELLED), threshold=0.5)
    assert (blind.alarms, blind.state) == ((), State.OK)
    assert {state for _, state in blind.judged[-1].estimated} == {State.OK}
    assert judge(seen(tmp_path / "known", kind, *worlds), threshold=0.5).alarms == ("performance",)


@kinds
def test_an_estimate_of_the_evaluation_rows_is_what_was_measured_there(kind: str, tmp_path: Path) -> None:
    serving_tasks.serve(tmp_path, TASKS[kind], {"april": serving_tasks.rows(TASKS[kind], "2020-04")})
    observation = serving_tasks.observed(tmp_path, TASKS[kind], BASELINES[kind])
    (item,) = judge(observation, threshold=0.5).judged
    truth = {metric.metric: metric.value for metric, _ in item.metrics}
    for metric, _ in item.estimated:
        assert metric.value == pytest.approx(truth[metric.metric], rel=1e-4 if kind == "regression" else 0.03)


@kinds
def test_what_predictions_meant_is_of_the_evaluation_rows_alone(kind: str) -> None:
    found = BASELINES[kind]
    assert (found.rows, found.score.rows) == (9_000, 3_000)
    assert {metric.n for metric in found.metrics} == {3_000}
    assert found.target is not None and found.target.rows == 3_000
    assert all(sum(part.n for part in one.bins) == 3_000 for one in found.class_calibration)
    assert len(found.class_calibration) == (3 if kind == "multiclass" else 0)
    assert len(found.losses) == (2 if kind == "regression" else 0)
    if isinstance(found.target, NumericColumn):  # labels may be of people
        assert (found.target.minimum, found.target.maximum, len(found.target.edges)) == (None, None, 19)


@kinds
def test_outcomes_are_late_partial_or_of_a_selection_as_those_of_two_classes(kind: str, tmp_path: Path) -> None:
    task, labels = TASKS[kind], serving_tasks.MONITORING.labels
    assert labels is not None
    serving_tasks.serve(tmp_path, task, {"may": serving_tasks.rows(task, "2020-05")}, share=0.5)
    selected = Labels(source=labels.source, join="row_id", label="y", selected_by="approved", matures_after="7d")
    late = Labels(source=labels.source, join="row_id", label="y", matures_after="365d")
    states = {
        name: judge(
            serving_tasks.observed(
                tmp_path, task, BASELINES[kind],
                monitoring=Monitoring(log=serving_tasks.LOG, windows=serving_tasks.MONITORING.windows, labels=one),
            ),
            threshold=0.5,
        ).judged[0].performance
        for name, one in (("half", labels), ("selected", selected), ("late", late))
    }  # fmt: skip
    assert states == {"half": State.PARTIAL, "selected": State.PARTIAL, "late": State.PROVISIONAL}


@kinds
def test_few_outcomes_of_a_few_windows_are_put_together(kind: str, tmp_path: Path) -> None:
    task = TASKS[kind]
    frames = {
        f"m{month}": serving_tasks.rows(task, f"2020-0{month}", n=400, world=World(other=0.5)) for month in (5, 6, 7)
    }
    serving_tasks.serve(tmp_path, task, frames)
    observation = serving_tasks.observed(tmp_path, task, BASELINES[kind])
    (item,) = judge(observation, threshold=0.5, rules=AlarmRules(max_wait="100d")).judged
    assert (item.unit.rows, item.performance, len(item.estimated)) == (1_200, State.ALARM, len(item.metrics))


@kinds
def test_the_report_of_such_a_model_is_whole_in_every_format(kind: str, tmp_path: Path) -> None:
    observation = seen(tmp_path, kind, World(), World(other=0.3))
    found = told(kind, observation, judge(observation, threshold=0.5))
    columns = found.tables[0].columns
    assert columns[4:-2] == {
        "regression": ("MAE", "RMSE", "mean prediction", "mean label"),
        "multiclass": ("Macro AUC", "Log loss", "Accuracy", "mean highest score", "share right"),
    }[kind]  # fmt: skip
    assert all(isinstance(cell, float) for row in found.tables[0].rows for cell in row[4:-2])
    for format_ in ("text", "markdown", "html", "json"):
        assert WATCHED[kind][0] in render(found, format_)


def test_a_margin_of_an_error_is_a_share_of_the_reference(tmp_path: Path) -> None:
    observation = seen(tmp_path, "regression", World(other=0.06), World(other=0.06))
    strict, lax = (judge(observation, threshold=0.5, rules=AlarmRules(margins={"mae": share})) for share in (0.1, 0.9))
    assert [judged.metrics[0][1] for judged in (strict.judged[-1], lax.judged[-1])] == [State.ALARM, State.OK]
    reference = BASELINES["regression"].metrics[0].value
    assert f"margin {0.1 * reference:.4g}, 0.1 of the reference" in words(
        told("regression", observation, strict), Severity.ERROR
    )


def test_metrics_that_are_named_are_judged_in_place_of_the_usual_ones(tmp_path: Path) -> None:
    observation = seen(tmp_path, "regression", World(), World(other=0.3))
    verdict = judge(observation, threshold=0.5, rules=AlarmRules(metrics=["r2"]))
    assert [metric.metric for metric, _ in verdict.judged[0].metrics] == ["r2"]
    assert "In 2020-06 v1.0.0 was worse than its reference in r2" in told("regression", observation, verdict).summary[0]


def test_a_metric_that_an_older_baseline_does_not_have_is_told(tmp_path: Path) -> None:
    observation = seen(tmp_path, "regression", World())
    rules = AlarmRules(metrics=["mae", "r2"])
    old = msgspec.structs.replace(BASELINES["regression"], metrics=BASELINES["regression"].metrics[:2])
    observation = replace(observation, baselines={"v1.0.0": old})
    found = told("regression", observation, judge(observation, threshold=0.5, rules=rules))
    assert found.passed
    assert "the baseline of v1.0.0 has no r2: it is not judged" in words(found, Severity.NOTE)


def customers(seed: int, *, n: int = 3_000, each: int = 60) -> pandas.DataFrame:
    """Rows of a month of few customers, each of whom has an error of its own in all of its rows."""
    frame = serving_tasks.rows(TASKS["regression"], "2020-05", n=n, seed=seed)
    draw = numpy.random.default_rng(seed)
    frame["customer"] = numpy.arange(n) // each
    own = draw.exponential(3, n // each + 1)[frame["customer"]]
    return frame.assign(y=frame["prediction"] + own + draw.normal(0, 0.5, n))


def test_many_rows_of_few_entities_are_few_evidence(tmp_path: Path) -> None:
    """The same model: what differs between windows is who is in them."""
    task, entities = TASKS["regression"], ("customer", "")
    references = {name: serving_tasks.baseline(task, frame=customers(100), entity=name) for name in entities}
    assert {metric.entities for metric in references["customer"].metrics} == {50}
    states: dict[str, list[State]] = {name: [] for name in entities}
    for seed in range(1, 17):
        root = tmp_path / str(seed)
        serving_tasks.serve(root, task, {"may": customers(seed)})
        for name in entities:
            observation = serving_tasks.observed(root, task, references[name], entity=name)
            states[name].append(judge(observation, threshold=0.5).judged[0].performance)
    assert not any(state.breach for state in states["customer"])
    assert sum(state.breach for state in states[""]) >= 3  # as if each row were a customer


def test_a_log_that_does_not_name_the_entity_is_told(tmp_path: Path) -> None:
    observation = replace(seen(tmp_path, "regression", World()), entity="customer")
    found = told("regression", observation, judge(observation, threshold=0.5))
    assert "the log does not say which rows are of one customer" in words(found, Severity.WARNING)


def test_classes_that_are_decided_more_often_are_drift_though_no_score_is_surer(tmp_path: Path) -> None:
    """`b` leans to the first class or to the last one, as surely to either side."""
    task = TASKS["multiclass"]
    frame = serving_tasks.rows(task, "2020-05")
    other = frame.assign(score_long=frame["score_short"].where(frame["b"] < 0, frame["score_long"]),
                         score_short=frame["score_long"].where(frame["b"] < 0, frame["score_short"]))  # fmt: skip
    serving_tasks.serve(tmp_path, task, {"may": other})
    observation = serving_tasks.observed(tmp_path, task, BASELINES["multiclass"], monitoring=serving_tasks.UNLABELLED)
    (item,) = judge(observation, threshold=0.5).judged
    assert [effect.column for effect, _ in item.moved] == ["decided class"]
    assert item.moved[0][0].direction.startswith("long 4")


@kinds
def test_outcomes_of_another_kind_of_row_are_a_warning(kind: str, tmp_path: Path) -> None:
    task = TASKS[kind]
    frame = serving_tasks.rows(task, "2020-05")
    other = frame["y"] + 20 if kind == "regression" else "short"
    serving_tasks.serve(tmp_path, task, {"may": frame.assign(y=other)})
    observation = serving_tasks.observed(tmp_path, task, BASELINES[kind])
    found = told(kind, observation, judge(observation, threshold=0.5))
    (target,) = [finding for finding in found.findings if finding.rule == "target"]
    assert {"regression": "labels: median 99.8 → over 109.4", "multiclass": "short 40.4% → 100.0%"}[
        kind
    ] in target.message
