"""One process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitmlops.errors import ToolError


@contextmanager
def exclusive(path: Path, *, doing: str) -> Iterator[None]:
    """Hold a lock on a file until the block ends or the process dies, however it dies.

    Raises ToolError if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ToolError(f"another process is {doing}", where=str(path), mend="wait until it is done") from error
        yield
