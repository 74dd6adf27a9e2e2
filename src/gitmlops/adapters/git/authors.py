"""Whose commits a commit brings, by the addresses in them: a claim of whoever made the commits, not a proof."""

import re
from collections.abc import Sequence

from gitmlops.adapters.git.repository import Repository

_ADDRESS = re.compile(r"<([^<>\s]+)>")
# NUL cannot be in an address or a trailer, so nobody can write one that reads as two.
_FORMAT = "%ae%x00%ce%x00%(trailers:key=Co-authored-by,valueonly=true,separator=%x20)%x00"


def of_change(repository: Repository, commit: str) -> frozenset[str]:
    """Addresses, in lower case, of the authors, committers and co-authors of a commit and all that its merge brought.

    Of a commit with one parent only its own: nothing tells where a change began that was not merged.
    """
    parents = repository.git("rev-list", "--parents", "--max-count=1", commit).split()[1:]
    return _of(repository, *(["--no-walk", commit] if len(parents) < 2 else [commit, f"^{parents[0]}"]))


def of_span(repository: Repository, base: str, head: str) -> frozenset[str]:
    """Addresses, in lower case, of the authors, committers and co-authors of what a head has over a base."""
    return _of(repository, head, f"^{base}")


def of_paths(repository: Repository, commit: str, paths: Sequence[str]) -> frozenset[str]:
    """Addresses, in lower case, of those who have a part in any commit of the history that touched one of the paths."""
    return _of(repository, commit, "--", *(f":(literal){path}" for path in paths)) if paths else frozenset()


def _of(repository: Repository, *brought: str) -> frozenset[str]:
    fields = repository.git("log", "--no-show-signature", "--no-mailmap", f"--format={_FORMAT}", *brought).split("\0")
    addresses = [field.strip() for index, field in enumerate(fields) if index % 3 < 2]
    addresses += [found for index, field in enumerate(fields) if index % 3 == 2 for found in _ADDRESS.findall(field)]
    return frozenset(address.lower() for address in addresses if address)
