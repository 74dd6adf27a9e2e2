"""Checks of every kind of task: measured as scikit-learn measures, and what does not fit the task is no evidence."""

from dataclasses import replace

import numpy
import pytest
from sklearn import metrics as oracle
from tests.unit.gate.samples import outcome, results, sample

from gitmlops.gate.checks.tasks import measured_on
from gitmlops.gate.checks.values import value
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.metrics import METRICS
from gitmlops.specs.model import Task, TaskKind

ROWS = 1200
SIZES = Task(kind="multiclass", label="size", classes=["short", "medium", "long"])
DELAY = Task(kind="regression", label="delay")
SALES = Task(kind="forecast", label="sales", time="day")
SEARCH = Task(kind="ranking", label="clicked", query="query")
NOT_WORSE = "op: noninferior, baseline: {ref: production}, margin: 0.01"


def probabilities(signal: numpy.ndarray, noise: float, seed: int) -> numpy.ndarray:
    logits = signal + noise * numpy.random.default_rng(seed).normal(size=signal.shape)
    found = numpy.exp(logits)
    return found / found.sum(axis=1, keepdims=True)


def sizes(*, worse: bool = False) -> Sample:
    """Three classes, production beside the candidate; the classes are groups, too."""
    generator = numpy.random.default_rng(3)
    signal = 1.5 * generator.normal(size=(ROWS, 3))
    labels = (probabilities(signal, 0, 0).cumsum(axis=1) > generator.random((ROWS, 1))).argmax(axis=1)
    production = probabilities(signal, 0.1, 1)
    scores = probabilities(signal, 2.5 if worse else 0.1, 2)
    sex = numpy.where(numpy.arange(ROWS) % 2, "F", "M")
    return sample(labels, scores, production=production, task=SIZES, sex=sex)


def numbers(*, worse: bool = False, task: Task = DELAY) -> Sample:
    generator = numpy.random.default_rng(4)
    truth = 9 + 2 * generator.normal(size=ROWS)
    scale = 2.0 if worse else 1.0
    production, ours = truth + generator.normal(size=ROWS), truth + scale * generator.normal(size=ROWS) + (scale - 1)
    return sample(
        truth, ours, production=production, task=task, place=numpy.where(numpy.arange(ROWS) % 3, "JFK", "EWR")
    )


def ranked(*, worse: bool = False) -> Sample:
    """400 queries of twelve rows; the place is a query's, the shelf a row's."""
    generator = numpy.random.default_rng(5)
    relevance = generator.integers(0, 3, (400, 12))
    relevance[:, 0] = 2
    ours = relevance + generator.normal(size=relevance.shape) * (4.0 if worse else 0.5)
    theirs = relevance + generator.normal(size=relevance.shape) * 0.5
    queries = numpy.repeat(numpy.arange(400), 12)
    groups = {"place": numpy.where(queries % 2, "shop", "app"), "shelf": numpy.where(queries % 2, "a", "b")}
    groups["shelf"][0] = "b" if groups["shelf"][0] == "a" else "a"
    return sample(relevance.ravel(), ours.ravel(), production=theirs.ravel(), queries=queries, task=SEARCH, **groups)


MADE = {"multiclass": sizes, "regression": numbers, "ranking": ranked}
COMPARED = [
    (kind, name, method)
    for kind in MADE
    for name, metric in METRICS.items()
    for method in metric.methods
    if kind in metric.tasks and name != "accuracy"
]


def extras(name: str) -> str:
    return f"metric: {name}, " + ("k: 5, " if METRICS[name].tasks == ("ranking",) else "")


@pytest.mark.parametrize(("kind", "name", "method"), COMPARED)
def test_every_method_tells_a_worse_model_from_the_one_in_production(kind: str, name: str, method: str) -> None:
    asked = f"{extras(name)}method: {method}, {NOT_WORSE}".replace("0.01", "0.05")
    assert outcome(asked, MADE[kind](worse=True))[0] == "failed"
    same = MADE[kind]()
    assert outcome(asked, replace(same, scores=same.references[0].scores))[0] == "passed"


