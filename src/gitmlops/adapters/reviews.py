"""Pull requests and their reviews as plain values: what a forge tells, before any rule says what of it counts."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Account:
    """An account of the forge. `id` never changes hands; a login can be somebody else's tomorrow.

    is_person: False for bots, apps, organisations.
    """

    id: int
    login: str
    is_person: bool = True


@dataclass(frozen=True)
class Review:
    """One review. author: None for an account that was deleted; commit: SHA of the head that was looked at.

    state: as the forge has it (`APPROVED`, `CHANGES_REQUESTED`, `DISMISSED`, `COMMENTED`, `PENDING`);
    submitted: seconds since 1970, None for one that was not submitted yet.
    """

    id: int
    author: Account | None
    state: str
    commit: str
    submitted: int | None
    url: str


@dataclass(frozen=True)
class PullRequestCommit:
    """A commit of a pull request. authors: the accounts of its author, committer and co-authors.

    strangers: addresses of authors, committers and co-authors that belong to no account.
    """

    sha: str
    authors: tuple[Account, ...]
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PullRequest:
    """A pull request with who had a hand in it; accounts that were deleted, or that nobody can tell, are None.

    base: tip of the base branch as the forge has it for this pull request; head: SHA of its last commit;
    merged: seconds since 1970, None while it is not merged; merge_commit: SHA of what the merge put on the base
    branch (the last commit of a rebase), empty while it is not merged; dispatchers: who started the runs of workflows
    that made its commits; retargeted: when it was last given another base, None if never; untold: how many of its
    commits the forge does not tell.
    """

    number: int
    url: str
    base_branch: str
    base: str
    head: str
    opener: Account | None
    commits: tuple[PullRequestCommit, ...]
    last_pusher: Account | None = None
    dispatchers: tuple[Account, ...] = ()
    merged: int | None = None
    merge_commit: str = ""
    retargeted: int | None = None
    untold: int = 0


class ReviewSource(Protocol):
    """A forge that can be asked. Each method raises ToolError if it cannot be reached or does not let us read."""

    def pull_request(self, number: int) -> PullRequest:
        """One pull request. Raises InputError if there is none of this number."""

    def merged_with(self, commit: str) -> tuple[PullRequest, ...]:
        """The merged pull requests whose merge commit a commit is."""

    def proposed(self, head: str) -> tuple[PullRequest, ...]:
        """The open pull requests whose head a commit is, those from forks, too."""

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Every review of a pull request, oldest first."""

    def dispatchers(self, run: int) -> tuple[Account, ...]:
        """Who started a run of a workflow, or ran it again; nobody for what an event alone started, or that is gone."""

    def may_write(self, account: Account) -> bool:
        """Whether an account, found by its login and compared by its id, has write access (or more) now."""

    def team(self, team: str) -> frozenset[int]:
        """Ids of the members of a team, `organisation/team`. Raises InputError if there is no such team."""
