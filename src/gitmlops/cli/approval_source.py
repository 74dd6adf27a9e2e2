"""Where approvals of this repository are given: reviews if origin is on GitHub, signed notes elsewhere."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.adapters.github.client import Client
    from gitmlops.registry.approvals.votes import Approvals, ApprovalSource, Subject
    from gitmlops.registry.tags.history import Version
    from gitmlops.specs.project import Project


def approval_source(repo: "Repository", remote: str | None, base: "Project", *, fetch: bool = True) -> "ApprovalSource":
    """The one source that counts. base: gitmlops.yaml at the tip of the default branch. Raises UsageError, ToolError.

    fetch: whether the notes that others signed are fetched first. Notes say nothing on GitHub: an approval there has a
    pull request, which others see, and which was not merged yet.
    """
    from gitmlops.adapters.git import notes
    from gitmlops.registry.approvals.pull_requests import PullRequests
    from gitmlops.registry.approvals.signed_notes import SignedNotes
    from gitmlops.registry.changing import candidates

    repository = github_repository(repo, remote)
    if remote and repository:
        from gitmlops.adapters.github.reviews import GitHubReviews

        client = github_client(repo, remote)
        branch, tip = repo.default_branch(), repo.resolve(candidates.merged_ref(repo, remote))
        return PullRequests(repo, remote, GitHubReviews(client), repository, branch, tip, base)
    if remote and fetch:
        notes.fetch(repo, notes.APPROVALS, remote)
    return SignedNotes(repo, shared_address(repo), base)


def shared_address(repo: "Repository") -> str:
    """What a signed note names as its repository: origin, whether it is asked now or not, so that notes last."""
    from gitmlops.adapters.git.address import address
    from gitmlops.cli import workspace

    return address(repo, workspace.REMOTE if repo.has_remote(workspace.REMOTE) else None)


def github_client(repo: "Repository", remote: str) -> "Client":
    """GitHub's repository that the remote is. Raises UsageError without a token."""
    from gitmlops.adapters.github.client import Client

    # Whatever else the environment names: the reviews must be those of the repository that the tags go to.
    environ = {**os.environ, "GITHUB_REPOSITORY": github_repository(repo, remote)}
    return Client.from_environment(environ, repo.git("remote", "get-url", remote).strip())


def of_promotion(source: "ApprovalSource", subject: "Subject", version: "Version", stage: str) -> "Approvals":
    """What was said of a version, and of the request to put it into a stage (empty: of the version alone)."""
    from gitmlops.registry.approvals.votes import together

    said = source.of(subject)
    return together(said, of_request(source, subject, version, stage)) if stage else said


def of_request(source: "ApprovalSource", subject: "Subject", version: "Version", stage: str) -> "Approvals":
    """What was said of the request to put a version into a stage: nothing where there are no pull requests."""
    from gitmlops.registry.approvals import requests
    from gitmlops.registry.approvals.pull_requests import PullRequests
    from gitmlops.registry.approvals.votes import NOTHING_SAID

    if not isinstance(source, PullRequests):
        return NOTHING_SAID
    return source.of_request(requests.of_version(version, stage), at=subject.at)


def github_repository(repo: "Repository", remote: str | None) -> str:
    """`OWNER/NAME` of the remote on GitHub; empty if it is elsewhere, or there is none."""
    from gitmlops.adapters.git.address import address

    host, _, path = (address(repo, remote) if remote else "").partition("/")
    return path if host in _hosts(os.environ) and path.count("/") == 1 else ""


def github_address(repo: "Repository", remote: str | None) -> str:
    """Where a browser finds the remote on GitHub; empty if it is elsewhere."""
    repository = github_repository(repo, remote)
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    return f"{server}/{repository}" if repository else ""


def base_project(repo: "Repository", remote: str | None, *, fetch: bool = True) -> "Project":
    """gitmlops.yaml at the tip of the default branch, as the remote has it. Raises Refusal, InputError, ToolError.

    fetch: whether the remote is asked what its branch is now: a clone that is behind has roles that were taken away.
    """
    from gitmlops.definitions import load_project

    return load_project(_base_tree(repo, remote, fetch=fetch))


def base_project_if_any(repo: "Repository", remote: str | None, *, fetch: bool) -> "Project | None":
    """The same; None where the default branch has no gitmlops.yaml, as one whose tags others write."""
    from gitmlops.definitions import PROJECT_FILE, load_project

    tree = _base_tree(repo, remote, fetch=fetch)
    return load_project(tree) if tree.digest(PROJECT_FILE) else None


def subject_of(repo: "Repository", name: str, commit: str, *, at: int, sha256: str = "") -> "Subject":
    """What is approved: a model as a commit has it. sha256: what the tag pins; empty: the bytes are read here."""
    from gitmlops.cli import workspace
    from gitmlops.registry.approvals.votes import Subject
    from gitmlops.registry.files.contents import Contents
    from gitmlops.registry.files.contents import sha256 as digest
    from gitmlops.specs.model import Model

    artifact = workspace.definitions_at(repo, commit).get(Model, name).spec.artifact
    pinned = sha256 or digest(Contents(repo, commit).read(artifact))
    return Subject(name, artifact, pinned, commit, repo.tree(commit), at)


def subject_of_version(repo: "Repository", version: "Version", *, at: int) -> "Subject":
    """What is approved of a version: the file that its tag pins."""
    return subject_of(repo, version.name, version.commit, at=at, sha256=version.trailers.one("Model"))


def _base_tree(repo: "Repository", remote: str | None, *, fetch: bool) -> "CommitTree":
    from gitmlops.adapters.git.authoring import refresh
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.registry.changing import candidates

    if remote and fetch:
        refresh(repo, remote, repo.default_branch())
    return CommitTree(repo, repo.resolve(candidates.merged_ref(repo, remote)))


def _hosts(environ: Mapping[str, str]) -> set[str]:
    """Hosts that are GitHub: the public one, and the Enterprise Server that a workflow runs on."""
    named = (environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_API_URL"))
    parts = [urlsplit(url) for url in named if url]
    return {"github.com", "ssh.github.com"}.union(
        *({part.netloc.lower(), (part.hostname or "").lower()} for part in parts)
    )
