"""Comparisons with what is in production and with the anchor, by every method; limits in place of values."""

import numpy
import pytest
from tests.unit.gate.samples import drawn, outcome, results, sample

from gitmlops.gate.checks.values import WEIGHTED, value
from gitmlops.gate.rules.metrics import METRICS
from gitmlops.specs.policy import Metric
from gitmlops.statistics.rates import RATES

NOT_WORSE = "op: noninferior, baseline: {ref: production}, margin: 0.02"
ANCHORED = "metric: roc_auc, op: noninferior, baseline: {ref: production, anchor: last-major}, margin: 0.02"
OF_TWO_CLASSES = {name: metric for name, metric in METRICS.items() if "binary" in metric.tasks}
COMPARED = [(name, method) for name, metric in OF_TWO_CLASSES.items() for method in metric.methods]


def test_every_metric_of_the_language_is_known_and_every_other_is_not() -> None:
    assert set(METRICS) == set(Metric.__args__)  # type: ignore[attr-defined]
    labels, scores = drawn(200)
    for name, metric in OF_TWO_CLASSES.items():
        if metric.family:
            continue
        if not metric.between_groups:
            assert 0 <= float(value(name, labels, scores, decision=0.5)) < 10
        if name in RATES:
            assert (metric.better == "higher") == RATES[name].higher_is_better
            assert metric.tested == RATES[name].paired
        elif metric.methods:
            assert name in WEIGHTED


@pytest.mark.parametrize(("metric", "method"), COMPARED)
def test_every_method_tells_a_worse_model_from_the_one_in_production(metric: str, method: str) -> None:
    labels, scores = drawn(2000)
    worse = numpy.where(numpy.arange(2000) % 2, 1 - scores, scores)
    if metric == "calibration_gap":
        worse = scores / 2
    evidence = sample(labels, worse, production=scores)
    higher, sign = METRICS[metric].better == "higher", 1 if METRICS[metric].better == "higher" else -1
    gained = sign * float(value(metric, labels, worse, decision=0.5) - value(metric, labels, scores, decision=0.5))
    result, reason = outcome(f"metric: {metric}, method: {method}, {NOT_WORSE}", evidence)
    assert (result, higher) == ("passed" if gained > 0 else "failed", higher), reason
    assert outcome(f"metric: {metric}, method: {method}, {NOT_WORSE}", sample(labels, scores, production=scores))[
        0
    ] == ("passed")


def test_a_model_must_pass_against_production_and_the_anchor() -> None:
    labels, scores = drawn(2000)
    noisy = scores + 0.8 * numpy.random.default_rng(3).normal(size=2000)
    judged = results(ANCHORED, sample(labels, noisy, production=noisy, anchor=scores))
    assert [(one.result.outcome, one.result.baseline[:6]) for one in judged] == [
        ("passed", "v1.4.0"),
        ("failed", "v1.0.0"),
    ]
    assert "of the anchor (v1.0.0): a gain of at least -0." in judged[1].reason


def test_a_check_without_an_anchor_ignores_it_and_an_anchor_stands_in_where_nothing_is_in_production() -> None:
    labels, scores = drawn()
    evidence = sample(labels, scores, production=scores, anchor=1 - scores)
    assert len(results(f"metric: roc_auc, {NOT_WORSE}", evidence)) == 1
    evidence = sample(labels, 1 - scores, anchor=scores)
    assert outcome(ANCHORED, evidence)[0] == "failed"
    assert outcome(f"metric: roc_auc, {NOT_WORSE}", evidence)[0] == "not_applicable"


@pytest.mark.parametrize(("metric", "method"), [("roc_auc", "delong"), ("brier", "normal"), ("accuracy", "tango")])
def test_groups_that_got_worse_beyond_chance_are_told_though_they_pass(metric: str, method: str) -> None:
    labels, scores = drawn(20_000)
    generator = numpy.random.default_rng(4)
    places = numpy.array([f"P{number:02}" for number in generator.integers(0, 20, 20_000)], dtype=object)
    noisy = scores + numpy.where(places == "P07", 0.5, 0.0) * generator.normal(size=20_000)
    evidence = sample(labels, numpy.clip(noisy, 0, 1), production=scores, place=places)
    fields = f"metric: {metric}, method: {method}, op: noninferior, baseline: {{ref: production}}, margin: 0.5"
    judged = results(f"{fields}, slice: {{by: place}}", evidence)
    assert {one.result.outcome for one in judged} == {"passed"}
    assert [one.result.slice for one in judged if one.worse is not None and one.worse <= 0.05] == ["place=P07"]


