"""Clones that may lack tags which others see: what they tell is told as such, what they cannot tell with the mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitmlops.cli.show import say
from gitmlops.cli.workspace import REMOTE
from gitmlops.errors import InputError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.history import History

_SHALLOW = "this clone is shallow, so tags may be missing"
_UNSHALLOW = "run `git fetch --unshallow --tags`, or check out with `fetch-depth: 0`"


@contextmanager
def minded(repo: "Repository") -> Iterator[None]:
    """What reads tags. What it does not find is told with what a clone may lack; what it finds, too, if it is shallow.

    Raises InputError.
    """
    try:
        yield
    except InputError as error:
        raise InputError(error.what, where=error.where, mend=_reason(repo) or error.mend) from error
    if repo.is_shallow():
        say(f"{_SHALLOW}: {_UNSHALLOW}")


def require_some(repo: "Repository", told: "History") -> None:
    """Raises InputError if no model has a tag in a clone that may lack them."""
    if not told.artifacts and (reason := _reason(repo)):
        raise InputError("no model has a tag here", mend=reason)


def _reason(repo: "Repository") -> str:
    if repo.is_shallow():
        return f"{_SHALLOW}: {_UNSHALLOW}"
    if repo.takes_no_tags(REMOTE):
        return f"this clone was told to take no tags: run `git fetch --tags {REMOTE}`"
    return ""
