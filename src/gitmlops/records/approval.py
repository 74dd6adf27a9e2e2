"""An approval where there is no GitHub: what a person signs, and the line of a note that keeps it."""

from typing import Literal

from gitmlops.records.canonical import Record


class Approval(Record, frozen=True, tag_field="schema", tag="gitmlops/approval/1"):
    """What is signed. It names all that it is about, so that it says nothing of anything else it is copied to.

    repository: the address that clones share, without protocol and user; approver: a name of `people:`;
    word: `withdraw` takes an earlier approval back; issued, expires: times of ISO 8601 in UTC.
    """

    repository: str
    commit: str
    tree: str
    model: str
    model_sha256: str
    role: str
    approver: str
    word: Literal["approve", "withdraw"]
    issued: str
    expires: str


class SignedApproval(Record, frozen=True, tag_field="schema", tag="gitmlops/signed-approval/1"):
    """An approval, and the SSH signature of its canonical bytes."""

    approval: Approval
    signature: str


APPROVAL_VERSIONS = SignedApproval
