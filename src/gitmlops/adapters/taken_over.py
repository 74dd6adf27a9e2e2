"""Files of other repositories below `imports/`: what gitmlops.lock says of them, and which must not come along."""

import hashlib
import re

from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.records import import_lock
from gitmlops.records.import_lock import ImportLock
from gitmlops.report import Finding, Location, Severity

# DVC reads stages and pointers wherever they are in a repository, pytest runs tests.
RUN_BY_DVC = re.compile(r"(.*/)?(dvc\.(yaml|lock)|[^/]*\.dvc)")
RUN_BY_PYTEST = re.compile(r"(.*/)?(conftest|test_[^/]*|[^/]*_test)\.py")


def locked(tree: Tree) -> ImportLock:
    """What gitmlops.lock says; nothing if there is none. Raises InputError if it cannot be read."""
    return import_lock.read(tree.read(import_lock.PATH)) if import_lock.PATH in tree.paths() else ImportLock()


def is_as_locked(tree: Tree, path: str, digest: str) -> bool:
    """Whether a file that is there has the hex SHA-256 that the lock says; a link has none."""
    try:
        return hashlib.sha256(tree.read(path)).hexdigest() == digest
    except InputError:
        return False


def wrong(message: str, place: Location, mend: str) -> Finding:
    """Something that does not hold between the lock and the files."""
    return Finding("imports", Severity.ERROR, message, place, mend)
