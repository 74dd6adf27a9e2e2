"""The gate's receipt as others read it: an in-toto Statement whose predicate is a SLSA verification summary.

Sources: in-toto attestation framework, spec/v1/statement.md, resource_descriptor.md, digest_set.md (v1.1);
SLSA 1.2, spec/verification_summary.md. What these have no field for is our receipt, beside theirs under a name that is
a URI, as the summary's parsing rules ask of extensions.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from gitmlops.errors import InputError
from gitmlops.records.canonical import Record, decode
from gitmlops.records.envelope import opened
from gitmlops.records.receipt import LEVELS, FirstReceipt, Receipt

VERIFIER = "https://github.com/gitmlops/gitmlops/gate"
RECEIPT = "https://github.com/gitmlops/gitmlops/receipt"
"""The name of our receipt in the predicate."""


class ResourceDescriptor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that has a digest. name: its path in the repository, `.` for the whole tree."""

    name: str = ""
    uri: str = ""
    digest: Mapping[str, str] = msgspec.field(default_factory=dict)


class Verifier(msgspec.Struct, frozen=True):
    """Who has judged, and the versions of what it is made of."""

    id: str
    version: Mapping[str, str]


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """The verification summary. verified_levels: the least level of evidence, or FAILED."""

    verifier: Verifier
    time_verified: str
    resource_uri: str
    policy: ResourceDescriptor
    input_attestations: tuple[ResourceDescriptor, ...]
    verification_result: Literal["PASSED", "FAILED"]
    verified_levels: tuple[str, ...]
    slsa_version: str
    receipt: Receipt = msgspec.field(name=RECEIPT)


class Statement(
    Record,
    frozen=True,
    forbid_unknown_fields=False,  # the framework asks readers to pass over what they do not know
    rename="camel",
    tag_field="_type",
    tag="https://in-toto.io/Statement/v1",
):
    """Which files, and which tree, the summary is about."""

    subject: tuple[ResourceDescriptor, ...]
    predicate_type: Literal["https://slsa.dev/verification_summary/v1"]
    predicate: Summary


class _Form(msgspec.Struct):
    """What tells a statement, and an envelope of one, from a receipt of the first version."""

    statement: str = msgspec.field(default="", name="_type")
    envelope: str = msgspec.field(default="", name="payloadType")


def statement(receipt: Receipt) -> Statement:
    """What is kept of a receipt. Everything outside the receipt itself follows from it."""
    name, _, version = receipt.tool.partition(" ")
    summary = Summary(
        verifier=Verifier(VERIFIER, {name: version}),
        time_verified=receipt.time,
        resource_uri=receipt.repository,
        policy=ResourceDescriptor(
            uri=f"{receipt.repository}@{receipt.base}#policies", digest={"gitCommit": receipt.base}
        ),
        input_attestations=(),
        verification_result="PASSED" if receipt.verdict == "passed" else "FAILED",
        verified_levels=tuple(_levels(receipt)),
        slsa_version="1.2",
        receipt=receipt,
    )
    return Statement(tuple(_subject(receipt)), "https://slsa.dev/verification_summary/v1", summary)


def read(content: bytes, *, path: str) -> Receipt:
    """The receipt in a statement, whether signed or not: nobody's signature is looked at; or one of the first version.

    Raises InputError for anything else, and for a statement that says something else than its receipt.
    """
    form = _form(content)
    if form.envelope:
        content, _ = opened(content, path=path)
    elif not form.statement:
        first: FirstReceipt = decode(content, FirstReceipt, path=path)
        return first.upgraded()
    found: Statement = decode(content, Statement, path=path)
    receipt = found.predicate.receipt
    if found != statement(receipt):
        raise InputError("the statement and the receipt in it differ", where=path, mend="let the gate judge again")
    return receipt


def _form(content: bytes) -> _Form:
    try:
        return msgspec.json.decode(content, type=_Form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Form()


def _subject(receipt: Receipt) -> Iterator[ResourceDescriptor]:
    """The tree, then every file by its path, each once."""
    yield ResourceDescriptor(name=".", digest={"gitCommit": receipt.head, "gitTree": receipt.tree})
    files = {
        digest.path: digest.sha256
        for subject in receipt.subjects
        for digest in (subject.artifact, *subject.data, *subject.policy_files)
        if digest.sha256
    }
    for path, sha256 in sorted(files.items()):
        yield ResourceDescriptor(name=path, digest={"sha256": sha256})


def _levels(receipt: Receipt) -> Iterator[str]:
    if receipt.verdict == "refused":
        yield "FAILED"
    elif receipt.subjects:
        yield f"GITMLOPS_{min((one.evidence for one in receipt.subjects), key=LEVELS.index).upper()}"
