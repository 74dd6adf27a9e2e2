"""What `register` needs to know of a commit before it may become a version."""

from gitmlops.adapters.git.repository import Repository
from gitmlops.definitions import PROJECT_FILE, kind_of
from gitmlops.errors import Refusal
from gitmlops.registry.changing.transitions import Candidate
from gitmlops.registry.files import receipts
from gitmlops.registry.files.contents import Contents, companion, sha256
from gitmlops.registry.files.receipts import Trust, Wanted
from gitmlops.registry.tags.history import Artifact
from gitmlops.specs.model import Model


def merged_ref(repository: Repository, remote: str | None) -> str:
    """The ref that says what is merged: the default branch, as the remote has it where there is one.

    Raises Refusal if the remote's branch is not known here.
    """
    branch = repository.default_branch()
    if remote is None:
        return f"refs/heads/{branch}"
    ref = f"refs/remotes/{remote}/{branch}"
    if not repository.git("for-each-ref", ref).strip():
        raise Refusal(
            f"{remote} has no branch {branch}, as far as is known here", mend=f"run `git push -u {remote} {branch}`"
        )
    return ref


def require_committed(repository: Repository) -> None:
    """Raises Refusal if a tracked definition, dvc.yaml or dvc.lock differs from HEAD."""
    changed = repository.git("diff", "--no-ext-diff", "--name-only", "-z", "HEAD").split("\0")
    wrong = [path for path in changed if kind_of(path) or path in (PROJECT_FILE, "dvc.yaml", "dvc.lock")]
    if wrong:
        mend = "commit it and have it merged, or name what to register with --ref"
        raise Refusal(f"changed since the commit: {', '.join(wrong[:3])}", mend=mend)


def require_merged(repository: Repository, commit: str, ref: str) -> None:
    """Raises Refusal unless a commit is in the history of the default branch."""
    if not repository.is_ancestor(commit, ref):
        branch = ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
        mend = f"merge it, or run `git push` or `git fetch` if {branch} is behind"
        raise Refusal(f"commit {commit[:12]} is not merged into {branch}", mend=mend)


def gather(repository: Repository, model: Model, commit: str, *, last: Artifact | None, trust: Trust) -> Candidate:
    """Everything that a registration tells of a commit.

    Raises Refusal if the model file is the one of the last version, or without a receipt that passed it;
    ToolError if its bytes are not on this machine.
    """
    contents = Contents(repository, commit)
    digest = sha256(contents.read(model.artifact))
    _require_changed(repository, model, last, digest=digest, pin=contents.pin(model.artifact))
    wanted = Wanted(commit, repository.tree(commit), model.name, model.artifact, digest)
    receipt, subject = receipts.require(repository, wanted, trust)
    baseline = companion(model.artifact, ".baseline.json")
    return Candidate(
        name=model.name,
        commit=commit,
        committed=commit_time(repository, commit),
        tree=wanted.tree,
        sha256=digest,
        baseline_sha256=sha256(contents.read(baseline)) if contents.pin(baseline) else "",
        receipt_sha256=receipt,
        subject=subject,
    )


def commit_time(repository: Repository, commit: str) -> int:
    """When a commit was made, in seconds since 1970."""
    return int(repository.git("show", "--no-patch", "--no-show-signature", "--format=%ct", commit).strip())


def _require_changed(repository: Repository, model: Model, last: Artifact | None, *, digest: str, pin: str) -> None:
    if last is None or not last.versions:
        return
    previous = last.versions[-1]
    known = previous.trailers.one("Model")
    same = known == digest if known else Contents(repository, previous.commit).pin(model.artifact) == pin
    if same:
        raise Refusal(f"{model.artifact} is the same as in {previous.version}", mend=f"promote {previous.version}")
