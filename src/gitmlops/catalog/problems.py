"""What is wrong with a repository, as its page says: the rest of it is shown all the same."""

from collections.abc import Iterable, Iterator, Sequence

from gitmlops.catalog.page import Page
from gitmlops.catalog.shelf import Shelf, told
from gitmlops.features.imports import folders as imports
from gitmlops.features.versions import locks
from gitmlops.features.wiring import check as features
from gitmlops.gate.rules import wiring as gate
from gitmlops.pipelines.contracts import presence
from gitmlops.registry import wiring as registry
from gitmlops.report import Severity
from gitmlops.specs.pipeline import Pipeline

_MOST_LOCKS = 3
"""Locks that are named one by one: a command writes all of them."""
_OF_FEATURES = ("feature view", "on-demand feature", "feature set")
"""Kinds of pages."""
_SHALLOW = (
    "this clone is shallow, so versions, approvals and receipts may be missing; run `git fetch --unshallow --tags`, "
    "or check out with `fetch-depth: 0`"
)


def find(shelf: Shelf) -> tuple[str, ...]:
    """Everything that a reader should know of before believing the pages, each once.

    A reference to a file that cannot be read is not a wrong reference: first things first.
    """
    definitions = shelf.definitions
    found = [shelf.place.stale] if shelf.place.stale else []
    found += [_SHALLOW] if shelf.repository.is_shallow() else []
    found += map(told, definitions.findings)
    if not definitions.findings:
        wired = (
            *imports.check(definitions, shelf.tree),
            *features.check(definitions, _is_elsewhere),
            *presence.check(definitions, shelf.tree),
            *registry.check(definitions),
            *gate.check(definitions),
        )
        found += [told(finding) for finding in wired if finding.severity is Severity.ERROR]
        found += [*shelf.wiring, *map(str, shelf.untold)]
        found += _locks(shelf)
    found += _monitoring(shelf)
    return tuple(dict.fromkeys(found))


def _is_elsewhere(path: str) -> bool:
    """Data are no part of a commit: of a path nobody can say here that it is missing."""
    return True


def of_pages(pages: Iterable[Page], known: Sequence[str]) -> tuple[str, ...]:
    """What pages of features could not tell, statistics that cannot be read among it; without what is known already."""
    told = ((page.title, problem) for page in pages if page.kind in _OF_FEATURES for problem in page.problems)
    return tuple(f"{title}: {problem}" for title, problem in told if problem not in known)


def _monitoring(shelf: Shelf) -> Iterator[str]:
    """Lines of the history of monitoring that are no records, and where somebody changed it."""
    for model in shelf.models:
        for history in shelf.histories(model):
            faults = (*history.unreadable, *((history.broken,) if history.broken else ()))
            yield from (f"{fault.where}: {fault.what}" for fault in faults)


def _locks(shelf: Shelf) -> Iterator[str]:
    """Locks of features that are missing or old, and a pipeline that was never run."""
    if not shelf.untold:
        wanted = locks.texts({pin: one.hash for pin, one in shelf.described.items()})
        stale = [one for one in locks.stale(locks.present(shelf.tree), wanted) if one.severity is Severity.ERROR]
        yield from map(told, stale[:_MOST_LOCKS])
        if len(stale) > _MOST_LOCKS:
            yield f"{locks.FOLDER}: {len(stale) - _MOST_LOCKS} more are missing or old; run `gitmlops feature lock`"
    if shelf.definitions.all(Pipeline) and "dvc.lock" not in shelf.tree.paths():
        yield "dvc.lock: there is none; run `gitmlops pipeline run` and commit it"
