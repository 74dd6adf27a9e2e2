"""Of a group that is too small to be judged, its size is told and nothing that was measured of it."""

import numpy
import pytest
from tests.unit.gate.definition_files import check, definitions, model, policy

from gitmlops.gate.checks.applying import judge
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.policies import rules
from gitmlops.gate.verdict.judgement import Judgement, findings, subject, tables
from gitmlops.records.canonical import encode
from gitmlops.records.receipt import Digest, Receipt
from gitmlops.render.formats import FORMATS, render
from gitmlops.report import Location, Report
from gitmlops.specs.model import Model

SLICED = "slice: {by: place}, min_n: 30"
METRICS = (
    f"metric: accuracy, op: '>=', threshold: 0.5, {SLICED}",
    f"metric: calibration_gap, op: '<=', threshold: 0.9, {SLICED}",
    f"metric: impact_ratio, op: '>=', threshold: 4/5, {SLICED}",
    f"metric: equal_opportunity_difference, op: '<=', threshold: 0.2, {SLICED}",
)


def judgement(fields: str, on_small_n: str) -> Judgement:
    """A hundred rows at JFK and at LGA, of which half is right; seven at EWR, of which three are."""
    places = numpy.repeat(numpy.array(["JFK", "LGA", "EWR"], dtype=object), [100, 100, 7])
    labels = numpy.tile([1.0, 1.0, 0.0, 0.0], 52)[:207]
    scores = numpy.concatenate([numpy.tile([0.9, 0.1], 100), [0.613] * 7])
    sample = Sample(labels, scores, {"place": places}, (), "digest", {})
    side = definitions(
        models={"toy": model()}, policies={"quality": policy(check(f"{fields}, on_small_n: {on_small_n}"))}
    )
    results = tuple(judge(rule, sample) for rule in rules("toy", side, side))
    place = Location("models/toy.yaml")
    return Judgement(side.get(Model, "toy").spec, place, Digest("models/toy.skops", "ab", 1), results=results)


@pytest.mark.parametrize("on_small_n", ["insufficient_evidence", "leave_out"])
@pytest.mark.parametrize("fields", METRICS)
def test_no_format_and_no_receipt_has_a_number_of_a_group_under_min_n(fields: str, on_small_n: str) -> None:
    judged = judgement(fields, on_small_n)
    report = Report("gate", findings(judged), tables=tables(judged))
    receipt = Receipt("", "main", "a", "b", "c", "passed", (subject(judged),), "gitmlops")
    written = [*(render(report, format_) for format_ in FORMATS), encode(receipt).decode()]
    for text in written:
        assert not any(number in text for number in ("0.4286", "0.5714", "0.613", "3 of 7", "4 of 7", "7 of 7"))
    assert "EWR" in render(report, "json")


@pytest.mark.parametrize("fields", METRICS)
def test_a_group_that_is_left_out_is_told_with_the_rows_that_are_asked_of_it(fields: str) -> None:
    judged = judgement(fields, "leave_out")
    (row,) = [row for table in tables(judged) for row in table.rows if row[1] == "place=EWR"]
    assert (row[2], row[3]) == ("not applicable", "")
    assert "1 small ones left out" in findings(judged)[0].message or "30 are asked" in str(findings(judged))
