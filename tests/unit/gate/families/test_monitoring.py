"""A plan for watching is complete if what is served can be compared, and outcomes arrive."""

import hashlib

import pytest
from tests.gate_lab import TOY, good
from tests.unit.gate.candidates import candidate, outcome, side

from gitmlops.gate.families.candidate import Candidate
from gitmlops.records.baseline import Baseline, CategoricalColumn, NumericColumn
from gitmlops.records.canonical import encode

GAPS = "metric: monitoring_gaps, op: '<=', threshold: 0"
LABELS = "labels: {source: data/arrived, join: row_id, label: late, matures_after: 36h}"
PLAN = f"monitoring: {{log: data/served, windows: {{by: 7d}}, {LABELS}}}\n"
PATH = "models/toy.baseline.json"


def numbers(name: str) -> NumericColumn:
    return NumericColumn(name, 10, 0, 0.0, 1.0, 0.5, 0.1, (0.5,), (5, 5))


def baseline(*, model: str = "toy", artifact: bytes = b"", columns: tuple[str, ...] = ("a", "b")) -> str:
    digest = hashlib.sha256(artifact or good()).hexdigest()
    place = CategoricalColumn("place", 10, 0, ("EWR",), (10,), 0)
    return encode(
        Baseline(
            model, "0" * 64, digest, "2026-01-01", 10, tuple(map(numbers, columns)), numbers("score"), (), (), (place,)
        )
    ).decode()


def planned(plan: str = PLAN, **beside: str) -> Candidate:
    texts = {PATH: beside.get("text", baseline())}
    return candidate(head=side(texts, models__toy=TOY + plan))


def test_a_log_outcomes_and_a_baseline_of_this_model_are_a_plan() -> None:
    assert outcome(GAPS, planned()) == ("passed", "monitoring_gaps is 0, policy asks <= 0")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("", "monitoring_gaps is 2 (no prediction log, no outcomes)"),
        (PLAN.replace(f", {LABELS}", ""), "monitoring_gaps is 1 (no outcomes)"),
    ],
)
def test_what_the_definition_does_not_say_is_a_gap(plan: str, said: str) -> None:
    result, reason = outcome(GAPS, planned(plan))
    assert result == "failed"
    assert reason.startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (baseline(artifact=b"other"), "the baseline is of another model file"),
        (baseline(model="other"), "the baseline is of another model file"),
        (baseline(columns=("a",)), "the baseline knows nothing of b"),
        ("{", f"no baseline: {PATH}: not JSON"),
        ('{"schema": "gitmlops/baseline/99"}', f"no baseline: {PATH}: "),
    ],
)
def test_a_baseline_that_tells_nothing_of_this_model_is_a_gap(text: str, said: str) -> None:
    result, reason = outcome(GAPS, planned(text=text))
    assert result == "failed"
    assert f"monitoring_gaps is 1 ({said}" in reason


def test_no_baseline_at_all_is_a_gap() -> None:
    said = outcome(GAPS, candidate(head=side(models__toy=TOY + PLAN)))
    assert said == ("failed", f"monitoring_gaps is 1 (no baseline: there is no {PATH}), policy asks <= 0")


@pytest.mark.parametrize(("by", "days"), [("7d", "7"), ("12h", "0.5"), ("2w", "14"), ("month", "31")])
def test_a_window_is_as_long_as_it_says(by: str, days: str) -> None:
    about = planned(PLAN.replace("by: 7d", f"by: {by}"))
    assert outcome(f"metric: monitoring_window_days, op: '<=', threshold: {days}", about)[0] == "passed"
    assert outcome(f"metric: monitoring_window_days, op: '<', threshold: {days}", about)[0] == "failed"


def test_outcomes_that_arrive_late_are_told_in_days() -> None:
    said = outcome("metric: outcome_delay_days, op: '<=', threshold: 1", planned())
    assert said == ("failed", "outcome_delay_days is 1.5, policy asks <= 1")


@pytest.mark.parametrize("metric", ["monitoring_window_days", "outcome_delay_days"])
def test_without_a_plan_there_is_no_number(metric: str) -> None:
    said = outcome(f"metric: {metric}, op: '<=', threshold: 100", planned(""))
    assert said == ("insufficient_evidence", f"{metric} is not measured: the model has no `monitoring:`")


def test_how_long_the_log_is_kept_is_told_in_days() -> None:
    asks = "metric: log_kept_days, op: '>=', threshold: 184"
    kept, short = (planned(PLAN.replace("log: data", f"keeps: {keeps}, log: data")) for keeps in ("200d", "26w"))
    assert outcome(asks, kept) == ("passed", "log_kept_days is 200, policy asks >= 184")
    assert outcome(asks, short) == ("failed", "log_kept_days is 182, policy asks >= 184")
    said = "log_kept_days is not measured: `monitoring:` does not say how long it `keeps` the log"
    assert outcome(asks, planned()) == ("insufficient_evidence", said)


def test_without_outcomes_there_is_no_delay() -> None:
    about = planned(PLAN.replace(f", {LABELS}", ""))
    assert outcome("metric: outcome_delay_days, op: '<=', threshold: 9", about)[0] == "insufficient_evidence"
