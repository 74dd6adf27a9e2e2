"""What GitHub tells of pull requests and their reviews, as plain values: which of it counts is decided elsewhere."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import msgspec

from gitmlops.adapters.github import pull_requests
from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.refusals import GitHubError, NotFound
from gitmlops.adapters.reviews import Account, PullRequest, PullRequestCommit, Review
from gitmlops.errors import InputError

_READ = "pull-requests: read"
_MOST_COMMITS = 250
# What makes the diff another one than reviewers saw, without a push to the head.
_RETARGETED = ("base_ref_changed", "automatic_base_change_succeeded", "base_ref_force_pushed")
_WRITERS = ("admin", "maintain", "write")
_CO_AUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^>\n]*)>[ \t]*$", re.IGNORECASE | re.MULTILINE)
# The address that GitHub gives to accounts which hide theirs: ID+LOGIN, the ID is never given to another account.
_HIDDEN = re.compile(r"(\d+)\+([\w-]+(?:\[bot\])?)@users\.noreply\.\S+")


class _User(msgspec.Struct, frozen=True):
    id: int
    login: str
    type: str = "User"


class _Review(msgspec.Struct, frozen=True):
    id: int
    state: str
    html_url: str
    user: _User | None = None
    commit_id: str | None = None
    submitted_at: datetime | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: str


class _Side(msgspec.Struct, frozen=True):
    ref: str
    sha: str
    repo: _Repository | None = None


class _Pull(msgspec.Struct, frozen=True):
    number: int
    html_url: str
    head: _Side
    base: _Side
    user: _User | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    commits: int = 0


class _Signature(msgspec.Struct, frozen=True):
    email: str = ""


class _GitCommit(msgspec.Struct, frozen=True):
    message: str = ""
    author: _Signature | None = None
    committer: _Signature | None = None


class _Nobody(msgspec.Struct, frozen=True):
    """GitHub writes an empty object for an author that it does not know."""

    id: int | None = None
    login: str = ""
    type: str = "User"


class _Commit(msgspec.Struct, frozen=True):
    sha: str
    commit: _GitCommit
    author: _Nobody | None = None
    committer: _Nobody | None = None


class _Activity(msgspec.Struct, frozen=True):
    after: str
    actor: _User | None = None


class _Event(msgspec.Struct, frozen=True):
    event: str
    created_at: datetime


class _Permission(msgspec.Struct, frozen=True):
    permission: str
    user: _User | None = None
    role_name: str = ""


class _Run(msgspec.Struct, frozen=True):
    event: str = ""
    run_attempt: int = 1
    actor: _User | None = None
    triggering_actor: _User | None = None


@dataclass(frozen=True)
class GitHubReviews:
    """The reviews of a repository at GitHub, a `ReviewSource`."""

    client: Client

    def pull_request(self, number: int) -> PullRequest:
        """One pull request. Raises InputError if there is none of this number, ToolError."""
        found = self.client.find(self.client.path("pulls", number), _Pull, _READ)
        if found is None:
            raise InputError(f"there is no pull request {number}", where=self.client.access.repository)
        return self._told(found)

    def merged_with(self, commit: str) -> tuple[PullRequest, ...]:
        """The merged pull requests whose merge commit a commit is."""
        path = self.client.path("commits", commit, "pulls")
        found = [one for one in self.client.pages(path, _Pull, _READ) if one.merged_at]
        return tuple(self.pull_request(one.number) for one in found if one.merge_commit_sha == commit)

    def proposed(self, head: str) -> tuple[PullRequest, ...]:
        """The open pull requests whose head a commit is, those from forks, too."""
        return tuple(self.pull_request(one.number) for one in pull_requests.of_head(self.client, head))

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Every review of a pull request, oldest first."""
        every = self.client.pages(self.client.path("pulls", number, "reviews"), _Review, _READ)
        return tuple(sorted(map(_review, every), key=lambda one: (one.submitted or 0, one.id)))

    def may_write(self, account: Account) -> bool:
        """Whether an account, found by its login and compared by its id, has write access (or more) now."""
        path = self.client.path("collaborators", account.login, "permission")
        found = self.client.find(path, _Permission, "metadata: read")
        # Somebody else may have the login by now.
        return bool(found and found.user and found.user.id == account.id and found.permission in _WRITERS)

    def dispatchers(self, run: int) -> tuple[Account, ...]:
        """Who started a run by hand or through the API, and who ran it again; nobody where an event alone did."""
        found = self.client.find(self.client.path("actions", "runs", run), _Run, "actions: read")
        if found is None:
            return ()
        dispatched = found.event in ("workflow_dispatch", "repository_dispatch")
        started = (found.actor if dispatched else None, found.triggering_actor if found.run_attempt > 1 else None)
        return tuple(account for account in map(_account, started) if account)

    def team(self, team: str) -> frozenset[int]:
        """Ids of the members of a team, `organisation/team`. Raises InputError if there is no such team."""
        organisation, _, slug = team.removeprefix("@").partition("/")
        members = f"/orgs/{quote(organisation, safe='')}/teams/{quote(slug, safe='')}/members"
        try:
            return frozenset(one.id for one in self.client.pages(members, _User, "members: read"))
        except GitHubError as error:
            if error.status != 404:
                raise
            raise InputError(f"there is no team {team}, or the token may not see it", mend=error.mend) from error

    def _told(self, pull: _Pull) -> PullRequest:
        last_pusher = self._last_pusher(pull)
        return PullRequest(
            number=pull.number,
            url=pull.html_url,
            base_branch=pull.base.ref,
            base=pull.base.sha,
            head=pull.head.sha,
            opener=_account(pull.user),
            commits=tuple(self._commits(pull)),
            last_pusher=last_pusher,
            merged=_seconds(pull.merged_at),
            merge_commit=(pull.merge_commit_sha or "") if pull.merged_at else "",
            retargeted=self._retargeted(pull),
            untold=max(0, pull.commits - _MOST_COMMITS),
        )

    def _retargeted(self, pull: _Pull) -> int | None:
        every = self.client.pages(self.client.path("issues", pull.number, "events"), _Event, _READ)
        return max((int(one.created_at.timestamp()) for one in every if one.event in _RETARGETED), default=None)

    def _commits(self, pull: _Pull) -> Iterator[PullRequestCommit]:
        path = self.client.path("pulls", pull.number, "commits")
        return map(_commit, self.client.pages(path, _Commit, _READ))

    def _last_pusher(self, pull: _Pull) -> Account | None:
        """Who pushed the head to its branch; None if GitHub does not tell us: the fork is private, or gone."""
        if pull.head.repo is None:
            return None
        path = f"/repos/{pull.head.repo.full_name}/activity"
        pushes = self.client.pages(path, _Activity, "contents: read", ref=f"refs/heads/{pull.head.ref}")
        try:
            return next((_account(one.actor) for one in pushes if one.after == pull.head.sha), None)
        except NotFound:
            return None


