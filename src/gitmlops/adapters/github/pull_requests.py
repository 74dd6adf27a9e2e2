"""Pull requests: found by their branch, opened or updated, their files, whether they can be merged."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.comments import Author
from gitmlops.adapters.github.outward import body_with, heading
from gitmlops.adapters.github.refusals import GitHubError
from gitmlops.errors import InputError, ToolError

_READ, _WRITE = "pull-requests: read", "pull-requests: write"
_MOST_FILES = 3000
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)


class _Repository(msgspec.Struct, frozen=True):
    full_name: str


class _Side(msgspec.Struct, frozen=True):
    ref: str
    sha: str
    repo: _Repository | None = None


class _Pull(msgspec.Struct, frozen=True):
    number: int
    html_url: str
    state: str
    title: str
    head: _Side
    base: _Side
    user: Author | None = None
    body: str | None = None
    draft: bool = False
    merged_at: str | None = None
    mergeable: bool | None = None
    mergeable_state: str = ""
    changed_files: int = 0


class _File(msgspec.Struct, frozen=True):
    filename: str
    status: str
    previous_filename: str | None = None


@dataclass(frozen=True)
class Pull:
    """A pull request. head: SHA; branch: its name in head_repository, which may be a fork, or empty if it is gone.

    mergeable: None as long as GitHub has not found out; state: `open`, `closed` or `merged`.
    """

    number: int
    url: str
    state: str
    title: str
    body: str
    draft: bool
    head: str
    branch: str
    head_repository: str
    base: str
    author_id: int | None
    mergeable: bool | None
    mergeable_state: str


@dataclass(frozen=True)
class File:
    """A file that a pull request touches. status: as GitHub has it; before: its path until a renaming, else empty."""

    path: str
    status: str
    before: str


@dataclass(frozen=True)
class Proposal:
    """What a pull request shall be. branch: of this repository; text: Markdown, escaped already."""

    branch: str
    base: str
    title: str
    text: str
    key: str
    draft: bool = False


def get(client: Client, number: int) -> Pull:
    """A pull request by its number. Raises InputError if there is none."""
    found = client.find(client.path("pulls", number), _Pull, _READ)
    if found is None:
        raise InputError(f"there is no pull request {number}", where=client.access.repository)
    return _pull(found)


def of_branch(client: Client, branch: str, *, state: str = "open", base: str = "") -> tuple[Pull, ...]:
    """The pull requests of a branch of this repository, newest first. state: open, closed or all."""
    query = {"head": f"{client.owner}:{branch}", "state": state, **({"base": base} if base else {})}
    every = client.pages(client.path("pulls"), _Pull, _READ, **query)
    # A head that GitHub cannot read as OWNER:BRANCH is no filter at all. The name that we know may be spelt otherwise.
    return tuple(_pull(one) for one in every if one.head.ref == branch and one.head.repo == one.base.repo)


def of_head(client: Client, commit: str) -> tuple[Pull, ...]:
    """The open pull requests whose head is a commit, those from forks, too."""
    every = client.pages(client.path("pulls"), _Pull, _READ, state="open")
    return tuple(_pull(one) for one in every if one.head.sha == commit)


def upsert(client: Client, proposal: Proposal, rest: str = "") -> tuple[Pull, bool]:
    """The one open pull request of a branch into a base, now with this title and text, and whether it was opened now.

    GitHub itself refuses a second one. Raises InputError if a branch is not there, ToolError.
    """
    for last in (False, True):
        if there := of_branch(client, proposal.branch, base=proposal.base):
            updated = _update(client, there[0], proposal, rest)
            if updated.state == "open":
                return updated, False
            continue
        try:
            return _create(client, proposal, rest), True
        except GitHubError as error:
            if not error.says_already_there or last:
                raise _told(error, proposal) from error
    what = f"somebody closes the pull request of {proposal.branch} whenever it is open"
    raise ToolError(what, mend="find out who, then run it again")


def files(client: Client, number: int) -> tuple[File, ...]:
    """The files that a pull request touches. Raises ToolError if they are more than GitHub tells."""
    pull = client.get(client.path("pulls", number), _Pull, _READ)
    if pull.changed_files > _MOST_FILES:
        what = f"the pull request touches {pull.changed_files:,} files, GitHub tells {_MOST_FILES:,}"
        raise ToolError(what, where=pull.html_url, mend="compare the commits with git")
    every = client.pages(client.path("pulls", number, "files"), _File, _READ)
    return tuple(File(one.filename, one.status, one.previous_filename or "") for one in every)


def mergeability(client: Client, number: int) -> Pull:
    """The pull request once GitHub has found out whether it can be merged: it does so after it was asked.

    `mergeable` is still None if that takes longer than half a minute, or if the pull request is closed.
    """
    pull = get(client, number)
    for pause in _PAUSES:
        if pull.mergeable is not None or pull.state != "open":
            break
        client.clock.sleep(pause)
        pull = get(client, number)
    return pull


def add_labels(client: Client, number: int, names: Sequence[str]) -> None:
    """Give a pull request or an issue labels beside those that it has. Raises GitHubError."""
    path = client.path("issues", number, "labels")
    # Adding what is there changes nothing: after a fault it is simply done again.
    client.put("POST", path, {"labels": list(names)}, list[msgspec.Raw], _WRITE)


def _create(client: Client, proposal: Proposal, rest: str) -> Pull:
    body = {
        "title": heading(proposal.title),
        "head": proposal.branch,
        "base": proposal.base,
        "body": body_with(proposal.key, proposal.text, rest),
        "draft": proposal.draft,
    }

    def happened() -> _Pull | None:
        there = of_branch(client, proposal.branch, base=proposal.base)
        return client.get(client.path("pulls", there[0].number), _Pull, _READ) if there else None

    return _pull(client.once(client.path("pulls"), body, _Pull, _WRITE, happened))


def _update(client: Client, pull: Pull, proposal: Proposal, rest: str) -> Pull:
    title, body = heading(proposal.title), body_with(proposal.key, proposal.text, rest)
    if (pull.title, pull.body) == (title, body):
        return pull
    path = client.path("pulls", pull.number)
    return _pull(client.put("PATCH", path, {"title": title, "body": body}, _Pull, _WRITE))


def _told(error: GitHubError, proposal: Proposal) -> Exception:
    """The refusal in words of git, where it is about the branches."""
    if error.status != 422:
        return error
    if "head invalid" in error.what:
        mend = f"push it first: `git push origin {proposal.branch}`"
        return InputError(f"the branch {proposal.branch} is not at GitHub", mend=mend)
    if "base invalid" in error.what:
        return InputError(f"the branch {proposal.base} is not at GitHub", mend="name another base")
    return error


def _pull(found: _Pull) -> Pull:
    return Pull(
        number=found.number,
        url=found.html_url,
        state="merged" if found.merged_at else found.state,
        title=found.title,
        body=found.body or "",
        draft=found.draft,
        head=found.head.sha,
        branch=found.head.ref,
        head_repository=found.head.repo.full_name if found.head.repo else "",
        base=found.base.ref,
        author_id=found.user.id if found.user else None,
        mergeable=found.mergeable,
        mergeable_state=found.mergeable_state,
    )
