"""What git ignores, and by which file: a rule that is on this machine alone ignores nothing in the next clone."""

import os
from collections.abc import Iterable, Mapping

from gitmlops.adapters.git.repository import ENVIRONMENT
from gitmlops.adapters.git.trees import StagedTree
from gitmlops.adapters.system import process


def patterns(tree: StagedTree, paths: Iterable[str]) -> Mapping[str, str]:
    """Path -> the file whose pattern ignores it, from the root; empty for a rule of this machine. Others are left out.

    As it would be if nothing of it were in git. Raises ToolError.
    """
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if not asked:
        return {}
    command = ("git", "-c", "core.fsmonitor=false", "check-ignore", "--no-index", "--verbose", "--non-matching", "-z")
    answer = process.run_bytes(
        *command, "--stdin", cwd=tree.repository.root, environment=ENVIRONMENT, stdin=asked, fine=(0, 1)
    ).split(b"\0")[:-1]
    fields = iter(os.fsdecode(field) for field in answer)
    found = zip(fields, fields, fields, fields, strict=True)
    return {path: _inside(source) for source, _, pattern, path in found if pattern and not pattern.startswith("!")}


def _inside(source: str) -> str:
    """The file of patterns, if it is one that a commit can have."""
    return source if not source.startswith("/") and source.rpartition("/")[2] == ".gitignore" else ""
