"""Gains in rates, group by group: exact values, bounds by bootstrap or Tango, reasons where there is no evidence."""

import time
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from gitmlops.statistics.classification import Unmeasurable
from gitmlops.statistics.groups import Groups, categories, one_group
from gitmlops.statistics.paired_proportions import gain_bound, pairs
from gitmlops.statistics.rate_gains import PairedDecisions, rate_gains
from gitmlops.statistics.rates import RATES, confusion, ratio

ROWS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50)


def decided(rows: int, *, seed: int = 1, slices: int = 1, entities: int | None = None) -> PairedDecisions:
    generator = numpy.random.default_rng(seed)
    labels = generator.random(rows) < 0.4
    ours = numpy.where(generator.random(rows) < 0.8, labels, ~labels)
    theirs = numpy.where(generator.random(rows) < 0.9, ours, ~ours)
    groups = Groups(tuple(f"g{number}" for number in range(slices)), generator.integers(0, slices, rows))
    clusters = None if entities is None else generator.integers(0, entities, rows)
    return PairedDecisions(labels, ours, theirs, groups, clusters)


@settings(max_examples=80, deadline=None)
@given(ROWS)
def test_rates_are_those_of_scikit_learn(rows: list[tuple[bool, bool]]) -> None:
    labels, decisions = (numpy.array(column) for column in zip(*rows, strict=True))
    table = confusion(labels, decisions, numpy.zeros(len(labels), dtype=int), 1)[0]
    expected = {
        "selection_rate": decisions.mean(),
        "accuracy": oracle.accuracy_score(labels, decisions),
        "recall": oracle.recall_score(labels, decisions, zero_division=numpy.nan),
        "specificity": oracle.recall_score(~labels, ~decisions, zero_division=numpy.nan),
        "false_positive_rate": 1 - oracle.recall_score(~labels, ~decisions, zero_division=numpy.nan),
        "false_negative_rate": 1 - oracle.recall_score(labels, decisions, zero_division=numpy.nan),
        "precision": oracle.precision_score(labels, decisions, zero_division=numpy.nan),
        "negative_predictive_value": oracle.precision_score(~labels, ~decisions, zero_division=numpy.nan),
        "f1": oracle.f1_score(labels, decisions, zero_division=numpy.nan),
    }
    assert set(expected) == set(RATES)
    for metric, wanted in expected.items():
        if numpy.isnan(wanted):
            with pytest.raises(Unmeasurable, match=f"{metric} needs a"):
                ratio(metric, table)
        else:
            assert float(ratio(metric, table)) == pytest.approx(wanted, abs=1e-12)


def test_rows_of_no_group_are_in_no_table() -> None:
    labels, decisions = numpy.array([1, 0, 1, 0]), numpy.array([1, 1, 0, 0], dtype=bool)
    assert confusion(labels, decisions, numpy.array([0, 1, -1, 1]), 2).tolist() == [
        [[0, 0], [0, 1]],
        [[1, 1], [0, 0]],
    ]


@pytest.mark.parametrize("metric", sorted(RATES))
def test_a_gain_is_exact_and_its_bound_below_it(metric: str) -> None:
    sample = decided(4000, slices=3)
    for found in rate_gains([metric], sample, confidence=0.95, resamples=500, seed=1):
        rows = sample.groups.codes == int(found.group[1:])
        codes = numpy.zeros(int(rows.sum()), dtype=int)
        rates = [
            ratio(metric, confusion(sample.labels[rows], model[rows], codes, 1)[0])
            for model in (sample.ours, sample.theirs)
        ]
        assert [found.ours, found.theirs] == rates
        assert found.gain == (rates[0] - rates[1]) * (1 if RATES[metric].higher_is_better else -1)
        assert found.bound is not None and found.gain is not None and found.bound <= found.gain
        assert found.method == "paired-bootstrap" and not found.reason


@pytest.mark.parametrize("metric", ["accuracy", "recall", "false_positive_rate", "precision"])
@pytest.mark.parametrize("entities", [None, 300])
def test_bounds_are_those_of_resampling_rows_one_by_one(metric: str, entities: int | None) -> None:
    sample = decided(1500, entities=entities)
    found = rate_gains([metric], sample, confidence=0.95, resamples=4000, seed=1)[0]
    generator = numpy.random.default_rng(5)
    clusters = numpy.arange(1500) if sample.clusters is None else sample.clusters
    rows_of = [numpy.flatnonzero(clusters == name) for name in numpy.unique(clusters)]
    gains = []
    for _ in range(600):
        rows = numpy.concatenate([rows_of[place] for place in generator.integers(0, len(rows_of), len(rows_of))])
        codes = numpy.zeros(len(rows), dtype=int)
        ours, theirs = (
            float(ratio(metric, confusion(sample.labels[rows], model[rows], codes, 1)[0]))
            for model in (sample.ours, sample.theirs)
        )
        gains.append(ours - theirs if RATES[metric].higher_is_better else theirs - ours)
    assert found.bound == pytest.approx(numpy.quantile(gains, 0.05), abs=4 * numpy.std(gains) / 600**0.5)