def test_of_groups_that_did_not_get_worse_one_is_told_in_one_of_twenty_samples_at_most() -> None:
    told = 0
    for seed in range(60):
        labels, scores = drawn(2_000, seed=seed)
        generator = numpy.random.default_rng(seed)
        ours, theirs = (numpy.clip(scores + 0.1 * generator.normal(size=2_000), 0, 1) for _ in range(2))
        places = numpy.array([f"P{number}" for number in generator.integers(0, 8, 2_000)], dtype=object)
        evidence = sample(labels, ours, production=theirs, place=places)
        judged = results(f"metric: brier, method: normal, {NOT_WORSE}, slice: {{by: place}}", evidence)
        told += any(one.worse is not None and one.worse <= 0.05 for one in judged)
    assert told <= 6  # 3 are to be expected at most; more than 6 come with a probability of 3 %


def test_no_difference_is_mcnemars_test() -> None:
    # 150 rows are right under ours alone, 86 under theirs alone: 16.818 with continuity correction.
    ours = [0.9] * 150 + [0.1] * 86 + [0.9] * 764
    theirs = [0.1] * 150 + [0.9] * 86 + [0.9] * 764
    fields = "metric: accuracy, op: no-difference, baseline: {ref: production}"
    result, reason = outcome(fields, sample([1.0] * 1000, ours, production=theirs))
    assert result == "failed"
    assert "McNemar 16.8178" in reason and "policy asks p > 0.05" in reason
    assert outcome(fields, sample([1.0] * 1000, ours, production=ours))[0] == "passed"


def test_rows_of_one_entity_are_no_independent_evidence() -> None:
    labels, scores = drawn(300, edge=3)
    many = [numpy.repeat(part, 10) for part in (labels, scores)]
    entities = numpy.repeat(numpy.arange(300), 10)
    fields = "metric: accuracy, op: '>=', threshold: 0.{}, decide: bound"
    share = float((labels == (scores >= 0.5)).mean())
    limit = str(round(1000 * (share - 0.03))).zfill(3)
    assert outcome(fields.format(limit), sample(*many, entities=entities))[0] == "passed"
    clustered = f"{fields.format(limit)}, resample_unit: customer"
    assert outcome(clustered, sample(*many, entities=entities))[0] == "failed"
    few = sample(*many, entities=entities % 50)
    assert "50 entities, 100 are asked" in outcome(clustered, few)[1]
    assert "have no column 'customer'" in outcome(clustered, sample(*many))[1]


@pytest.mark.parametrize("method", ["tango", "newcombe"])
def test_methods_for_independent_rows_refuse_entities(method: str) -> None:
    labels, scores = drawn()
    evidence = sample(labels, numpy.roll(scores, 1), production=scores, entities=numpy.arange(1000) // 2)
    result, reason = outcome(f"metric: recall, method: {method}, resample_unit: customer, {NOT_WORSE}", evidence)
    assert result == "insufficient_evidence"
    assert f"{method} is for independent rows" in reason


def test_a_bound_is_asked_on_the_side_that_matters() -> None:
    labels, scores = drawn(1000)
    found = float(value("brier", labels, scores, decision=0.5))
    near = f"{found + 0.001:.6f}"
    assert outcome(f"metric: brier, op: '<=', threshold: {near}", sample(labels, scores))[0] == "passed"
    result, reason = outcome(f"metric: brier, op: '<=', threshold: {near}, decide: bound", sample(labels, scores))
    assert result == "failed"
    assert ", at most 0." in reason and "(confidence 0.95), policy asks <= " in reason
    assert results("metric: brier, op: '<=', threshold: 0.9, decide: bound", sample(labels, scores))[0].result.bound


@pytest.mark.parametrize(
    ("key", "said"), [("min_positives", "positives are 3, 10 are asked"), ("min_n", "n is 9, 10 are asked")]
)
def test_too_few_rows_of_a_class_are_insufficient_evidence(key: str, said: str) -> None:
    evidence = sample([1.0] * 3 + [0.0] * 6, [0.9] * 9)
    assert outcome(f"metric: accuracy, op: '>=', threshold: 0, {key}: 10", evidence) == (
        "insufficient_evidence",
        f"accuracy is not measured: {said}",
    )
