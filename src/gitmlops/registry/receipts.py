"""The gate's receipt of a commit: a note on its tree, which a merge commit or a squash shares with what was tested."""

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import Refusal
from gitmlops.records.canonical import decode
from gitmlops.records.receipt import RECEIPT_VERSIONS, CheckResult, Receipt, Subject
from gitmlops.registry.contents import sha256


def require(repository: Repository, commit: str, *, model: str, artifact: str, digest: str) -> tuple[str, Subject]:
    """SHA-256 of the receipt that passed exactly this model file (path and SHA-256) in this tree, and what it says.

    Raises Refusal if there is none.
    """
    kept = _read(repository, commit)
    mend = f"run `gitmlops gate --base {commit[:12]}^ --head {commit[:12]}`"
    if kept is None:
        fetch = f"`git fetch origin {notes.RECEIPTS}:{notes.RECEIPTS}`"
        raise Refusal(f"no gate has judged commit {commit[:12]}", mend=f"{mend}, or fetch its receipt: {fetch}")
    written, receipt = kept
    subject = next((subject for subject in receipt.subjects if subject.model == model), None)
    if subject is None:
        raise Refusal(f"the receipt of commit {commit[:12]} does not judge {model}", mend=mend)
    if wrong := _wrong(receipt, subject, artifact, digest, repository.tree(commit)):
        raise Refusal(f"the receipt of commit {commit[:12]} {wrong}", mend=mend)
    return written, subject


def gate_line(check: CheckResult) -> str:
    """One check as a trailer shows it: `policy/check[slice]=value op threshold outcome`."""
    sliced = f"[{check.slice}]" if check.slice else ""
    words = (f"{check.policy}/{check.check}{sliced}={check.value or 'none'}", check.op, check.threshold, check.outcome)
    return " ".join(word for word in words if word)


def _read(repository: Repository, commit: str) -> tuple[str, Receipt] | None:
    content = notes.read(repository, notes.RECEIPTS, repository.tree(commit))
    if content is None:
        return None
    receipt: Receipt = decode(content, RECEIPT_VERSIONS, path=f"receipt of {commit[:12]}")
    return sha256(content), receipt


def _wrong(receipt: Receipt, subject: Subject, artifact: str, digest: str, tree: str) -> str:
    if receipt.tree != tree:
        return "is for another tree"
    if subject.artifact.path != artifact:
        return f"is for {subject.artifact.path}, the model's artifact is {artifact}"
    if subject.artifact.sha256 != digest:
        return f"is for other bytes of {artifact} (sha256 {subject.artifact.sha256[:12]}, here {digest[:12]})"
    return "says refused" if "refused" in (receipt.verdict, subject.verdict) else ""
