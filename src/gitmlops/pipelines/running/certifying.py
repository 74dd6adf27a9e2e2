"""When a run may say that nothing is left to do: DVC found so after we had looked at all that it goes by."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import gitmlops
from gitmlops.adapters import stamps
from gitmlops.adapters.dvc.internal.watched import Watched, watched
from gitmlops.adapters.dvc.internal.workspace import Workspace
from gitmlops.adapters.stamps import Stamp


@dataclass(frozen=True)
class Look:
    """All that decides what is up to date, as it was at one moment."""

    watched: Watched
    ours: frozenset[str]
    stamps: dict[str, Stamp]

    @property
    def given(self) -> dict[str, Stamp]:
        """The stamps of what is there and no run writes."""
        return {path: seen for path in self.watched.given | self.ours if (seen := self.stamps[path])}


def look(workspace: Workspace, definitions: Iterable[str]) -> Look | None:
    """What is seen now, and what the stages were made from; None for stages that only DVC can judge."""
    found = watched(workspace)
    if found is None:
        return None
    here = Path(gitmlops.__file__).parent
    ours = frozenset({*definitions, *map(str, here.glob("components/*/component.yaml")), gitmlops.__file__})
    now = time.time_ns()
    return Look(found, ours, stamps.stamp(sorted(found.given | found.made | ours), now_ns=now))


@dataclass(frozen=True)
class Proof:
    """What a certificate may say."""

    files: dict[str, Stamp]
    given: dict[str, Stamp]


def proof(workspace: Workspace, before: Look | None, *, all_clean: bool) -> Proof | None:
    """What the certificate may say; None if there is nothing that it could be sure of.

    before: what was seen before DVC was asked. all_clean: whether it then found all up to date, so that nothing was
    written; after a run it is asked again, by a look at what the run left. What the run did not write has to be as it
    was before; a folder that changed between listing it and its stamp shows when it is listed again.
    """
    if before is None:
        return None
    after = before if all_clean else look(workspace, before.ours)
    if after is None or after.given.keys() != before.given.keys() or not stamps.hold(before.given):
        return None
    if (all_clean or workspace.is_clean()) and watched(workspace) == after.watched:
        return Proof(after.stamps, after.stamps if all_clean else after.given)
    return None