@pytest.mark.parametrize("kind", MADE)
def test_every_metric_of_a_kind_is_measured_and_every_other_is_no_evidence(kind: TaskKind) -> None:
    evidence = MADE[kind]()
    for name, metric in METRICS.items():
        if metric.family or metric.between_groups:
            continue
        asked = f"{extras(name)}op: '>=', threshold: 0"
        found, reason = outcome(asked, evidence)
        if kind in metric.tasks:
            assert found == "passed", reason
        else:
            assert (found, "tasks, this one is" in reason) == ("insufficient_evidence", True), reason


def test_metrics_of_classes_are_those_of_scikit_learn() -> None:
    evidence = sizes()
    decided, labels = evidence.scores.argmax(axis=1), evidence.labels
    wanted = {
        "accuracy": oracle.accuracy_score(labels, decided),
        "balanced_accuracy": oracle.balanced_accuracy_score(labels, decided),
        "matthews": oracle.matthews_corrcoef(labels, decided),
        "macro_f1": oracle.f1_score(labels, decided, average="macro"),
        "macro_roc_auc": oracle.roc_auc_score(labels, evidence.scores, multi_class="ovr"),
        "log_loss": oracle.log_loss(labels, evidence.scores),
    }
    for name, number in wanted.items():
        measured = measured_on(name, evidence)
        found = value(name, measured.labels, measured.scores, decision=0.5)
        assert float(found) == pytest.approx(number, abs=1e-12), name


def test_one_class_of_several_is_measured_against_all_others() -> None:
    evidence = sizes()
    is_long, decided = evidence.labels == 2, evidence.scores.argmax(axis=1) == 2
    recall = oracle.recall_score(is_long, decided)
    auc = oracle.roc_auc_score(is_long, evidence.scores[:, 2])
    assert outcome("metric: recall, of_class: long, op: '>', threshold: 0", evidence)[1].startswith(
        f"recall of long is {recall:.4g}"
    )
    assert outcome("metric: roc_auc, of_class: long, op: '>', threshold: 0.5", evidence)[1].startswith(
        f"roc_auc of long is {auc:.4g}"
    )
    (worse,) = results(f"metric: roc_auc, of_class: long, {NOT_WORSE}", sizes(worse=True))
    assert (worse.result.outcome, worse.result.interval is not None) == ("failed", True)


def test_groups_are_compared_by_the_decisions_of_one_class() -> None:
    evidence = sizes()
    decided = evidence.scores.argmax(axis=1) == 0
    of_women, of_men = (int(decided[evidence.groups["sex"] == sex].sum()) for sex in "FM")
    judged = results("metric: impact_ratio, of_class: short, op: '>=', threshold: '4/5', slice: {by: sex}", evidence)
    told = " ".join(one.reason for one in judged)
    assert f"{of_women} of 600" in told and f"{of_men} of 600" in told
    assert "impact_ratio of short is" in told
    (parity,) = results(
        "metric: equalized_odds_difference, of_class: short, op: '<=', threshold: 1, slice: {by: sex}", evidence
    )
    assert parity.result.outcome == "passed"


def test_a_class_that_the_task_does_not_have_is_no_evidence() -> None:
    said = outcome("metric: recall, of_class: huge, op: '>=', threshold: 0", sizes())
    assert said == (
        "insufficient_evidence",
        "recall of huge is not measured: 'huge' is none of the classes short, medium, long",
    )
    assert (
        "`of_class` is of multiclass tasks"
        in outcome("metric: recall, of_class: long, op: '>=', threshold: 0", numbers())[1]
    )
    assert "add `of_class`" in outcome("metric: recall, op: '>=', threshold: 0", sizes())[1]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda scores: scores * 2, "no probabilities that sum to 1"),
        (lambda scores: numpy.where(numpy.arange(ROWS)[:, None] == 7, numpy.nan, scores), "1 of 1200 scores are not"),
        (lambda scores: scores - 0.5, "no probabilities that sum to 1"),
    ],
)
def test_scores_of_classes_that_are_no_probabilities_are_no_evidence(broken, said: str) -> None:
    evidence = sizes()
    for asked in ("metric: accuracy", "metric: recall, of_class: long", "metric: macro_f1"):
        found, reason = outcome(f"{asked}, op: '>=', threshold: 0", replace(evidence, scores=broken(evidence.scores)))
        assert (found, said in reason) == ("insufficient_evidence", True), reason


