"""The receipt: what the gate judged, by which rules, on which evidence, with which verdict."""

from typing import Literal

import msgspec

from gitmlops.records.canonical import Record

EvidenceLevel = Literal["scored", "attested", "declared"]


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file pinned by content; folders: sha256 over sorted `path sha256` lines."""

    path: str
    sha256: str
    size: int


class CheckResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check's outcome. Numbers are text as shown; `slice` is `column=value` or empty for all rows.

    baseline: version and value of what the candidate was compared with; bound: how much better than it (worse where
    negative) the candidate is at least, at the check's confidence; of a check with a threshold the metric's limit.
    """

    policy: str
    policy_version: str
    check: str
    enforcement: str
    outcome: Literal["passed", "failed", "insufficient_evidence", "waived", "not_applicable"]
    metric: str
    op: str
    value: str = ""
    threshold: str = ""
    slice: str = ""
    n: int = 0
    interval: tuple[str, str] | None = None
    baseline: str = ""
    bound: str = ""


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place that the rules ask somebody of a role to fill; person is empty while nobody does.

    who: `@login`; person: `github:NUMBER` of the account, `people:LOGIN` of somebody who is known by a key alone;
    where: the address of the review, or the key that signed.
    """

    role: str
    who: str = ""
    person: str = ""
    where: str = ""


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model that was judged, and all that the verdict rests on.

    confinement: what the process that scored it could not reach.
    """

    model: str
    verdict: Literal["passed", "refused"]
    evidence: EvidenceLevel
    artifact: Digest
    data: tuple[Digest, ...]
    policies: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    production: str = ""
    attempt: int = 1
    confinement: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()


class Receipt(Record, frozen=True, tag_field="schema", tag="gitmlops/receipt/1"):
    """Bound to the tree that was tested, so that it survives a squash merge; kept as a note on that tree.

    approvals: of what a branch changes beside models: rules, workflows; those of a model are its subject's.
    """

    base_ref: str
    base: str
    head: str
    tree: str
    verdict: Literal["passed", "refused"]
    subjects: tuple[Subject, ...]
    tool: str
    run: str = ""
    time: str = ""
    approvals: tuple[Approval, ...] = ()

    def unapproved(self, subject: Subject) -> bool:
        """Whether somebody is missing whom the rules ask for, of the whole change or of one of its models."""
        return any(not place.person for place in (*self.approvals, *subject.approvals))


RECEIPT_VERSIONS = Receipt
