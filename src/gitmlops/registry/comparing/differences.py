"""Two versions side by side, for people: a table for each thing that differs."""

from collections.abc import Mapping, Sequence

from gitmlops.adapters.git.log import Commit
from gitmlops.registry.comparing import profiles
from gitmlops.registry.comparing.sides import Side
from gitmlops.registry.reporting import reports
from gitmlops.registry.reproduction import surroundings
from gitmlops.registry.tags.history import Artifact
from gitmlops.registry.tags.moments import shown
from gitmlops.report import Cell, Table

_MOST_COMMITS, _MOST_VALUES = 50, 40


def facts(
    artifact: Artifact, before: Side, after: Side, doubts: Mapping[str, str] = reports.NO_DOUBTS
) -> tuple[tuple[str, Cell], ...]:
    """What binds the comparison to its versions. doubts: tag -> why it is not believed."""
    return tuple(
        (f"{which}: {name}", value)
        for which, side in (("before", before), ("after", after))
        for name, value in (
            ("version", side.version.version),
            *reports.doubted(side.version, doubts),
            ("commit", side.version.commit),
            ("registered", shown(side.version.time)),
            ("by", side.version.author),
            ("gate", reports.gate(side.version)),
            ("stages", _stages(artifact, side)),
        )
        if value
    )


def verdicts(before: Side, after: Side) -> Table:
    """What the gate found of each, by what their tags say; checks whose line is the same are left out."""
    old, new = (_gate(side) for side in (before, after))
    return _table("Gate", "check", before, after, old, new)


def shortened(table: Table) -> Table:
    """A table of values by file and key: those of the fewest parts first, such as a metric before those of groups."""
    ordered = sorted(table.rows, key=lambda row: str(row[1]).count("."))
    left = len(ordered) - _MOST_VALUES
    more = ("", f"and {left} more", *[None] * (len(table.columns) - 2))
    return Table(table.title, table.columns, (*ordered[:_MOST_VALUES], *([more] if left > 0 else [])))


def data(before: Side, after: Side) -> Table:
    """Tables under DVC that lead to the model, by digest."""
    return _table("Data", "path", before, after, _short(before.data), _short(after.data))


def profile(before: Side, after: Side) -> Table:
    """The reference data as the baselines describe them."""
    found = profiles.rows(before.baseline, after.baseline) if before.baseline and after.baseline else ()
    return Table("Reference data", ("what", before.version.version, after.version.version, "moved"), found)


def policies(before: Side, after: Side) -> Table:
    """Policies whose file is another one."""
    old, new = (
        {id_: f"{version} ({blob[:12]})" for id_, (version, blob) in side.policies.items()} for side in (before, after)
    )
    return _table("Policies", "policy", before, after, old, new)


def environment(before: Side, after: Side) -> Table:
    """With what each was made, as their manifests say."""
    title, columns = "Environment", ("package", before.version.version, after.version.version)
    if before.manifest is None or after.manifest is None:
        return Table(title, columns, ())
    old, new = (surroundings.of_manifest(side) for side in (before.manifest, after.manifest))
    found = surroundings.differences(old, new)
    return Table(title, columns, tuple((one.name, one.before, one.after) for one in found))


def code(before: Side, after: Side) -> Table:
    """Files in git that the stages that lead to the model read: components, scripts, definitions, lock files."""
    return _table("Code and definitions", "path", before, after, _short(before.code), _short(after.code))


def commits(before: Side, after: Side, came: Sequence[Commit], gone: Sequence[Commit]) -> Table:
    """What lies between them: commits of one that the other does not have, the latest first."""
    rows = [
        (side.version.version, one.day, one.author, one.subject, one.sha[:12])
        for side, every in ((after, came), (before, gone))
        for one in every
    ]
    left = len(rows) - _MOST_COMMITS
    more = [("", "", "", f"and {left} more: `git log {before.version.tag}...{after.version.tag}`", "")]
    return Table("Commits", ("only in", "day", "author", "what", "commit"), (*rows[:_MOST_COMMITS], *more[: left > 0]))


def _table(
    title: str,
    name: str,
    before: Side,
    after: Side,
    old: Mapping[str, str],
    new: Mapping[str, str],
) -> Table:
    """A row for each key whose value differs."""
    keys = (key for key in sorted({*old, *new}) if old.get(key) != new.get(key))
    rows = tuple((key, old.get(key), new.get(key), _change(key, old, new)) for key in keys)
    return Table(title, (name, before.version.version, after.version.version, "change"), rows)


def _change(key: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    return "new" if key not in old else "gone" if key not in new else "changed"


def _gate(side: Side) -> Mapping[str, str]:
    pairs = (line.partition("=") for line in side.version.trailers.all("Gate"))
    return {check: found for check, _, found in pairs}


def _short(digests: Mapping[str, str]) -> Mapping[str, str]:
    return {path: digest.removesuffix(".dir")[:12] for path, digest in digests.items()}


def _stages(artifact: Artifact, side: Side) -> str:
    return ", ".join(stage for stage in artifact.stages if artifact.in_stage(stage) == side.version)
