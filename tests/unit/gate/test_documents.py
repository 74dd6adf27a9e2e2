"""What people wrote is evidence as long as it is there, unchanged, young enough and about this and no other."""

import hashlib
from datetime import date

import pytest
from tests.gate_lab import DEFINITIONS
from tests.unit.gate.candidates import TODAY, candidate, outcome, side
from tests.unit.gate.definition_files import RANKS, Texts, check, policy

from gitmlops.definitions import load_valid
from gitmlops.gate.rules import wiring
from gitmlops.gate.rules.documents import About, gaps
from gitmlops.gate.rules.extending import extended
from gitmlops.gate.rules.policies import rules
from gitmlops.gate.rules.policy_diff import differences
from gitmlops.specs.document import Document
from gitmlops.specs.policy import AskedDocument

TOY = str(DEFINITIONS["models/toy.yaml"])
PAGE = b"# Sheet\n\n## 1. Where it comes from\n\n### What is wrong with it, and why\n"
FILES = {"sheet.md": PAGE}
DATA = {"data/one.csv": "1" * 64, "data/two.csv": "2" * 64}


def document(name: str = "sheet", **fields: object) -> Document:
    given = {
        "type": "datasheet",
        "title": "T",
        "file": "sheet.md",
        "sha256": hashlib.sha256(PAGE).hexdigest(),
        "date": "2026-11-01",
        "by": ["@jane"],
        "data": DATA,
        "model_sha256": "m" * 64,
    }
    return Document(kind="document", name=name, **{**given, **fields})  # type: ignore[arg-type]


def missing(asked: AskedDocument | None, *documents: Document, data: dict[str, str] = DATA) -> list[str]:
    about = About(documents, FILES.get, "m" * 64, data, date(2026, 11, 30))
    return [*gaps(asked, about)]


DATASHEET = AskedDocument("datasheet", "data_digest", "365d")


def test_a_document_that_is_there_young_and_about_this_data_is_evidence() -> None:
    assert missing(DATASHEET, document()) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"date": "2025-11-29"}, "sheet (by @jane) is of 2025-11-29, 366 days old, 365d are allowed"),
        ({"date": "2026-12-01"}, "sheet (by @jane) is of 2026-12-01, a day to come"),
        ({"sha256": "b" * 64}, "sheet (by @jane): sheet.md was edited since it was dated"),
        ({"file": "gone.md"}, "sheet (by @jane): there is no gone.md"),
        ({"type": "dpia"}, "the model names no datasheet"),
        ({"data": {**DATA, "data/two.csv": "3" * 64}}, "sheet (by @jane) describes another data/two.csv"),
        ({"data": {"data/one.csv": "1" * 64}}, "sheet (by @jane) says nothing of data/two.csv"),
    ],
)
def test_a_document_that_does_not_fit_says_why_and_who_answers_for_it(fields: dict[str, object], said: str) -> None:
    assert missing(DATASHEET, document(**fields)) == [said]


def test_headings_that_are_asked_for_are_there_by_their_first_words_whatever_their_number() -> None:
    asked = AskedDocument("datasheet", headings=["where it comes from", "What is wrong"])
    assert missing(asked, document()) == []
    more = AskedDocument("datasheet", headings=["Where it comes from", "Use", "Sheets"])
    assert missing(more, document()) == ["sheet (by @jane): sheet.md has no heading 'Use', 'Sheets'"]


def test_the_day_that_ends_its_age_still_counts() -> None:
    assert missing(DATASHEET, document(date="2025-11-30")) == []


def test_several_documents_describe_the_data_together_and_a_stale_one_describes_none() -> None:
    one, two = document("one", data={"data/one.csv": "1" * 64}), document("two", data={"data/two.csv": "2" * 64})
    assert missing(DATASHEET, one, two) == []
    old = document("two", data={"data/two.csv": "2" * 64}, date="2020-01-01")
    assert missing(DATASHEET, one, old) == ["one (by @jane) says nothing of data/two.csv"]


def test_a_validation_of_another_model_file_is_none_of_this_one() -> None:
    asked = AskedDocument("validation-report", "model_digest")
    report = document(type="validation-report")
    assert missing(asked, report) == []
    other = document(type="validation-report", model_sha256="f" * 64)
    assert missing(asked, other) == [f"sheet (by @jane) is about model file {'f' * 12}, this is {'m' * 12}"]
    assert missing(asked, document(type="validation-report", model_sha256=None)) == [
        "sheet (by @jane) is about none in particular"
    ]


def test_data_that_nobody_can_name_is_described_by_nothing() -> None:
    assert missing(DATASHEET, document(), data={}) == ["nothing tells which data the model is made from"]


