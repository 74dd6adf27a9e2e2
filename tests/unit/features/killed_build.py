"""A program: builds a view in children that kill themselves at the first, second, ... step that changes a file.

Arguments: the store's root. Prints a line a child: how it ended.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.definitions import load_valid
from gitmlops.features.building import build as building

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}


def main(root: Path) -> None:
    definitions = load_valid(WorkTree(Repository(root)))
    view = next(iter(definitions.by_kind["feature_view"].values()))
    before, folder = root / "before", root / "data/features"
    for step in range(1, 100):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(before, folder)
        child = os.fork()
        if child == 0:
            sys.addaudithook(Killer(step))
            building.build(root, definitions, view, "new", "duckdb")
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        shutil.copytree(folder, root / f"after/{step}")
        print(ended)
        if ended != -signal.SIGKILL:
            return


class Killer:
    def __init__(self, steps: int) -> None:
        self.left = steps

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
