"""Kept JSON: the same value gives the same bytes, and what is read back is what was written."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.records.baseline import BASELINE_VERSIONS, Baseline, CategoricalColumn, NumericColumn
from gitmlops.records.canonical import Record, decode, encode
from gitmlops.records.card import Card
from gitmlops.records.manifest import Manifest
from gitmlops.records.receipt import CheckResult, Digest, Receipt, Subject

DIGEST = Digest("models/m.skops", "0" * 64, 12)
RECEIPT = Receipt(
    repository="pkg:generic/test", base_ref="main",
    base="a" * 40, head="b" * 40, tree="c" * 40, verdict="refused", tool="gitmlops 0.1.0",
    subjects=(
        Subject(
            model="m", verdict="refused", evidence="scored", artifact=DIGEST, data=(DIGEST,), policies=("p@1.0.0",),
            checks=(
                CheckResult("p", "1.0.0", "auc", "hard-mandatory", "failed", "roc_auc", ">=", "0.6", "0.7", n=10,
                            interval=("0.5", "0.7")),
            ),
        ),
    ),
)  # fmt: skip


class Note(Record, frozen=True, tag_field="schema", tag="gitmlops/note/1"):
    score: float
    about: dict[str, object] = msgspec.field(default_factory=dict)


NOTE = Note(score=0.5, about={"b": 1, "a": "é"})


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        decode(content, Receipt, path="receipt.json")
    return str(caught.value)


def changed(**fields: object) -> bytes:
    return json.dumps({**json.loads(encode(RECEIPT)), **fields}).encode()


def test_canonical_bytes_have_sorted_keys_no_spaces_and_one_line_break():
    assert encode(NOTE) == '{"about":{"a":"é","b":1},"schema":"gitmlops/note/1","score":0.5}\n'.encode()


def test_a_record_is_read_back_as_it_was_written():
    content = encode(RECEIPT)
    assert decode(content, Receipt, path="x") == RECEIPT
    assert encode(decode(content, Receipt, path="x")) == content


def test_a_record_of_another_writer_is_read_whatever_its_spaces():
    assert decode(json.dumps(json.loads(encode(RECEIPT)), indent=3).encode(), Receipt, path="x") == RECEIPT


def test_an_unknown_version_is_refused_by_its_name():
    told = refusal(changed(schema="gitmlops/receipt/9"))
    assert told.startswith("receipt.json: ")
    assert "gitmlops/receipt/9" in told
    assert "upgrade gitmlops" in told


def test_another_kind_of_record_is_refused_and_no_other_release_is_asked_for():
    told = refusal(changed(schema="gitmlops/card/1"))
    assert told == "receipt.json: the file is gitmlops/card/1, not gitmlops/receipt; name another file"


def test_a_record_without_a_schema_is_refused():
    fields = json.loads(encode(RECEIPT))
    del fields["schema"]
    assert "schema" in refusal(json.dumps(fields).encode())


def test_an_unknown_field_is_refused():
    assert "surprise" in refusal(changed(surprise=1))


def test_a_wrong_type_is_refused_with_its_place():
    assert "$.base" in refusal(changed(base=7))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"not json", b"\xff\xfe", b'{"schema": "\xff"}', b"[" * 200_000, b"null", b"[]"],
    ids=["empty", "open", "words", "bytes", "bytes in text", "deep", "null", "list"],
)
def test_what_is_not_such_json_is_refused(content):
    assert refusal(content).startswith("receipt.json: ")


def test_deep_json_in_a_free_field_is_refused():
    content = encode(NOTE).replace(b'"a":', b'"a":' + b"[" * 100_000)
    with pytest.raises(InputError):
        decode(content, Note, path="x")


def test_cards_and_manifests_are_read_back():
    card = Card("m", "team", "low", "use", "no use", ("a",), 1, "2013-01-01", "2013-01-31", 2, "Estimator", ())
    manifest = Manifest("m", "p", 7, ("a",), (DIGEST,), (DIGEST,), "3.11", "linux", ("numpy==2",))
    assert decode(encode(card), Card, path="x") == card
    assert decode(encode(manifest), Manifest, path="x") == manifest


def test_a_number_that_json_cannot_write_is_refused_when_it_is_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(Note(score=float("nan")))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SCORE = NumericColumn("score", 1, 0, 0.0, 1.0, 0.5, 0.1, (0.5,), (1, 0))
NUMERIC = st.builds(
    NumericColumn,
    mean=st.none() | NUMBERS,
    sd=NUMBERS,
    minimum=NUMBERS,
    maximum=NUMBERS,
    edges=st.tuples(NUMBERS),
    importance=st.none() | NUMBERS,
)
CATEGORICAL = st.builds(CategoricalColumn, levels=st.tuples(st.text(), st.text()), importance=st.none())
BASELINES = st.builds(
    Baseline,
    columns=st.lists(NUMERIC | CATEGORICAL, max_size=3).map(tuple),
    score=st.just(SCORE),
    metrics=st.just(()),
    calibration=st.just(()),
)


@given(BASELINES)
def test_any_baseline_is_read_back_and_gives_the_same_bytes(baseline):
    content = encode(baseline)
    assert decode(content, BASELINE_VERSIONS, path="x") == baseline
    assert encode(decode(content, BASELINE_VERSIONS, path="x")) == content
