"""Whether anything that locks are made from has changed since they were found right: then nothing is parsed again.

1,000 views with SQL take a second to read, parse and hash, and a commit hook asks each time.
"""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gitmlops.adapters.files import write_atomic
from gitmlops.definitions import Tree
from gitmlops.errors import InputError

_READ = (".yaml", ".yml", ".py", ".lock")


def digest(tree: Tree) -> str:
    """SHA-256 of every definition, lock and Python file, and of the releases that read them; empty if one is a link.

    A transform may import any Python file of the repository.
    """
    found = hashlib.sha256(repr([_version(name) for name in ("gitmlops", "sqlglot")]).encode())
    try:
        for path in tree.paths():
            if path.endswith(_READ):
                content = tree.read(path)
                found.update(f"{len(path.encode())} {len(content)} {path}".encode())
                found.update(content)
    except InputError:
        return ""
    return found.hexdigest()


def holds(file: Path, digest: str) -> bool:
    """Whether the file says of exactly this that its locks are right."""
    try:
        return bool(digest) and file.read_text("ascii", errors="replace").strip() == digest
    except OSError:
        return False


def keep(file: Path, digest: str) -> None:
    """Say of this that its locks are right. Raises ToolError if the disk does not take it."""
    if digest:
        write_atomic(file, f"{digest}\n".encode())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
