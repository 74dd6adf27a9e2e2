"""The gate's receipt of a commit: a note on its tree, which a merge commit or a squash shares with what was tested."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, Refusal
from gitmlops.records import statement
from gitmlops.records.canonical import encode
from gitmlops.records.receipt import CheckResult, Receipt, Subject
from gitmlops.registry.contents import sha256


def require(repository: Repository, commit: str, *, model: str, artifact: str, digest: str) -> tuple[str, Subject]:
    """SHA-256 of the receipt that passed exactly this model file (path and SHA-256) in this tree, and what it says.

    Of several receipts by rules that were merged before, the last one counts. Raises Refusal if there is none.
    """
    mend = f"run `gitmlops gate --base {commit[:12]}^ --head {commit[:12]} --model {model}`"
    kept = _read(repository, commit)
    if not kept:
        raise Refusal(f"no gate has judged commit {commit[:12]}", mend=mend)
    judged = [(receipt, subject) for receipt in kept for subject in receipt.subjects if subject.model == model]
    if not judged:
        raise Refusal(f"the receipt of commit {commit[:12]} does not judge {model}", mend=mend)
    binding = [pair for pair in judged if _judged_before(repository, pair[0], commit)]
    if not binding:
        receipt, _ = judged[-1]
        what = f"the receipt of commit {commit[:12]} was judged by rules that main did not have before it"
        raise Refusal(f"{what} ({receipt.base_ref} at {receipt.base[:12]})", mend=mend)
    receipt, subject = max(binding, key=_last_word)
    if wrong := _wrong(receipt, subject, artifact, digest, repository.tree(commit)):
        raise Refusal(f"the receipt of commit {commit[:12]} {wrong}", mend=mend)
    return sha256(encode(statement.statement(receipt))), subject


@dataclass(frozen=True)
class LastVerdict:
    """What a policy last came to for a model. said: `passed`, or how many of its checks were missed; time: in UTC."""

    said: str
    policy_version: str
    time: str


def last_verdicts(repository: Repository, policy: str) -> Mapping[str, LastVerdict]:
    """What the checks of a policy last came to for each model that a receipt here says it of, by model."""
    found: dict[str, LastVerdict] = {}
    for receipt in sorted(_all(repository), key=lambda receipt: receipt.time):
        for subject in receipt.subjects:
            if checks := [check for check in subject.checks if check.policy == policy]:
                found[subject.model] = LastVerdict(_said(checks), checks[0].policy_version, receipt.time)
    return found


def _all(repository: Repository) -> Iterator[Receipt]:
    """Every receipt that can be read: one that somebody has broken is worth nothing, and hides no other."""
    for line in notes.everything(repository, notes.RECEIPTS):
        with suppress(InputError):
            yield statement.read(line, path="a receipt")


def _said(checks: Sequence[CheckResult]) -> str:
    ids = {check.check for check in checks if check.outcome != "not_applicable"}
    missed = {check.check for check in checks if check.outcome in ("failed", "insufficient_evidence")}
    waived = {check.check for check in checks if check.outcome == "waived"} - missed
    if missed:
        return f"{len(missed)} of {len(ids)} checks missed"
    return f"passed, {len(waived)} waived" if waived else "passed" if ids else "not applicable"


def gate_lines(checks: Sequence[CheckResult]) -> tuple[str, ...]:
    """One line a mandatory check, `policy/check=value op threshold outcome`; of several slices the worst."""
    groups: dict[str, list[CheckResult]] = {}
    for check in checks:
        if check.enforcement != "advisory":
            groups.setdefault(f"{check.policy}/{check.check}", []).append(check)
    return tuple(_gate_line(name, group) for name, group in groups.items())


def _gate_line(name: str, group: Sequence[CheckResult]) -> str:
    judged = [check for check in group if check.outcome != "not_applicable"] or group[:1]
    worst = max(judged, key=_badness)
    among = f", worst of {len(judged)}" if len(judged) > 1 else ""
    sliced = f"[{worst.slice}{among}]" if worst.slice and worst.outcome != "not_applicable" else ""
    return f"{name}{sliced}={_value(worst) or 'none'} {worst.op} {worst.threshold} {worst.outcome}"


def _badness(check: CheckResult) -> tuple[bool, float]:
    """What is worse is greater: what did not pass, then what is nearer to its limit or beyond it."""
    try:
        number = float(_value(check))
    except ValueError:
        return (check.outcome != "passed", -inf)
    return (check.outcome != "passed", number if check.op in ("<", "<=") else -number)


def _value(check: CheckResult) -> str:
    """What was held against the threshold: the bound, where a check compares with production."""
    return check.bound or check.value


def _read(repository: Repository, commit: str) -> tuple[Receipt, ...]:
    """Every receipt of a commit's tree: each run of the gate adds a line to the note."""
    lines = notes.read(repository, notes.RECEIPTS, repository.tree(commit))
    return tuple(statement.read(line, path=f"receipt of {commit[:12]}") for line in lines)


def _last_word(judged: tuple[Receipt, Subject]) -> tuple[str, bool]:
    """What orders receipts so that the last one counts; of two in one second, the refusal."""
    receipt, subject = judged
    return (receipt.time, "refused" in (receipt.verdict, subject.verdict))


def _judged_before(repository: Repository, receipt: Receipt, commit: str) -> bool:
    """Whether the rules came from what was merged before the commit: a branch must not have judged itself."""
    parents = repository.git("rev-list", "--parents", "--max-count=1", commit).split()[1:]
    return bool(parents) and repository.is_ancestor(receipt.base, parents[0])


def _wrong(receipt: Receipt, subject: Subject, artifact: str, digest: str, tree: str) -> str:
    if receipt.tree != tree:
        return "is for another tree"
    if subject.artifact.path != artifact:
        return f"is for {subject.artifact.path}, the model's artifact is {artifact}"
    if subject.artifact.sha256 != digest:
        return f"is for other bytes of {artifact} (sha256 {subject.artifact.sha256[:12]}, here {digest[:12]})"
    if "refused" in (receipt.verdict, subject.verdict):
        return "says refused"
    return "counts no approvals, which the rules ask for" if receipt.unapproved(subject) else ""