def test_without_a_document_in_particular_all_that_the_model_names_must_stand() -> None:
    assert missing(None, document("one"), document("two", sha256="b" * 64)) == [
        "two (by @jane): sheet.md was edited since it was dated"
    ]


SHEET = "# Rows\n"
WRITTEN = f"""\
kind: document
name: rows
type: datasheet
title: The rows
file: data/datasheet.md
sha256: {hashlib.sha256(SHEET.encode()).hexdigest()}
date: "{TODAY.isoformat()}"
by: ["@jane"]
"""


def test_the_gate_reads_documents_of_the_head_and_tells_what_is_missing() -> None:
    asked = "metric: document_gaps, op: '<=', threshold: 0, document: {kind: datasheet, max_age: 30d}"
    assert outcome(asked, candidate()) == (
        "failed",
        "document_gaps is 1 (the model names no datasheet), policy asks <= 0",
    )
    toy = f"{TOY}documents: [rows]\n"
    head = side({"data/datasheet.md": SHEET}, models__toy=toy, models__documents__rows=WRITTEN)
    assert outcome(asked, candidate(head=head))[0] == "passed"


def evidence(lines: str, *, extends: str = "[]", id_: str = "quality") -> str:
    return policy(RANKS if id_ == "quality" else check("metric: accuracy, op: '>=', threshold: 0.5"), id_=id_) + (
        f"extends: {extends}\nevidence: {lines}\n"
    )


def definitions(**policies: str):
    return load_valid(
        Texts({"gitmlops.yaml": "project: test\n", **{f"policies/{n}.yaml": t for n, t in policies.items()}})
    )


def test_evidence_is_a_check_of_its_own_name_that_a_waiver_can_name() -> None:
    found = extended(
        definitions(quality=evidence("[{kind: datasheet, max_age: 1d, enforcement: advisory}]")), "quality"
    )
    (asked,) = [one.check for one in found.checks if one.check.document]
    assert (asked.id, asked.enforcement, asked.metric) == ("evidence-datasheet", "advisory", "document_gaps")


def test_what_is_extended_asks_for_documents_and_may_only_get_tighter() -> None:
    base = evidence("[{kind: datasheet, bound_to: data_digest, max_age: 365d}]", id_="base")
    tighter = evidence("[{kind: datasheet, bound_to: data_digest, max_age: 30d}]", extends='["base@1.0.0"]')
    assert extended(definitions(base=base, quality=tighter), "quality").findings == ()
    for looser in ("max_age: 366d, bound_to: data_digest", "max_age: 365d", "max_age: 365d, bound_to: model_digest"):
        wrong = evidence(f"[{{kind: datasheet, {looser}}}]", extends='["base@1.0.0"]')
        (finding,) = extended(definitions(base=base, quality=wrong), "quality").findings
        assert "document of 'evidence-datasheet' is datasheet" in finding.message
        assert "what is extended may only get tighter" in finding.message


def test_policy_diff_says_whether_a_document_may_be_older() -> None:
    before = definitions(quality=evidence("[{kind: dpia, max_age: 365d}]"))
    after = definitions(quality=evidence("[{kind: dpia, max_age: 52w}]"))
    (change,) = differences(before, after)
    assert change.sentence == (
        "quality/evidence-dpia: document from dpia, at most 365d to dpia, at most 52w: tightened"
    )


def test_both_sides_ask_for_documents() -> None:
    base = side(policies__quality=evidence("[{kind: datasheet}]"))
    assert "quality/evidence-datasheet" in [rule.name for rule in rules("toy", base.definitions, side().definitions)]


def test_names_days_and_metrics_that_do_not_fit_are_told_at_their_place() -> None:
    day = WRITTEN.replace(TODAY.isoformat(), "2026-02-30")
    toy = f"{TOY}documents: [rosw]\n"
    wrong = policy(check("metric: roc_auc, op: '>=', threshold: 0.7, document: {kind: datasheet}"))
    twice = wrong.replace(", document: {kind: datasheet}", "") + "evidence: [{kind: dpia}, {kind: dpia}]\n"
    twice = twice.replace("id: quality", "id: twice")
    found = side(models__toy=toy, models__documents__rows=day, policies__quality=wrong, policies__twice=twice)
    told = [str(one.error()) for one in wiring.check(found.definitions)]
    for part in (
        "models/documents/rows.yaml:7:7: there is no day 2026-02-30",
        "models/toy.yaml:13:13: there is no document 'rosw'; did you mean 'rows'?",
        "roc_auc is of no document",
        "dpia is asked for twice",
    ):
        assert any(part in one for one in told), told
