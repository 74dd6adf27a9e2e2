"""What the registry's verbs have done, for people. Apart from `reports`: whoever only reads loads no verb."""

from collections.abc import Mapping, Sequence

from gitmlops.registry import preflight
from gitmlops.registry.changing.transitions import Plan
from gitmlops.registry.files.contents import sha256
from gitmlops.registry.preflight import Look
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags.history import Version
from gitmlops.registry.tags.moments import shown
from gitmlops.report import Cell, Report, Table


def written(plan: Plan, *, remote: str | None, dry_run: bool, then: str, looks: Sequence[Look] = ()) -> Report:
    """What a verb has written, or would write. looks: what was looked at before."""
    where = f"at {remote} and here" if remote else "here only"
    summary = "Nothing was written." if dry_run or not plan.tags else f"Tags written {where}."
    rows = tuple((tag.name, tag.commit, shown(tag.time)) for tag in plan.tags)
    told = (Table("Tags", ("tag", "commit", "time"), rows), preflight.table(looks))
    tables = tuple(table for table in told if table.rows)
    return Report(plan.headline, summary=(summary,), tables=tables, next_action="" if dry_run else then)


def delivered(chosen: Version, files: Mapping[str, bytes], folder: str) -> Report:
    """Which files were written, and whether the tag vouches for them."""
    rows = tuple((path.rpartition("/")[2], len(content), sha256(content)) for path, content in files.items())
    facts = (("version", f"{chosen.name} {chosen.version}"), ("commit", chosen.commit), ("gate", reports.gate(chosen)))
    vouched = bool(chosen.trailers.one("Model"))
    summary = f"Compared with {chosen.tag}." if vouched else f"{chosen.tag} pins no digest, so nothing was compared."
    table = Table("Files", ("file", "bytes", "sha256"), rows)
    return Report(
        f"Files of {chosen.name} {chosen.version} in {folder}", summary=(summary,), facts=facts, tables=(table,)
    )


def predicted(chosen: Version, *, rows: int, output: str) -> Report:
    """What was scored with which version."""
    facts: tuple[tuple[str, Cell], ...] = (
        ("version", f"{chosen.name} {chosen.version}"),
        ("commit", chosen.commit),
        ("predictions", rows),
        ("log", output),
    )
    return Report(f"Predictions of {chosen.name} {chosen.version}", facts=facts)
