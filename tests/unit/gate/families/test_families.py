"""The metrics of families are judged as all others are: wired, sliced, and none of them is forgotten."""

import pytest
from tests.unit.gate.definition_files import check, definitions, model, policy

from gitmlops.gate.checks.of_families import MEASURES
from gitmlops.gate.rules.metrics import MENDS, METRICS
from gitmlops.gate.rules.wiring import check as wired


def found(fields: str) -> list[str]:
    side = definitions(models={"toy": model()}, policies={"quality": policy(check(fields))})
    return [finding.message for finding in wired(side)]


def test_each_metric_of_a_family_is_measured_and_nothing_else_is() -> None:
    assert set(MEASURES) == {name for name, metric in METRICS.items() if metric.family}


def test_each_family_says_what_to_do_and_each_of_its_metrics_what_it_is() -> None:
    assert set(MENDS) == {metric.family for metric in METRICS.values()}
    assert all(metric.meaning for metric in METRICS.values() if metric.family)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("op: '>=', threshold: 5", "model_megabytes is better lower"),
        ("op: '<='", "compares with nothing"),
        ("op: '<=', threshold: 5, decide: bound", "has no interval that was shown to hold"),
        ("op: '<=', threshold: 5, slice: {by: place}", "is of the model, not of groups of rows"),
        ("op: '<=', threshold: 5, min_n: 10", "is of the model, not of groups of rows"),
        ("op: '<=', threshold: 5, resample_unit: customer", "is not resampled"),
        ("op: noninferior, margin: 1, baseline: {ref: production}", "no bound of a gain in model_megabytes"),
        ("op: no-difference, baseline: {ref: production}", "McNemar's test does not speak of model_megabytes"),
    ],
)
def test_a_check_of_a_model_that_makes_no_sense_is_refused(fields: str, said: str) -> None:
    (message,) = found(f"metric: model_megabytes, {fields}")
    assert said in message


def test_a_check_of_a_model_that_makes_sense_has_no_findings() -> None:
    assert found("metric: model_megabytes, op: '<=', threshold: 5") == []
