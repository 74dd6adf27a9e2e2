"""Commits between two others."""

from dataclasses import dataclass

from gitmlops.adapters.git.repository import Repository

_FIELDS = ("%H", "%cs", "%aN", "%s")


@dataclass(frozen=True)
class Commit:
    """A commit. day: when it was made, as YYYY-MM-DD."""

    sha: str
    day: str
    author: str
    subject: str


def only_in(repository: Repository, commit: str, other: str) -> tuple[Commit, ...]:
    """The commits in the history of one commit that are not in the other's, the latest first. Raises ToolError."""
    format_ = "%x00".join(_FIELDS) + "%x00"
    listed = repository.git("log", "--no-show-signature", f"--format=tformat:{format_}", commit, f"^{other}")
    fields = listed.split("\0")
    starts = range(0, len(fields) - len(_FIELDS) + 1, len(_FIELDS))
    return tuple(Commit(fields[at].removeprefix("\n"), *fields[at + 1 : at + len(_FIELDS)]) for at in starts)
