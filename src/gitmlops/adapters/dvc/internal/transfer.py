"""Content of outputs to and from the remotes; a program of its own, as every kind of remote fails in its own way.

`python -m gitmlops.adapters.dvc.internal.transfer push|fetch`, in a repository; standard input: a JSON list of Content.
`dvc push` with stages for targets reads dvc.yaml anew for each of them: 200 take minutes.
"""

import json
import logging
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple

from dvc.logger import set_loggers_level
from dvc.repo import Repo
from dvc_data.hashfile.db import HashFileDB
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree

from gitmlops.adapters.system import process
from gitmlops.errors import ToolError

Verb = Literal["push", "fetch"]


class Content(NamedTuple):
    """A file, or a folder with all that is in it, by digest. remote: its own one, or empty; kind: DVC's, of digest."""

    remote: str
    kind: str
    digest: str


def transfer(root: Path, verb: Verb, contents: Iterable[Content]) -> None:
    """Bring content to the remotes or into the cache; what is nowhere is passed over. Raises ToolError."""
    wanted = sorted(set(contents))
    if not wanted:
        return
    command = (sys.executable, "-P", "-m", __name__, verb)
    try:
        process.run(*command, cwd=root, environment={"DVC_NO_ANALYTICS": "1"}, stdin=json.dumps(wanted).encode())
    except ToolError as error:
        mend = "see that the remote can be reached with this machine's credentials, and run again"
        raise ToolError(error.what, where=f"dvc {verb}", mend=mend) from error


def _main(verb: str) -> None:
    """Do it in the repository of the current folder."""
    wanted = sorted(Content(*each) for each in json.load(sys.stdin))
    with set_loggers_level(logging.CRITICAL), Repo() as repo:
        caches = {"md5": repo.cache.local, "md5-dos2unix": repo.cache.legacy}
        move = _pushed if verb == "push" else _fetched
        groups = groupby(wanted, lambda one: (one.remote, one.kind))
        failed = sum(
            move(repo, caches[kind], {HashInfo(kind, one.digest) for one in group}, remote or None)
            for (remote, kind), group in groups
        )
    if failed:
        sys.exit(f"{failed} files did not go through")


def _pushed(repo: Repo, cache: HashFileDB, digests: set[HashInfo], remote: str | None) -> int:
    """How many failed."""
    return len(repo.cloud.push(digests | _inside(digests, cache), remote=remote).failed)


def _fetched(repo: Repo, cache: HashFileDB, digests: set[HashInfo], remote: str | None) -> int:
    """How many failed. What is in a folder is known once the folder's list is here."""
    lists = {digest for digest in digests if digest.isdir}
    failed = len(repo.cloud.pull(lists, remote=remote).failed)
    return failed + len(repo.cloud.pull(digests - lists | _inside(lists, cache), remote=remote).failed)


def _inside(digests: Iterable[HashInfo], cache: HashFileDB) -> set[HashInfo]:
    folders = (digest for digest in digests if digest.isdir and cache.exists(str(digest.value)))
    return {inside for folder in folders for _, _, inside in Tree.load(cache, folder)}


def _said(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """What is wrong in one line: the stack of a remote's library tells a user nothing."""
    sys.stderr.write(f"{kind.__name__}: {error}\n")


if __name__ == "__main__":
    sys.excepthook = _said
    _main(sys.argv[1])
