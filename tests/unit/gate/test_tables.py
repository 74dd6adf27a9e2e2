"""Predictions that are counted by an engine come to what the gate says of their rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from tests.unit.gate.samples import rule

from gitmlops.adapters.engines.engine import opening
from gitmlops.errors import Refusal
from gitmlops.gate.checks.applying import judge as judge_rows
from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.evidence.samples import Reference, Sample
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.tables.asking import Files, Names, joined
from gitmlops.gate.tables.counting import Predictions
from gitmlops.gate.tables.judging import judge
from gitmlops.specs.engine import EngineName

BY_SEX = "slice: {by: sex}"
BOTH = "slice: {by: [sex, place], intersectional: true, pool: {place: {rest: [s, t]}}}, min_n: 30"
CHECKS = (
    "metric: accuracy, op: '>=', threshold: 0.7",
    f"metric: recall, op: '>=', threshold: 0.7, decide: bound, {BY_SEX}",
    f"metric: false_positive_rate, op: '<=', threshold: 0.3, {BY_SEX}, min_n: 5000, on_small_n: leave_out",
    "metric: f1, op: '>=', threshold: 0.7",
    "metric: matthews, op: '>=', threshold: 0.4",
    "metric: balanced_accuracy, op: '>=', threshold: 0.7",
    "metric: roc_auc, op: '>=', threshold: 0.8",
    f"metric: roc_auc, op: '>=', threshold: 0.8, decide: bound, {BY_SEX}",
    f"metric: brier, op: '<=', threshold: 0.2, decide: bound, {BY_SEX}",
    "metric: log_loss, op: '<=', threshold: 0.5",
    f"metric: expected_calibration_error, op: '<=', threshold: 0.02, {BY_SEX}",
    "metric: calibration_gap, op: '<=', threshold: 0.1, decide: bound",
    f"metric: impact_ratio, op: '>=', threshold: '4/5', {BOTH}",
    f"metric: equalized_odds_difference, op: '<=', threshold: 0.1, {BOTH}",
    f"metric: demographic_parity_ratio, op: '>=', threshold: 0.9, {BY_SEX}, min_positives: 9000",
)


AGAINST = "op: noninferior, baseline: {ref: production}"
COMPARED = (
    f"metric: roc_auc, {AGAINST}, margin: 0.001",
    f"metric: roc_auc, {AGAINST}, margin: 0.05, {BY_SEX}",
    f"metric: recall, {AGAINST}, margin: 0.001, {BY_SEX}, min_n: 5000, on_small_n: leave_out",
    f"metric: false_positive_rate, {AGAINST}, margin: 0.05",
    f"metric: precision, {AGAINST}, margin: 0.05",
    f"metric: brier, {AGAINST}, margin: 0.001",
    f"metric: log_loss, {AGAINST}, margin: 0.05",
    f"metric: calibration_gap, {AGAINST}, margin: 0.05, method: paired-bootstrap",
)


def predicted(rows: int = 20_000, seed: int = 5) -> pandas.DataFrame:
    """Rows of customers who are alike within themselves, some without a sex, with scores that know a good deal."""
    random = numpy.random.default_rng(seed)
    customers = random.integers(0, rows // 5, rows)
    likely = random.normal(size=rows // 5)[customers] + random.normal(size=rows)
    scores = numpy.round(1 / (1 + numpy.exp(-likely)), 3)
    scores[:50], scores[50:100] = 0.0, 1.0
    return pandas.DataFrame(
        {
            "row_id": random.permutation(rows),
            "customer": customers,
            "sex": random.choice(["F", "M", None], rows, p=[0.45, 0.5, 0.05]),
            "place": random.choice(list("pqrst"), rows),
            "late": (random.random(rows) < scores).astype(int),
            "score": scores,
        }
    )


def sample(frame: pandas.DataFrame) -> Sample:
    groups = {name: frame[name].fillna("(missing)").to_numpy(dtype=object) for name in ("sex", "place")}
    labels, scores = (frame[name].to_numpy(dtype=float) for name in ("late", "score"))
    return Sample(labels, scores, groups, (), "digest", {"customer": frame["customer"].to_numpy()})


def written(frame: pandas.DataFrame, folder: Path) -> Files:
    """Rows, labels and predictions as files, each in an order of its own."""
    parts = {
        "rows": ["row_id", "customer", "sex", "place"],
        "labels": ["row_id", "late"],
        "scores": ["row_id", "score"],
    }
    for seed, (name, columns) in enumerate(parts.items()):
        frame[columns].sample(frac=1, random_state=seed).to_parquet(folder / f"{name}.parquet", index=False)
    return Files(*((folder / f"{name}.parquet",) for name in parts))


@contextmanager
def counted(files: Files, engine: EngineName, *, entity: str = "customer") -> Iterator[Predictions]:
    paths = [path for part in (files.rows, files.labels, files.predictions) for path in part]
    with opening(engine)(paths) as opened:
        joined(opened, files, Names("row_id", "late", entity, ("place", "sex")))
        yield Predictions(opened, entity, ("place", "sex"))


@contextmanager
def with_production(frame: pandas.DataFrame, released: object, folder: Path, engine: EngineName) -> Iterator[Any]:
    """Both models' predictions of the same rows."""
    files = written(frame, folder)
    frame.assign(score=released)[["row_id", "score"]][::-1].to_parquet(folder / "released.parquet", index=False)
    theirs = replace(files, predictions=(folder / "released.parquet",))
    paths = [path for part in (files.rows, files.labels, files.predictions, theirs.predictions) for path in part]
    with opening(engine)(paths) as opened:
        found = []
        for name, one in (("joined", files), ("released", theirs)):
            joined(opened, one, Names("row_id", "late", "customer", ("place", "sex")), name)
            found.append(Predictions(opened, "customer", ("place", "sex"), name))
        yield found


