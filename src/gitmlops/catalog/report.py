"""What a build tells: how much it wrote, and what is wrong with what it read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gitmlops.catalog.building import Built
from gitmlops.catalog.holding import Holding
from gitmlops.report import Finding, Report, Severity


def report(holdings: Sequence[Holding], built: Built, folder: Path, *, severity: Severity) -> Report:
    """Pages by what became of them. severity: how much it matters that something could not be read."""
    return Report(
        "Catalogue",
        findings=tuple(_findings(holdings, severity)),
        facts=(
            ("folder", str(folder)),
            ("repositories", len(holdings)),
            ("written", len(built.new)),
            ("as they were", len(built.kept)),
            ("removed", len(built.gone)),
        ),
        next_action=f"Open {folder / 'index.html'}, or look at it with `gitmlops catalog serve`.",
        outcomes=("whole", "with gaps"),
    )


def _findings(holdings: Sequence[Holding], severity: Severity) -> Iterator[Finding]:
    for one in holdings:
        yield from (Finding("catalog", severity, f"{one.title}: {problem}") for problem in one.problems)
