"""The project in whose root a component runs."""

from pathlib import Path

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.definitions import Definitions, load_valid


def project() -> Definitions:
    """The definitions in the current folder's work tree. Raises InputErrors if any is wrong."""
    return load_valid(WorkTree(Repository(Path.cwd())))
