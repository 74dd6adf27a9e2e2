"""git, asked about repositories of others: protocols and sizes are limited, nothing of theirs runs."""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitmlops.adapters.git.repository import ENVIRONMENT
from gitmlops.adapters.system import process
from gitmlops.errors import ToolError

_MAX_PACK = 1 << 29
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.version=2",
    "fetch.fsckObjects=true",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
)


def ask(folder: Path, url: str, *arguments: str) -> str:
    """Like `git`, for what talks to the other side. Raises ToolError without a word of credentials."""
    try:
        return git(folder, *arguments)
    except ToolError as error:
        # A rewritten address (`url.….insteadOf`) may hold a token.
        words = re.sub(r"://[^/@\s]+@", "://…@", error.what)
        mend = f"see that `git ls-remote {url}` works here"
        raise ToolError(f"not fetched: {words}", where=url, mend=mend) from None


def fetch(folder: Path, url: str, wanted: str, *options: str) -> None:
    """Fetch what a refspec names from the other side. Raises ToolError without a word of credentials."""
    # What a filter leaves out is kept in mind under the name of the remote, and git takes no path for one.
    ask(folder, url, "-c", f"remote.there.url={url}", "fetch", *options, "--", "there", wanted)


def git(folder: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Standard output of a git command in a git directory of ours that holds what is another's. Raises ToolError."""
    return git_bytes(folder, *arguments, stdin=stdin).decode("utf-8", "replace")


def git_bytes(folder: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    """Like `git`, as bytes."""
    # A hook that calls us has variables set that name its own repository.
    own = {
        "GIT_DIR": str(folder),
        "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
    }
    rules = {"GIT_ALLOW_PROTOCOL": "https:ssh:file", "GIT_LITERAL_PATHSPECS": "1", "GIT_LFS_SKIP_SMUDGE": "1"}
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    environment = {**ENVIRONMENT, **own, **rules}
    return process.run_bytes("git", *settings, *arguments, cwd=folder, environment=environment, stdin=stdin)


@contextmanager
def limited() -> Iterator[None]:
    """What is started in the block can write no file larger than half a gigabyte: a pack has no limit of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ceilings = [limit for limit in (soft, hard, _MAX_PACK) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(ceilings), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
