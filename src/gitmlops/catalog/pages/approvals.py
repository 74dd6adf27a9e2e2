"""Who approved what, as the tags claim, with the address where it can be looked up."""

from collections.abc import Iterator, Mapping

from gitmlops.catalog.addresses import outward
from gitmlops.catalog.page import Grid, Link, Shown
from gitmlops.registry.approvals import lines
from gitmlops.registry.history import Artifact, Event
from gitmlops.registry.moments import shown

_COLUMNS = ("time", "of", "role", "who", "where")


def of_model(artifact: Artifact, *, newest: int) -> Iterator[Grid]:
    """The newest approvals of versions and promotions, the latest first; nothing where no tag claims one."""
    names = {one.commit: one.version for one in artifact.versions}
    rows = tuple(row for event in reversed(artifact.events) for row in _rows(event, names))
    left = len(rows) - newest
    note = f"{left} older ones are on the pages of their versions." if left > 0 else ""
    if rows:
        yield Grid("Approvals, as the tags claim", _COLUMNS, rows[:newest], note=note)


def of_version(artifact: Artifact, version: str, commit: str) -> Iterator[Grid]:
    """The approvals of one version and of its promotions."""
    mine = [one for one in artifact.events if one.tag.commit == commit and one.name.version in ("", version)]
    rows = tuple(row for event in mine for row in _rows(event, {commit: version}))
    if rows:
        yield Grid("Approvals, as the tags claim", _COLUMNS, rows)


def _rows(event: Event, names: Mapping[str, str]) -> Iterator[tuple[Shown, ...]]:
    """names: commit -> the version that it is."""
    version = event.name.version or names.get(event.tag.commit, event.tag.commit[:12])
    of = f"{version}{f' into {event.name.stage}' if event.name.stage else ''}"
    for claim in lines.read(event.trailers.all(lines.KEY)):
        if claim:
            yield shown(event.tag.time), of, claim.role, claim.who, _where(claim.where)


def _where(place: str) -> Shown:
    return Link("review", outward(place)) if outward(place) else place
