"""A signed statement: the envelope of DSSE, as in-toto asks for it.

Sources: secure-systems-lab/dsse, protocol.md (1.0.0) and envelope.md; in-toto attestation, spec/v1/envelope.md.
"""

import base64
import binascii

import msgspec

from gitmlops.errors import InputError
from gitmlops.records.canonical import Record, decode

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signature(msgspec.Struct, frozen=True):
    """keyid: a hint, which nothing may rest on; sig: base64 of an SSH signature as ssh-keygen writes it."""

    sig: str
    keyid: str = ""


class Envelope(
    Record, frozen=True, forbid_unknown_fields=False, rename="camel", tag_field="payloadType", tag=PAYLOAD_TYPE
):
    """payload: base64 of the statement's bytes."""

    payload: str
    signatures: tuple[Signature, ...]


def sealed(payload: bytes, signature: str, *, keyid: str) -> Envelope:
    """The envelope of a payload with one signature, which is of `signed_bytes(payload)`."""
    return Envelope(_encoded(payload), (Signature(_encoded(signature.encode()), keyid),))


def opened(content: bytes, *, path: str) -> tuple[bytes, tuple[str, ...]]:
    """The payload, and the signatures that somebody has still to verify. Raises InputError for anything else."""
    envelope: Envelope = decode(content, Envelope, path=path)
    signatures = (_decoded(one.sig, path).decode("utf-8", "replace") for one in envelope.signatures)
    return _decoded(envelope.payload, path), tuple(signatures)


def signed_bytes(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """What is signed of a payload: DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: str, path: str) -> bytes:
    """Readers must take both alphabets of base64."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"not base64: {error}", where=path, mend="let the gate judge again") from error
