"""What `feature build` did, as a report."""

from collections.abc import Sequence

from gitmlops.features.building.build import Built
from gitmlops.report import Report, Table


def report(built: Sequence[Built], *, dry_run: bool) -> Report:
    """A line a view: its partitions that were made, kept and removed."""
    rows = tuple(
        (
            one.view.spec.id,
            one.folder,
            one.rows,
            _span([month.name for month in one.plan.make]),
            len(one.plan.keep),
            len(one.plan.remove),
        )
        for one in built
    )
    columns = ("view", "folder", "rows", "would be made" if dry_run else "made", "kept", "removed")
    changed = any(one.plan.changes for one in built)
    after = "" if dry_run or not changed else "Commit the .dvc files and features/statistics/, and run `dvc push`."
    return Report("Built features", tables=(Table("", columns, rows),), next_action=after)


def _span(months: Sequence[str]) -> str:
    """`3: 2024-05 … 2024-07`; a dash for none."""
    if len(months) < 2:
        return f"1: {months[0]}" if months else "-"
    return f"{len(months)}: {months[0]} … {months[-1]}"