def released(frame: pandas.DataFrame) -> numpy.ndarray:
    """What a better model says, which knows what is to come by a little."""
    noise = numpy.random.default_rng(2).normal(0, 0.03, len(frame))
    return numpy.clip(frame["score"] + 0.03 * (frame["late"] - 0.5) + noise, 0, 1).round(4).to_numpy()


def by_customer(fields: str) -> Rule:
    return replace(rule(fields), unit="customer")


def told(judged: Sequence[Judged]) -> list[tuple[object, ...]]:
    """What has to be the same: everything but limits, which two bootstraps do not draw alike."""
    return [(one.result.slice, one.result.outcome, one.result.value, one.result.n) for one in judged]


def require_same(predictions: Predictions, frame: pandas.DataFrame) -> None:
    rows = sample(frame)
    for fields in CHECKS:
        asked = by_customer(fields)
        there, here = judge(asked, predictions), judge_rows(asked, rows)
        assert told(there) == told(here), fields
        for counts, whole in zip(there, here, strict=True):
            assert (counts.result.interval is None) == (whole.result.interval is None), (fields, counts.reason)
            if counts.result.interval and whole.result.interval:
                require_near(counts.result.interval, whole.result.interval)
            if not counts.result.bound:
                assert counts.reason == whole.reason


def require_near(one: tuple[str, str], other: tuple[str, str]) -> None:
    """A quarter wider or narrower at most: an error of 256 buckets is known to 4 %, one that folds at 0 to less."""
    widths = [float(ends[1]) - float(ends[0]) for ends in (one, other)]
    middles = [(float(ends[0]) + float(ends[1])) / 2 for ends in (one, other)]
    assert widths[0] == pytest.approx(widths[1], rel=0.25, abs=0.002)
    assert middles[0] == pytest.approx(middles[1], abs=max(widths) / 5)


def test_counts_come_to_what_the_gate_says_of_the_rows(tmp_path: Path) -> None:
    frame = predicted()
    with counted(written(frame, tmp_path), "duckdb") as predictions:
        require_same(predictions, frame)


def test_checks_of_the_same_groups_read_the_tables_once(tmp_path: Path) -> None:
    with counted(written(predicted(1_000), tmp_path), "duckdb") as predictions:
        first = [one.reason for one in judge(by_customer(CHECKS[0]), predictions)]
        predictions.engine.keep("joined", "SELECT * FROM joined WHERE false")  # type: ignore[attr-defined]
        assert first == [one.reason for one in judge(by_customer(CHECKS[0]), predictions)]
        assert "f1 is 0." in judge(by_customer(CHECKS[3]), predictions)[0].reason


