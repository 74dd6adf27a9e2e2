"""The envelope of a signed receipt, by the published examples of DSSE."""

import json

import pytest

from gitmlops.errors import InputError
from gitmlops.records.canonical import encode
from gitmlops.records.envelope import opened, sealed, signed_bytes


@pytest.mark.parametrize(
    ("payload", "kind", "signed"),
    [
        (b"hello world", "http://example.com/HelloWorld", b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"),
        (b"", "application/vnd.in-toto+json", b"DSSEv1 28 application/vnd.in-toto+json 0 "),
        ("ä".encode(), "application/vnd.exämple+json", "DSSEv1 29 application/vnd.exämple+json 2 ä".encode()),
    ],
)
def test_what_is_signed_is_the_encoding_of_dsse(payload: bytes, kind: str, signed: bytes) -> None:
    assert signed_bytes(payload, kind) == signed


def test_an_envelope_has_the_fields_of_dsse_and_gives_back_what_is_in_it() -> None:
    content = encode(sealed(b"\xfb\xff\xbf>?", "signature", keyid="SHA256:abc"))
    assert json.loads(content) == {
        "payload": "+/+/Pj8=",
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"keyid": "SHA256:abc", "sig": "c2lnbmF0dXJl"}],
    }
    assert opened(content, path="x") == (b"\xfb\xff\xbf>?", ("signature",))


def test_the_other_alphabet_of_base64_is_read_too() -> None:
    content = b'{"payload": "-_-_Pj8=", "payloadType": "application/vnd.in-toto+json", "signatures": []}'
    assert opened(content, path="x") == (b"\xfb\xff\xbf>?", ())


@pytest.mark.parametrize(
    "changed",
    [
        {"payloadType": "application/vnd.example.other+json"},
        {"payloadType": ""},
        {"payload": "no base64!"},
        {"payload": None},
        {"signatures": [{"sig": "%"}]},
    ],
)
def test_another_envelope_is_refused(changed: dict[str, object]) -> None:
    whole = {"payload": "", "payloadType": "application/vnd.in-toto+json", "signatures": []}
    with pytest.raises(InputError, match="x: "):
        opened(json.dumps({**whole, **changed}).encode(), path="x")
