"""What another repository offers, read from the commit that its HEAD names."""

from collections.abc import Iterator

from gitmlops.adapters.git import elsewhere
from gitmlops.adapters.git.elsewhere import Elsewhere, Entry, Resolved
from gitmlops.definitions import KINDS, PROJECT_FILE, Files, kind_of, load
from gitmlops.features.discovery import cataloguing
from gitmlops.features.discovery.registries import Copy

_FOLDERS = tuple(
    KINDS[kind][0].rpartition("/")[0]
    for kind in ("entity", "source", "feature_view", "on_demand", "feature_set", "model")
)


def read(url: str, now: int) -> Copy:
    """What can be found there; a file that is wrong is left out. now: epoch seconds.

    Raises ToolError if it cannot be reached, InputError if it has links or files that are too large.
    """
    with elsewhere.fetched(url, Resolved("", "HEAD")) as there:
        tree = Files({PROJECT_FILE: b"project: theirs\n", **there.read(_definition_files(there))})
        definitions = load(tree)
        unread = {finding.location.path for finding in definitions.findings if finding.location}
        return Copy(url, there.commit, now, len(unread), cataloguing.entries(definitions, tree))


def _definition_files(there: Elsewhere) -> Iterator[Entry]:
    for folder in _FOLDERS:
        yield from (entry for entry in there.listed(folder) if kind_of(entry.path))
