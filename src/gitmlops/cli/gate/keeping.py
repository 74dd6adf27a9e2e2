"""What is kept of a verdict: its receipt as a note on the tree that was judged, and its looks at evaluation sets."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.records.receipt import Receipt


def count(repository: "Repository", receipt: "Receipt") -> None:
    """Count the looks that a receipt tells of, and say so."""
    from gitmlops.gate.evidence import looks

    for one in looks.count(repository, receipt, time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"):
        say(f"look {one.attempt} of {one.model} at its evaluation set counted")


def signing_key(repository: "Repository", key: Path | None) -> Path:
    """The SSH key that is named, else the one that git signs with here. Raises InputError if there is none."""
    from gitmlops.adapters.signing import signatures

    return key or signatures.configured_key(repository)


def write(repository: "Repository", receipt: "Receipt", path: str | None, key: Path | None) -> None:
    """Keep the receipt, signed if there is a key, and write it to a file where one is named; say so."""
    from gitmlops.adapters.files import write_atomic
    from gitmlops.registry.files import receipt_notes

    line = receipt_notes.written(receipt)
    line = receipt_notes.signed(line, key=key) if key else line
    if path:
        write_atomic(Path(path), line)
        say(f"receipt written to {path}")
    if keep(repository, receipt, line):
        say(f"{'signed receipt' if key else 'receipt'} kept as a note on tree {receipt.tree[:12]}")


def keep(repository: "Repository", receipt: "Receipt", line: bytes) -> bool:
    """Keep the line of a receipt as a note on its tree; whether it was kept.

    No release could rest on one without a model, or on one that passed without those whom the rules ask for.
    """
    from gitmlops.registry.files import receipt_notes

    uncounted = receipt.verdict == "passed" and any(map(receipt.unapproved, receipt.subjects))
    if not receipt.subjects or uncounted:
        return False
    receipt_notes.keep(repository, receipt.tree, line)
    return True