def _review(found: _Review) -> Review:
    return Review(
        id=found.id,
        author=_account(found.user),
        state=found.state.upper(),
        commit=found.commit_id or "",
        submitted=_seconds(found.submitted_at),
        url=found.html_url,
    )


def _commit(found: _Commit) -> PullRequestCommit:
    """The commit with everybody who has a part in it: accounts where GitHub knows them, addresses otherwise."""
    accounts = {one.id: one for one in (_known(found.author), _known(found.committer)) if one}
    strangers = [
        signature.email
        for signature, account in ((found.commit.author, found.author), (found.commit.committer, found.committer))
        if signature and not _known(account)
    ]
    for address in _CO_AUTHOR.findall(found.commit.message):
        if hidden := _HIDDEN.fullmatch(address.strip()):
            account = Account(int(hidden[1]), hidden[2], is_person=not hidden[2].endswith("]"))
            accounts.setdefault(account.id, account)
        else:
            strangers.append(address.strip())
    return PullRequestCommit(found.sha, tuple(accounts.values()), _unique(strangers))


def _unique(addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, addresses)))


def _known(user: _Nobody | None) -> Account | None:
    return Account(user.id, user.login, user.type == "User") if user and user.id is not None else None


def _account(user: _User | None) -> Account | None:
    return Account(user.id, user.login, user.type == "User") if user else None


def _seconds(time: datetime | None) -> int | None:
    return int(time.timestamp()) if time else None