def test_spark_counts_what_duckdb_counts(tmp_path: Path, spark: Any) -> None:
    frame = predicted(6_000)
    files = written(frame, tmp_path)
    asked = [by_customer(fields) for fields in (CHECKS[1], CHECKS[7], CHECKS[9], CHECKS[10], CHECKS[12])]
    found = []
    for engine in ("duckdb", "spark"):
        with counted(files, engine) as predictions:  # type: ignore[arg-type]
            found.append([[one.reason for one in judge(rule, predictions)] for rule in asked])
    assert found[0] == found[1]


def test_spark_compares_with_production_as_duckdb_does(tmp_path: Path, spark: Any) -> None:
    frame, found = predicted(6_000), []
    for engine in ("duckdb", "spark"):
        with with_production(frame, released(frame), tmp_path, engine) as (ours, theirs):  # type: ignore[arg-type]
            found.append(
                [[one.reason for one in judge(by_customer(fields), ours, theirs)] for fields in COMPARED[:4:3]]
            )
    assert found[0] == found[1]


def test_a_gain_over_production_is_judged_as_the_gate_judges_it_with_a_limit_near_its_own(tmp_path: Path) -> None:
    frame = predicted()
    before = released(frame)
    rows = replace(sample(frame), references=(Reference("production", "v1.0.0", before),))
    with with_production(frame, before, tmp_path, "duckdb") as (ours, theirs):
        for fields in COMPARED:
            asked = by_customer(fields)
            there, here = judge(asked, ours, theirs), judge_rows(asked, rows)
            assert told(there) == told(here), (fields, there, here)
            for counts, whole in zip(there, here, strict=True):
                if not counts.result.bound:
                    continue
                assert counts.result.baseline.split()[1] == whole.result.baseline.split()[1]
                require_near_bounds(counts, whole)


def require_near_bounds(counts: Judged, whole: Judged) -> None:
    """Within a third of how far the gate's limit is from the gain."""
    value, before = float(whole.result.value), float(whole.result.baseline.split()[1])
    gain = -abs(value - before) if whole.rule.check.metric != "calibration_gap" else before - value
    assert float(counts.result.bound) == pytest.approx(float(whole.result.bound), rel=0, abs=0.35 * abs(
        gain - float(whole.result.bound)) + 2e-4), (counts.reason, whole.reason)  # fmt: skip


def test_what_production_says_itself_has_gained_nothing_for_sure(tmp_path: Path) -> None:
    frame = predicted(2_000)
    with with_production(frame, frame["score"], tmp_path, "duckdb") as (ours, theirs):
        for fields in (one for one in COMPARED if BY_SEX not in one):
            for found in judge(by_customer(fields), ours, theirs):
                assert (found.result.outcome, found.result.bound) == ("passed", "0"), found.reason


def test_two_models_that_decide_alike_nearly_everywhere_have_no_limit_of_a_rate(tmp_path: Path) -> None:
    frame = predicted(4_000)
    turned = frame["score"].where(frame.index >= 5, 1 - frame["score"])
    with with_production(frame, turned, tmp_path, "duckdb") as (ours, theirs):
        (found,) = judge(by_customer(f"metric: accuracy, {AGAINST}, margin: 0.1"), ours, theirs)
    assert found.result.outcome == "insufficient_evidence"
    assert "groups of entities, 30 are asked" in found.reason


def test_independent_rows_have_the_gate_s_own_limits(tmp_path: Path) -> None:
    frame = predicted(3_000)
    fields = f"metric: recall, op: '>=', threshold: 0.7, decide: bound, {BY_SEX}"
    asked = replace(rule(fields), unit="")
    with counted(written(frame, tmp_path), "duckdb", entity="") as predictions:
        found = judge(asked, predictions)
    assert [one.reason for one in found] == [one.reason for one in judge_rows(asked, sample(frame))]


