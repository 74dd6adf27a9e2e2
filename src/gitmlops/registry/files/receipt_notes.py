"""Receipts as notes on the tree that was judged: signed or not, and which of them count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.signing import signatures
from gitmlops.errors import InputError
from gitmlops.records import envelope, statement
from gitmlops.records.canonical import encode
from gitmlops.records.receipt import Receipt

NAMESPACE = "gitmlops-receipt"
"""What the signatures are for: one that was made for a commit, a file or an approval says nothing here."""


@dataclass(frozen=True)
class Kept:
    """A line of a note, and the receipt in it."""

    content: bytes
    receipt: Receipt


def written(receipt: Receipt) -> bytes:
    """The line that keeps a receipt."""
    return encode(statement.statement(receipt))


def signed(content: bytes, *, key: Path) -> bytes:
    """The line that keeps a receipt signed. key: a private SSH key, or the public one of an agent's.

    Raises InputError if there is no such key, ToolError if it cannot sign.
    """
    keyid = signatures.fingerprint(signatures.public_key(key))
    signature = signatures.sign(envelope.signed_bytes(content), key=key, namespace=NAMESPACE)
    return encode(envelope.sealed(content, signature, keyid=keyid))


def keep(repository: Repository, tree: str, line: bytes) -> None:
    """Add a line to the note on the tree that it is about. Raises ToolError."""
    notes.add(repository, notes.RECEIPTS, tree, line)


def kept(repository: Repository, tree: str) -> tuple[bytes, ...]:
    """Every line on a tree: each run of the gate adds one."""
    return notes.read(repository, notes.RECEIPTS, tree)


def read(lines: Sequence[bytes], *, keys: Sequence[str] | None, path: str) -> Iterator[Kept]:
    """The receipts that count: those that one of the keys has signed; for None all, signed or not.

    Raises InputError for a line that would count and is no receipt.
    """
    for line in lines:
        if keys is None or _is_signed(line, keys):
            yield Kept(line, statement.read(line, path=path))


def _is_signed(line: bytes, keys: Sequence[str]) -> bool:
    """Whether one of the keys has signed it. Looked at before anything in it is believed, or even read."""
    try:
        payload, found = envelope.opened(line, path="receipt")
    except InputError:
        return False
    said = envelope.signed_bytes(payload)
    return any(signatures.signer(said, one, keys=keys, namespace=NAMESPACE) for one in found)
