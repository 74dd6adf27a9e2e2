"""What a process that was killed would leave behind: one that outlives it takes it away.

python -P -m gitmlops.adapters.system.sweeping FOLDER REPOSITORY
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitmlops.adapters.system import process

MARK = "GITMLOPS_SECOND_TREE"
"""The environment variable that holds the folder; whatever is started in the block inherits it."""
_DONE = b"done"


@contextmanager
def swept(folder: Path, root: Path) -> Iterator[None]:
    """In the block, the death of this process, however it comes, ends all that it started, and the folder.

    root: the repository that has work trees in the folder, which it then forgets. Raises ToolError.
    """
    guard = process.start(sys.executable, "-P", "-m", "gitmlops.adapters.system.sweeping", str(folder), str(root))
    before = os.environ.get(MARK)
    os.environ[MARK] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[MARK]
        else:
            os.environ[MARK] = before
        guard.communicate(_DONE)


def main(folder: Path, root: Path) -> None:
    """Wait for the process that started this one; take its things away unless it has said that it did so itself."""
    if sys.stdin.buffer.read() == _DONE:
        return
    from gitmlops.adapters.system import orphans  # noqa: PLC0415 - psutil is of the ML extra, and seldom needed

    orphans.kill(str(folder), mark=MARK)
    shutil.rmtree(folder, ignore_errors=True)
    process.run("git", "-c", "core.hooksPath=/dev/null", "worktree", "prune", "--expire=now", cwd=root)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
