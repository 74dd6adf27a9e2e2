"""Pull requests: real branches, brought up to date when they are asked for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.github.server.answers import not_found
from tests.github.server.commits import ChangedFile, Commit, changed_files, log
from tests.github.server.issues import Issue
from tests.github.server.repository import Repository
from tests.github.server.routing import Call
from tests.github.server.rules import dismisses_stale_reviews
from tests.github.server.users import Team, User

if TYPE_CHECKING:
    from tests.github.server.reviews import Review

_MOST_FILES = 3000
_MOST_COMMITS = 250


@dataclass(frozen=True)
class Retargeting:
    """Somebody has changed the base of a pull request."""

    id: int
    actor: User
    created: datetime


@dataclass
class PullRequest:
    """The pull-request side of an issue; SHAs stay as they were when it is closed."""

    id: int
    issue: Issue
    head: str
    base: str
    head_sha: str
    base_sha: str
    source: Repository | None  # the head's; None when that fork was deleted
    head_owner: User
    draft: bool = False
    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit: str | None = None
    reviewers: list[User] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    reviews: list["Review"] = field(default_factory=list)
    retargetings: list[Retargeting] = field(default_factory=list)
    seen: tuple[str, str] | None = None  # head and base when it was last brought up to date
    asked: tuple[str, str] | None = None  # those whose mergeability was asked for
    tried: tuple[str, str] | None = None  # those whose merge was tried, with `merge_commit`

    @property
    def is_open(self) -> bool:
        return self.issue.state == "open"


def refresh(repository: Repository, pull: PullRequest, heads: dict[str, str] | None = None) -> None:
    """Bring an open pull request to where its branches are now; without its head branch it is closed."""
    if not pull.is_open:
        return
    heads = repository.git.refs("refs/heads/") if heads is None else heads
    head, base = _head(repository, pull, heads), heads.get(f"refs/heads/{pull.base}")
    if head is None or base is None:
        pull.issue.state, pull.issue.closed = "closed", repository.github.clock.tick()
        return
    if pull.seen == (head, base):
        return
    pull.seen = (head, base)
    take_over(repository, pull.source, pull.head)
    if repository.git.is_ancestor(head, base):
        _close_as_contained(repository, pull, head)
        return
    if head != pull.head_sha and dismisses_stale_reviews(repository, pull.base):
        for review in pull.reviews:
            review.state = "DISMISSED" if review.state == "APPROVED" else review.state
    if (head, base) != (pull.head_sha, pull.base_sha):
        pull.head_sha, pull.base_sha = head, base
        pull.issue.updated = repository.github.clock.tick()
    repository.git.run("update-ref", f"refs/pull/{pull.issue.number}/head", pull.head_sha)


def _head(repository: Repository, pull: PullRequest, heads: dict[str, str]) -> str | None:
    if pull.source is None:
        return pull.head_sha
    return heads.get(f"refs/heads/{pull.head}") if pull.source is repository else pull.source.branch(pull.head)


def take_over(repository: Repository, source: Repository | None, branch: str) -> None:
    """Fetch a fork's commits."""
    if source is not None and source is not repository:
        repository.git.run("fetch", "--quiet", str(source.git.path), f"refs/heads/{branch}")


def _close_as_contained(repository: Repository, pull: PullRequest, head: str) -> None:
    """The base has the head: a merge by whom it was pushed, if it is not the head that went back."""
    now = repository.github.clock.tick()
    pull.issue.state, pull.issue.closed = "closed", now
    if head == pull.head_sha:
        pushers = [one.user for one in repository.pushes if one.ref == f"refs/heads/{pull.base}"]
        pull.merged_at, pull.merge_commit, pull.merged_by = now, head, pushers[-1] if pushers else None
    pull.head_sha = head


def pulls_of(repository: Repository) -> list[PullRequest]:
    """Give all pull requests, brought up to date."""
    found = [issue.pull for issue in repository.issues.values() if issue.pull]
    heads = repository.git.refs("refs/heads/")
    for pull in found:
        refresh(repository, pull, heads)
    return found


def existing_pull(call: Call) -> PullRequest:
    """Give the pull request of the path, brought up to date. Raises: Refused."""
    issue = call.repository.issues.get(call.number("pull_number"))
    if issue is None or issue.pull is None:
        raise not_found()
    refresh(call.repository, issue.pull)
    return issue.pull


def _fork_point(repository: Repository, pull: PullRequest) -> str:
    base = repository.git.merge_base(pull.base_sha, pull.head_sha)
    return base or repository.git.line("hash-object", "-t", "tree", "--stdin", given="")


def files_of(repository: Repository, pull: PullRequest) -> list[ChangedFile]:
    """Give the files that a pull request changes."""
    return changed_files(repository.git, _fork_point(repository, pull), pull.head_sha)[:_MOST_FILES]


def commits_of(repository: Repository, pull: PullRequest) -> list[Commit]:
    """Give the commits of a pull request, oldest first."""
    newest_first = log(repository.git, f"{_fork_point(repository, pull)}..{pull.head_sha}")
    return newest_first[::-1][:_MOST_COMMITS]