def test_scores_finer_than_the_bins_have_an_area_within_the_stated_error(tmp_path: Path) -> None:
    frame = predicted(20_000)
    frame["score"] = 0.4 + frame["score"] / 1_000 + numpy.random.default_rng(1).random(20_000) / 10_000
    asked = by_customer("metric: roc_auc, op: '>=', threshold: 0.7")
    with counted(written(frame, tmp_path), "duckdb") as predictions:
        (found,) = judge(asked, predictions)
    (exact,) = judge_rows(asked, sample(frame))
    assert "(within 0.00" in found.reason
    within = float(found.reason.partition("(within ")[2].partition(")")[0])
    assert abs(float(found.result.value) - float(exact.result.value)) <= within + 1e-4


def test_scores_of_rare_events_that_lie_close_together_have_the_gate_s_limits(tmp_path: Path) -> None:
    frame = predicted(20_000).assign(score=lambda rows: rows["score"] / 150)
    asked = by_customer("metric: roc_auc, op: '>=', threshold: 0.803, decide: bound")
    with counted(written(frame, tmp_path), "duckdb") as predictions:
        (found,) = judge(asked, predictions)
    (exact,) = judge_rows(asked, sample(frame))
    assert found.result.outcome == exact.result.outcome == "failed"
    assert found.result.interval and exact.result.interval
    require_near(found.result.interval, exact.result.interval)


def test_few_entities_have_no_limit(tmp_path: Path) -> None:
    frame = predicted(4_000).assign(customer=lambda rows: rows["row_id"] % 60)
    with counted(written(frame, tmp_path), "duckdb") as predictions:
        (found,) = judge(by_customer("metric: brier, op: '<=', threshold: 0.2, decide: bound"), predictions)
    assert found.result.outcome == "insufficient_evidence"
    assert "groups of entities, 100 are asked" in found.reason


def test_limits_by_another_entity_than_was_counted_are_none(tmp_path: Path) -> None:
    asked = replace(rule(f"metric: recall, op: '>=', threshold: 0.7, decide: bound, {BY_SEX}"), unit="household")
    with counted(written(predicted(1_000), tmp_path), "duckdb") as predictions:
        found = judge(asked, predictions)
    assert {one.result.outcome for one in found} == {"insufficient_evidence"}
    assert "rows were counted by customer, not by household at sex=F" in found[1].reason


def test_what_counts_do_not_say_is_left_to_the_gate(tmp_path: Path) -> None:
    fields = "metric: roc_auc, op: noninferior, margin: 0.01, baseline: {ref: production}"
    with counted(written(predicted(300), tmp_path), "duckdb") as predictions:
        (found,) = judge(by_customer(fields), predictions)
        assert found.result.outcome == "not_applicable"
        assert "nobody says what production predicted of these rows; give --production" in found.reason
        (found,) = judge(by_customer("metric: average_precision, op: '>=', threshold: 0.1"), predictions)
        assert ">= average_precision is not said by counts" in found.reason


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("predictions", lambda rows: rows[1:], "299 predictions for 300 rows"),
        ("labels", lambda rows: rows.assign(row_id=rows["row_id"].replace(7, 8)), "299 ids that all three have"),
        ("labels", lambda rows: rows.assign(late=rows["late"] * 2), "labels are neither 0 nor 1"),
        ("predictions", lambda rows: rows.assign(score=rows["score"].where(rows.index > 0)), "1 scores are no prob"),
        ("predictions", lambda rows: rows.assign(score=rows["score"] + 0.5), "scores are no probabilities"),
        ("predictions", lambda rows: rows.assign(score=numpy.nan), "300 scores are no probabilities"),
        ("predictions", lambda rows: rows.assign(score="1"), "score is VARCHAR"),
        ("labels", lambda rows: rows.assign(row_id=rows["row_id"].astype(str)), "ids are"),
        ("labels", lambda rows: rows.drop(columns="late"), "there is no column 'late'"),
        ("rows", lambda rows: rows[:0], "there are no rows"),
    ],
)
def test_tables_that_do_not_belong_together_are_refused(tmp_path: Path, table: str, change: Any, said: str) -> None:
    files = written(predicted(300), tmp_path)
    path = getattr(files, table)[0]
    change(pandas.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(Refusal, match=said), counted(files, "duckdb"):
        pass
