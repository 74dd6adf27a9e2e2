"""The index of a dossier: what an auditor was given, by content."""

from gitmlops.records.canonical import Record
from gitmlops.records.receipt import Digest


class AuditIndex(Record, frozen=True, tag_field="schema", tag="gitmlops/audit/1"):
    """files: everything else in the folder, by path; commit: the version's; receipt: SHA-256 of the one that passed it.

    missing: what the dossier should have and has not, a sentence each; empty for a complete one.
    unverified: why the version's tag is not believed; empty if nothing speaks against it.
    """

    project: str
    model: str
    version: str
    tag: str
    tag_object: str
    commit: str
    tree: str
    receipt: str
    files: tuple[Digest, ...]
    missing: tuple[str, ...]
    unverified: str
    tool: str