def test_a_class_that_no_row_has_is_no_evidence() -> None:
    evidence = sizes()
    two = evidence.where(evidence.labels < 2)
    for name in ("macro_f1", "macro_roc_auc", "balanced_accuracy"):
        assert outcome(f"metric: {name}, op: '>=', threshold: 0", two)[0] == "insufficient_evidence"
    assert outcome("metric: roc_auc, of_class: long, op: '>=', threshold: 0", two)[0] == "insufficient_evidence"


def test_a_prediction_that_is_no_number_is_no_evidence() -> None:
    evidence = numbers()
    lost = replace(evidence, scores=numpy.where(numpy.arange(ROWS) == 5, numpy.nan, evidence.scores))
    assert outcome("metric: mae, op: '<=', threshold: 9", lost) == (
        "insufficient_evidence",
        "mae is not measured: 1 of 1200 predictions are not finite numbers",
    )


def test_a_percentage_of_nothing_is_no_evidence() -> None:
    evidence = numbers()
    with_zero = replace(evidence, labels=numpy.where(numpy.arange(ROWS) == 5, 0.0, evidence.labels))
    found, reason = outcome("metric: mape, op: '<=', threshold: 9", with_zero)
    assert (found, "1 of 1200 labels are 0" in reason) == ("insufficient_evidence", True)
    assert outcome("metric: wape, op: '<=', threshold: 9", with_zero)[0] == "passed"


def test_numbers_are_judged_by_slice_and_by_their_limit() -> None:
    judged = results("metric: mae, op: '<=', threshold: 1, decide: bound, slice: {by: place}", numbers(worse=True))
    assert [(one.result.slice, one.result.outcome) for one in judged] == [
        ("place=EWR", "failed"),
        ("place=JFK", "failed"),
    ]
    (whole,) = results("metric: rmse, op: '<=', threshold: 1.1, decide: bound", numbers())
    assert whole.result.outcome == "passed" and whole.result.interval is not None


def test_a_forecast_is_judged_as_numbers_are() -> None:
    assert outcome("metric: wape, op: '<=', threshold: 0.2", numbers(task=SALES))[0] == "passed"


def test_a_ranking_is_a_mean_over_its_queries() -> None:
    evidence = ranked()
    scores, relevance = (part.reshape(400, 12) for part in (evidence.scores, evidence.labels))
    wanted = oracle.ndcg_score(relevance, scores, k=5)
    (judged,) = results("metric: ndcg, k: 5, op: '>=', threshold: 0.5", evidence)
    assert judged.reason.startswith(f"ndcg of the first 5 is {wanted:.4g}")
    assert (judged.result.n, judged.result.interval is not None) == (400, True)


def test_rankings_are_sliced_by_what_is_one_for_each_query() -> None:
    judged = results("metric: ndcg, op: '>=', threshold: 0.5, slice: {by: place}", ranked())
    assert [(one.result.slice, one.result.n) for one in judged] == [("place=app", 200), ("place=shop", 200)]
    assert outcome("metric: ndcg, op: '>=', threshold: 0.5, slice: {by: shelf}", ranked()) == (
        "insufficient_evidence",
        "ndcg is not measured: 'shelf' is not one for all rows of a query",
    )


def test_a_query_without_a_relevant_row_is_no_evidence() -> None:
    evidence = ranked()
    lost = replace(evidence, labels=numpy.where(numpy.arange(4800) < 12, 0.0, evidence.labels))
    found, reason = outcome("metric: ndcg, op: '>=', threshold: 0", lost)
    assert (found, "1 of 400 queries have no relevant document" in reason) == ("insufficient_evidence", True)
