"""What a remote has under a name, and one sentence for a remote that does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError


def at_remote(repository: Repository, ref: str, remote: str) -> str:
    """SHA of a ref, by its full name, at a remote; empty if it has none. Raises ToolError if it does not answer."""
    with answering(remote):
        listed = repository.git("ls-remote", "--refs", remote, ref).splitlines()
    # Git takes the name for the end of one: a branch called `refs/heads/main` answers for `main`, too.
    return next((sha for sha, _, name in (line.partition("\t") for line in listed) if name == ref), "")


@contextmanager
def answering(remote: str) -> Iterator[None]:
    """What git says in here of a remote that cannot be reached, as a ToolError that says what to do."""
    try:
        yield
    except ToolError as error:
        mend = f"see that {remote} can be reached, and run the command again"
        raise ToolError(f"{remote} does not answer: {error.what}", where=error.where, mend=mend) from error
