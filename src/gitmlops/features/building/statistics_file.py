"""Where the statistics of a built view are kept in git, and reading them without any data."""

from gitmlops.definitions import Tree
from gitmlops.records.canonical import decode
from gitmlops.records.feature_statistics import ViewStatistics

FOLDER = "features/statistics"


def path(id_: str) -> str:
    """Where the statistics of `view@vN` are."""
    return f"{FOLDER}/{id_}.json"


def read(tree: Tree, id_: str) -> ViewStatistics | None:
    """What was counted when the view was last built; None if it was not. Raises InputError if the file is broken."""
    if path(id_) not in tree.paths():
        return None
    return decode(tree.read(path(id_)), ViewStatistics, path=path(id_))
