"""Who approved what, as the tags claim, with the address where it can be looked up."""

from collections.abc import Iterator

from gitmlops.catalog.addresses import outward
from gitmlops.catalog.page import Grid, Link, Shown
from gitmlops.registry.approvals import lines
from gitmlops.registry.history import Artifact, Event
from gitmlops.registry.moments import shown

_COLUMNS = ("time", "of", "role", "who", "where")


def of_model(artifact: Artifact) -> Iterator[Grid]:
    """Every approval of a version or of a promotion, the latest first; nothing where no tag claims one."""
    rows = tuple(row for event in reversed(artifact.events) for row in _rows(event))
    if rows:
        yield Grid("Approvals, as the tags claim", _COLUMNS, rows)


def of_version(artifact: Artifact, version: str, commit: str) -> Iterator[Grid]:
    """The approvals of one version and of its promotions."""
    mine = [one for one in artifact.events if one.tag.commit == commit and one.name.version in ("", version)]
    rows = tuple(row for event in mine for row in _rows(event))
    if rows:
        yield Grid("Approvals, as the tags claim", _COLUMNS, rows)


def _rows(event: Event) -> Iterator[tuple[Shown, ...]]:
    of = f"{event.name.version or event.tag.commit[:12]}{f' into {event.name.stage}' if event.name.stage else ''}"
    for claim in lines.read(event.trailers.all(lines.KEY)):
        if claim:
            yield shown(event.tag.time), of, claim.role, claim.who, _where(claim.where)


def _where(place: str) -> Shown:
    return Link("review", outward(place)) if outward(place) else place
