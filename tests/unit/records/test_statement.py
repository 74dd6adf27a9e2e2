"""The receipt as an in-toto statement: what others read of it, and what our own reader refuses."""

import json
from typing import Any

import msgspec
import pytest

from gitmlops.errors import InputError
from gitmlops.records.canonical import encode
from gitmlops.records.receipt import CheckResult, Digest, FirstReceipt, Receipt, Subject
from gitmlops.records.statement import RECEIPT as NAME
from gitmlops.records.statement import read, statement

MODEL, ROWS = Digest("models/m.skops", "1" * 64, 12), Digest("data/rows.parquet", "2" * 64, 34)
POLICY = Digest("policies/p.yaml", "3" * 64, 56)
CHECK = CheckResult("p", "1.0.0", "auc", "hard-mandatory", "passed", "roc_auc", ">=", "0.8", "0.7", n=10)
SUBJECT = Subject("m", "passed", "scored", MODEL, (ROWS,), ("p@1.0.0",), (CHECK,), policy_files=(POLICY,))
PASSED = Receipt(
    repository="git+https://example.com/acme/toys", base_ref="main", base="a" * 40, head="b" * 40, tree="c" * 40,
    verdict="passed", subjects=(SUBJECT,), tool="gitmlops 0.1.0", time="2026-11-30T12:00:00Z",
)  # fmt: skip
REFUSED = msgspec.structs.replace(PASSED, verdict="refused")


def kept(receipt: Receipt) -> Any:
    return json.loads(encode(statement(receipt)))


def test_the_statement_has_the_fields_of_in_toto_and_of_slsa() -> None:
    found = kept(PASSED)
    del found["predicate"][NAME]
    assert found == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": ".", "digest": {"gitCommit": "b" * 40, "gitTree": "c" * 40}},
            {"name": "data/rows.parquet", "digest": {"sha256": "2" * 64}},
            {"name": "models/m.skops", "digest": {"sha256": "1" * 64}},
            {"name": "policies/p.yaml", "digest": {"sha256": "3" * 64}},
        ],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {"id": "https://github.com/gitmlops/gitmlops/gate", "version": {"gitmlops": "0.1.0"}},
            "timeVerified": "2026-11-30T12:00:00Z",
            "resourceUri": "git+https://example.com/acme/toys",
            "policy": {
                "uri": f"git+https://example.com/acme/toys@{'a' * 40}#policies",
                "digest": {"gitCommit": "a" * 40},
            },
            "inputAttestations": [],
            "verificationResult": "PASSED",
            "verifiedLevels": ["GITMLOPS_SCORED"],
            "slsaVersion": "1.2",
        },
    }


def test_a_refusal_has_no_level() -> None:
    predicate = kept(REFUSED)["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", ["FAILED"])


def test_of_several_models_the_weakest_evidence_is_the_level() -> None:
    weaker = msgspec.structs.replace(SUBJECT, model="n", evidence="declared")
    both = msgspec.structs.replace(PASSED, subjects=(SUBJECT, weaker))
    assert kept(both)["predicate"]["verifiedLevels"] == ["GITMLOPS_DECLARED"]
    names = [one["name"] for one in kept(both)["subject"]]
    assert len(names) == len(set(names)), "a name is there twice"


@pytest.mark.parametrize("receipt", [PASSED, REFUSED], ids=["passed", "refused"])
def test_what_is_read_back_is_what_was_kept(receipt: Receipt) -> None:
    content = encode(statement(receipt))
    assert content.endswith(b"}\n")
    assert b" " not in content.replace(b"gitmlops 0.1.0", b"")
    assert read(content, path="x") == receipt
    assert encode(statement(read(content, path="x"))) == content


def test_what_others_add_is_passed_over() -> None:
    found = kept(PASSED)
    found["predicate"]["dependencyLevels"] = {"SLSA_BUILD_LEVEL_3": 1}
    assert read(json.dumps(found).encode(), path="x") == PASSED


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("predicate", "verificationResult"), "PASSED"),
        (("predicate", "verifiedLevels"), ["SLSA_BUILD_LEVEL_3"]),
        (("predicate", "resourceUri"), "git+https://example.com/other"),
        (("predicate", "timeVerified"), "2030-01-01T00:00:00Z"),
        (("subject", 0, "digest"), {"gitTree": "d" * 40}),
        (("predicate", NAME, "verdict"), "passed"),
        (("predicate", NAME, "tree"), "d" * 40),
    ],
)
def test_a_statement_that_was_edited_in_one_place_is_refused(place: tuple[Any, ...], value: object) -> None:
    found = kept(REFUSED)
    inner = found
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(InputError, match="the statement and the receipt in it differ; let the gate judge again"):
        read(json.dumps(found).encode(), path="x")


@pytest.mark.parametrize(
    "changed",
    [
        {"_type": "https://in-toto.io/Statement/v9"},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"subject": None},
        {"predicate": {}},
    ],
)
def test_another_statement_is_no_receipt(changed: dict[str, object]) -> None:
    with pytest.raises(InputError, match="x: "):
        read(json.dumps({**kept(PASSED), **changed}).encode(), path="x")


def test_a_receipt_of_the_first_version_can_still_be_read() -> None:
    first = (
        b'{"base":"a","base_ref":"main","head":"b","run":"","schema":"gitmlops/receipt/1","subjects":[{"artifact":'
        b'{"path":"models/m.skops","sha256":"1","size":12},"attempt":1,"checks":[{"baseline":"","bound":"","check":'
        b'"auc","enforcement":"hard-mandatory","interval":null,"metric":"roc_auc","n":10,"op":">=","outcome":"passed",'
        b'"policy":"p","policy_version":"1.0.0","slice":"","threshold":"0.7","value":"0.8"}],"data":[],"evidence":'
        b'"scored","model":"m","policies":["p@1.0.0"],"production":"","verdict":"passed"}],"time":'
        b'"2026-11-30T12:00:00+00:00","tool":"gitmlops 0.1.0","tree":"c","verdict":"passed"}\n'
    )
    found = read(first, path="x")
    assert (found.repository, found.tree, found.time) == ("", "c", "2026-11-30T12:00:00Z")
    assert found.subjects[0].checks == (CHECK,)
    assert read(encode(FirstReceipt("main", "a", "b", "c", "passed", (), "t")), path="x").verdict == "passed"