def test_where_few_rows_differ_the_bound_is_tangos() -> None:
    sample = decided(5000)
    theirs = sample.ours.copy()
    theirs[:4] = ~theirs[:4]
    few = PairedDecisions(sample.labels, sample.ours, theirs, sample.groups)
    found = rate_gains(["selection_rate"], few, confidence=0.95, resamples=400, seed=1)[0]
    assert found.method == "tango"
    assert found.bound == pytest.approx(gain_bound(pairs(sample.ours, theirs), confidence=0.95))


def test_models_that_decide_alike_are_not_certainly_alike() -> None:
    """Every resample of equal decisions has the difference 0: a bootstrap would be certain after 30 rows."""
    same = numpy.ones(40, dtype=bool)
    found = rate_gains(
        ["accuracy"], PairedDecisions(same, same, same, one_group(40)), confidence=0.95, resamples=400, seed=1
    )[0]
    assert found.gain == 0 and found.method == "tango" and found.bound is not None and found.bound < -0.05


def test_rows_of_one_entity_make_tangos_bound_wider() -> None:
    same = numpy.ones(4000, dtype=bool)
    bounds = [
        rate_gains(
            ["accuracy"], PairedDecisions(same, same, same, one_group(4000), clusters), confidence=0.95,
            resamples=400, seed=1,
        )[0].bound
        for clusters in (None, numpy.arange(4000) // 10)
    ]  # fmt: skip
    assert bounds[1] == pytest.approx(10 * bounds[0], rel=0.01)


def test_rates_that_are_low_when_good_turn_round() -> None:
    labels = numpy.zeros(1000, dtype=bool)
    ours, theirs = numpy.arange(1000) < 100, numpy.arange(1000) < 200
    found = rate_gains(
        ["false_positive_rate"], PairedDecisions(labels, ours, theirs, one_group(1000)), confidence=0.95,
        resamples=400, seed=1,
    )[0]  # fmt: skip
    assert found.gain == Fraction(1, 10) and found.bound is not None and 0.08 < found.bound < 0.1
    few = PairedDecisions(labels[:60], numpy.zeros(60, dtype=bool), numpy.arange(60) < 9, one_group(60))
    tango = rate_gains(["false_positive_rate"], few, confidence=0.95, resamples=400, seed=1)[0]
    assert tango.method == "tango" and tango.gain == Fraction(9, 60) and tango.bound is not None and tango.bound > 0.05


@pytest.mark.parametrize(
    ("metric", "labels", "ours", "said"),
    [
        ("recall", [0] * 50, [1] * 50, "recall needs a positive label"),
        ("precision", [1] * 50, [0] * 50, "precision needs a decision 1"),
        ("precision", [1] * 50, [1] * 50, "fewer than 30 of at least 200 entities tell the two apart"),
        ("accuracy", [1] * 20, [1] * 20, "20 independent pairs, 30 are asked"),
    ],
)
def test_where_there_is_no_evidence_there_is_a_reason(
    metric: str, labels: list[int], ours: list[int], said: str
) -> None:
    decisions = numpy.array(ours, dtype=bool)
    sample = PairedDecisions(numpy.array(labels, dtype=bool), decisions, decisions, one_group(len(labels)))
    found = rate_gains([metric], sample, confidence=0.95, resamples=400, seed=1)[0]
    assert found.bound is None and found.gain is None and said in found.reason


def test_rows_of_unknown_group_count_for_nobody() -> None:
    sample = decided(3000)
    names = numpy.array(["a", None, "b"], dtype=object)[numpy.arange(3000) % 3]
    groups = categories(names)
    found = rate_gains(
        ["accuracy"], PairedDecisions(sample.labels, sample.ours, sample.theirs, groups), confidence=0.95,
        resamples=400, seed=1,
    )  # fmt: skip
    assert [gain.group for gain in found] == ["a", "b"]
    chosen = names == "a"
    assert found[0].ours == Fraction(int((sample.ours == sample.labels)[chosen].sum()), 1000)


def test_too_few_resamples_and_uneven_arrays_are_refused() -> None:
    with pytest.raises(Unmeasurable, match="399 resamples"):
        rate_gains(["accuracy"], decided(500), confidence=0.95, resamples=399, seed=1)
    sample = decided(500)
    with pytest.raises(Unmeasurable, match="differ in rows"):
        PairedDecisions(sample.labels[1:], sample.ours, sample.theirs, sample.groups)
    with pytest.raises(Unmeasurable, match="differ in rows"):
        PairedDecisions(sample.labels, sample.ours, sample.theirs, sample.groups, numpy.arange(3))
    with pytest.raises(Unmeasurable, match="no rows"):
        PairedDecisions(sample.labels[:0], sample.ours[:0], sample.theirs[:0], one_group(0))


@pytest.mark.slow
def test_a_million_clustered_rows_in_twenty_slices_take_seconds() -> None:
    sample = decided(1_000_000, slices=20, entities=100_000)
    start = time.process_time()
    found = rate_gains(["accuracy", "recall", "selection_rate"], sample, confidence=0.95, resamples=1000, seed=1)
    assert time.process_time() - start < 20
    assert len(found) == 60 and all(gain.method == "paired-bootstrap" for gain in found)
