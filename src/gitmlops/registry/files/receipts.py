"""The gate's receipt of a commit: a note on its tree, which a merge commit or a squash shares with what was tested."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.definitions import PROJECT_FILE, kind_of
from gitmlops.errors import InputError, Refusal
from gitmlops.records import statement
from gitmlops.records.receipt import CheckResult, Receipt, Subject
from gitmlops.registry.files import receipt_notes
from gitmlops.registry.files.contents import sha256
from gitmlops.registry.files.receipt_notes import Kept

_RULES = ("policies", "models", PROJECT_FILE)


@dataclass(frozen=True)
class Trust:
    """What a receipt must fit, beside the commit.

    repository: the URI of this one; keys: those of which one must have signed it, None: nobody is asked to;
    doubts: what speaks against what it says of a model, by the policies of its commits; empty if nothing does;
    asked: the options with which the gate must have judged, as they are typed.
    """

    repository: str
    keys: tuple[str, ...] | None
    doubts: Callable[[Receipt, Subject], str]
    asked: str = ""


@dataclass(frozen=True)
class Wanted:
    """What is to become a version: a commit, its tree, and the path and SHA-256 of the model's file."""

    commit: str
    tree: str
    model: str
    artifact: str
    sha256: str

    @property
    def receipt(self) -> str:
        """As a sentence begins."""
        return f"the receipt of commit {self.commit[:12]}"


def require(repository: Repository, wanted: Wanted, trust: Trust) -> tuple[str, Subject]:
    """SHA-256 of the receipt that passed exactly this model file in this tree, and what it says of the model.

    Nothing that it claims is taken on trust: it counts if it is about this repository and tree, was judged by the rules
    that main had before the commit, and by these its checks come to what it says. Of several that are about it, the
    last one counts. Raises Refusal if there is none.
    """
    commit = wanted.commit
    mend = f"run `gitmlops gate --base {commit[:12]}^ --head {commit[:12]} --model {wanted.model}{trust.asked}`"
    lines = receipt_notes.kept(repository, wanted.tree)
    if not lines:
        raise Refusal(f"no gate has judged commit {commit[:12]}", mend=mend)
    kept = tuple(receipt_notes.read(lines, keys=trust.keys, path=f"receipt of {commit[:12]}"))
    if not kept:
        what = f"no receipt of commit {commit[:12]} is signed by one of `signers: receipts` of gitmlops.yaml"
        raise Refusal(what, mend=f"{mend} with `--sign` where their key is")
    judged = [(one, subject) for one in kept for subject in one.receipt.subjects if subject.model == wanted.model]
    if not judged:
        raise Refusal(f"{wanted.receipt} does not judge {wanted.model}", mend=mend)
    foreign = [_foreign(repository, one.receipt, wanted, trust) for one, _ in judged]
    binding = [pair for pair, why in zip(judged, foreign, strict=True) if not why]
    if not binding:
        raise Refusal(f"{wanted.receipt} {foreign[-1]}", mend=mend)
    last, subject = max(binding, key=_last_word)
    if wrong := next(_wrong(last.receipt, subject, wanted, trust), ""):
        raise Refusal(f"{wanted.receipt} {wrong}", mend=mend)
    return sha256(last.content), subject


@dataclass(frozen=True)
class LastVerdict:
    """What a policy last came to for a model. said: `passed`, or how many of its checks were missed; time: in UTC."""

    said: str
    policy_version: str
    time: str


def last_verdicts(repository: Repository, policy: str) -> Mapping[str, LastVerdict]:
    """What the checks of a policy last came to for each model that a receipt here says it of, by model."""
    return last_verdicts_among(_all(repository), policy)


def last_verdicts_among(known: Iterable[Receipt], policy: str) -> Mapping[str, LastVerdict]:
    """The same, of these receipts."""
    found: dict[str, LastVerdict] = {}
    for receipt in sorted(known, key=lambda receipt: receipt.time):
        for subject in receipt.subjects:
            if checks := [check for check in subject.checks if check.policy == policy]:
                found[subject.model] = LastVerdict(said(checks), checks[0].policy_version, receipt.time)
    return found


def _all(repository: Repository) -> Iterator[Receipt]:
    """Every receipt that can be read: one that somebody has broken is worth nothing, and hides no other."""
    for line in notes.everything(repository, notes.RECEIPTS):
        with suppress(InputError):
            yield statement.read(line, path="a receipt")


def said(checks: Sequence[CheckResult]) -> str:
    """How the checks of a policy ended together, in a few words."""
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


def _last_word(judged: tuple[Kept, Subject]) -> tuple[str, bool]:
    """What orders receipts so that the last one counts; of two in one second, the refusal."""
    kept, subject = judged
    return (kept.receipt.time, "refused" in (kept.receipt.verdict, subject.verdict))


def _foreign(repository: Repository, receipt: Receipt, wanted: Wanted, trust: Trust) -> str:
    """Why a receipt is about something else, whatever it says; empty if it is about what is wanted."""
    if not receipt.repository:
        return "is of a version of gitmlops that did not name what it judged by"
    if receipt.repository != trust.repository:
        return f"is for another repository: {receipt.repository}"
    return "is for another tree" if receipt.tree != wanted.tree else _of_base(repository, receipt, wanted.commit)


def _of_base(repository: Repository, receipt: Receipt, commit: str) -> str:
    """A branch must not have judged itself, nor chosen rules from before; a rebase leaves more than one commit.

    Where the base is not the first parent, it must be before it and have the same rules.
    """
    first, *_ = (*repository.git("rev-list", "--parents", "--max-count=1", commit).split()[1:], "")
    by = f"({receipt.base_ref} at {receipt.base[:12]})"
    if first == receipt.base:
        return ""
    if not first or not repository.is_ancestor(receipt.base, first):
        return f"was judged by rules that main did not have before it {by}"
    if _rules(repository, receipt.base) != _rules(repository, first):
        return f"was judged by older rules than main had before it {by}"
    return ""


def _rules(repository: Repository, commit: str) -> tuple[str, ...]:
    """Mode, object and path of everything that decides which checks judge which model."""
    listed = repository.git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *_RULES).split("\0")
    return tuple(entry for entry in listed if _decides(entry.partition("\t")[2]))


def _decides(path: str) -> bool:
    return path == PROJECT_FILE or path.startswith("policies/") or kind_of(path) == "model"


def _wrong(receipt: Receipt, subject: Subject, wanted: Wanted, trust: Trust) -> Iterator[str]:
    artifact, path = subject.artifact, wanted.artifact
    if artifact.path != path:
        yield f"is for {artifact.path}, the model's artifact is {path}"
    if artifact.sha256 != wanted.sha256:
        yield f"is for other bytes of {path} (sha256 {artifact.sha256[:12]}, here {wanted.sha256[:12]})"
    if "refused" in (receipt.verdict, subject.verdict):
        yield "says refused"
    if receipt.unapproved(subject):
        yield "counts no approvals, which the rules ask for"
    if doubt := trust.doubts(receipt, subject):
        yield doubt
