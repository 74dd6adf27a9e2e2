"""Who approved what, as the tags claim, with the address where it can be looked up."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops.catalog.addresses import outward
from gitmlops.catalog.page import Grid, Link, Prose, Shown
from gitmlops.registry.approvals import lines
from gitmlops.registry.approvals.lines import Line
from gitmlops.registry.tags.history import Artifact, Event
from gitmlops.registry.tags.moments import shown

_TITLE = "Approvals, as the tags claim"
_COLUMNS = ("since", "of", "role", "who", "where")

NOBODY = Prose(_TITLE, ("No tag names anybody who approved it.",))


def of_model(artifact: Artifact, *, newest: int) -> Iterator[Grid | Prose]:
    """The newest approvals of versions and promotions, the latest first; or that no tag claims one."""
    names = {one.commit: one.version for one in artifact.versions}
    rows = _rows(artifact.events, names)
    left = len(rows) - newest
    note = f"{left} older ones are on the pages of their versions." if left > 0 else ""
    yield Grid(_TITLE, _COLUMNS, rows[:newest], note=note) if rows else NOBODY


def of_version(artifact: Artifact, version: str, commit: str) -> Iterator[Grid]:
    """The approvals of one version and of its promotions; nothing where no tag claims one."""
    mine = [one for one in artifact.events if one.tag.commit == commit and one.name.version in ("", version)]
    if rows := _rows(mine, {commit: version}):
        yield Grid(_TITLE, _COLUMNS, rows)


def _rows(events: Sequence[Event], names: Mapping[str, str]) -> tuple[tuple[Shown, ...], ...]:
    """Each approval once, with all that tags claim it for, the latest first. names: commit -> the version on it."""
    found: dict[tuple[str, Line], list[Event]] = {}
    for event in events:
        version = event.name.version or names.get(event.tag.commit, event.tag.commit[:12])
        for claim in lines.read(event.trailers.all(lines.KEY)):
            if claim:
                found.setdefault((version, claim), []).append(event)
    rows = [
        (shown(every[0].tag.time), _of(version, every), claim.role, claim.who, _where(claim.where))
        for (version, claim), every in found.items()
    ]
    return tuple(reversed(rows))


def _of(version: str, events: Sequence[Event]) -> str:
    """`v1.0.0` registered, `v1.0.0 in staging, prod` promoted, or both."""
    stages = ", ".join(dict.fromkeys(event.name.stage for event in events if event.name.stage))
    return f"{version}{' and it' * (stages != '' and not events[0].name.stage)}{f' in {stages}' if stages else ''}"


def _where(place: str) -> Shown:
    return Link("review", outward(place)) if outward(place) else place
