"""What changed and whom it touches, as reports."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gitmlops.features.versions.changes import Change, Changed
from gitmlops.features.versions.impact import Release, Use, touched
from gitmlops.report import Cell, Finding, Report, Severity, Table


def diff(changed: Sequence[Changed], *, base: str, head: str, findings: Sequence[Finding]) -> Report:
    """Every feature that differs, with its class and what differs in it; findings judge it."""
    rows = tuple((one.pin, one.change.value, "; ".join(one.details), one.described.placed.path) for one in changed)
    return Report(
        f"Features from {base} to {head}",
        findings=tuple(findings),
        summary=(_counted(changed),),
        tables=(Table("", ("feature", "class", "what changed", "defined in"), rows),),
        next_action=_next(findings),
    )


def impact(classes: Mapping[str, str], users: Sequence[Use], silent: Sequence[Release], *, title: str) -> Report:
    """Every feature with each set, model and release that pins it; classes: feature -> class of its change, if any."""
    found = [(pin, use) for pin in classes for use in touched(pin, users)]
    rows = tuple((pin, classes[pin], *cells(use)) for pin, use in found)
    columns = ("feature", "class", "set", "model", "release", "stage", "owner")
    return Report(
        title,
        findings=tuple(_silent(release) for release in silent),
        summary=(_reached([use for _, use in found], len(classes)),),
        tables=(Table("", columns, rows),),
    )


def cells(use: Use) -> tuple[Cell, ...]:
    """Set, model, release, stage and owner."""
    stages = ", ".join(use.release.stages) if use.release else ""
    return (use.feature_set, use.model, use.release.tag if use.release else "", stages, use.owner)


def _counted(changed: Iterable[Changed]) -> str:
    numbers = Counter(one.change for one in changed)
    words = ", ".join(f"{numbers[change]} {change.value}" for change in Change if numbers[change])
    return words or "No feature differs."


def _reached(users: Sequence[Use], features: int) -> str:
    models = {use.model for use in users if use.model}
    live = {use.release.tag for use in users if use.release and use.live}
    owners = sorted({use.owner for use in users})
    reached = f"{_number(features, 'feature')}, {_number(len(models), 'model')}, {_number(len(live), 'live release')}"
    return f"{reached}; owners: {', '.join(owners) or 'none'}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"


def _silent(release: Release) -> Finding:
    message = f"{release.tag}: its commit does not define the model {release.model!r}, so that its features are unknown"
    return Finding("features", Severity.NOTE, message)


def _next(findings: Iterable[Finding]) -> str:
    refused = [finding for finding in findings if finding.severity is Severity.ERROR]
    owners = sorted({str(value) for finding in refused for name, value in finding.details if name == "owners"})
    return f"Give the change a version of its own; it concerns {', '.join(owners)}." if refused else ""
