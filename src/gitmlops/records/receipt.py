"""The receipt: what the gate judged, by which rules, on which evidence, with which verdict.

It is kept inside an in-toto statement (`records.statement`); before that, its first version stood by itself.
"""

from typing import Literal

import msgspec

from gitmlops.records.canonical import Record

EvidenceLevel = Literal["scored", "attested", "declared"]
LEVELS: tuple[EvidenceLevel, ...] = ("declared", "attested", "scored")
"""From the weakest to the strongest."""


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file pinned by content; folders: sha256 over sorted `path sha256` lines."""

    path: str
    sha256: str
    size: int


class CheckResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check's outcome. Numbers are text as shown; `slice` is `column=value` or empty for all rows.

    baseline: version and value of what the candidate was compared with; bound: how much better than it (worse where
    negative) the candidate is at least, at the check's confidence; of a check with a threshold the metric's limit;
    pinned: whether it is of the base's evaluation set, where the branch has another one;
    alpha: how often the limit fails at most, at this look; empty where no limit decides.
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
    evidence: EvidenceLevel = "scored"
    pinned: bool = False
    alpha: str = ""


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

    policies: `id@version` of each, packs with their digest; confinement: what the process that scored it could not
    reach; policy_files: the files of the base that they are written in; pins: the base's evaluation rows and
    labels, where they judged beside other ones of the branch; plugins: the packages whose metrics were asked for,
    `NAME==VERSION`; attempt: which look at its evaluation set it was.
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
    policy_files: tuple[Digest, ...] = ()
    pins: tuple[Digest, ...] = ()
    plugins: tuple[str, ...] = ()


class RequiredPolicies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Policies of another repository that judged beside those of the base. ref: as it was asked for.

    files: every policy that was there, by its path there.
    """

    url: str
    ref: str
    commit: str
    files: tuple[Digest, ...]


class Receipt(Record, frozen=True, tag_field="schema", tag="gitmlops/receipt/2"):
    """Bound to the tree that was tested, so that it survives a squash merge; kept as a note on that tree.

    repository: the URI of the repository that was judged; time: of RFC 3339, in UTC;
    approvals: of what a branch changes beside models: rules, workflows; those of a model are its subject's;
    required: the policies that whoever ran the gate asked for beside the repository's own.
    """

    repository: str
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
    required: RequiredPolicies | None = None

    def unapproved(self, subject: Subject) -> bool:
        """Whether somebody is missing whom the rules ask for, of the whole change or of one of its models."""
        return any(not place.person for place in (*self.approvals, *subject.approvals))


class FirstReceipt(Record, frozen=True, tag_field="schema", tag="gitmlops/receipt/1"):
    """The receipt as it was before it became part of a statement. It names neither repository nor policy files."""

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

    def upgraded(self) -> Receipt:
        """The same in the form of today."""
        return Receipt(
            repository="",
            base_ref=self.base_ref,
            base=self.base,
            head=self.head,
            tree=self.tree,
            verdict=self.verdict,
            subjects=self.subjects,
            tool=self.tool,
            run=self.run,
            time=self.time.replace("+00:00", "Z"),
            approvals=self.approvals,
        )
