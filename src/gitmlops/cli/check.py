import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.adapters.git.trees import Present
    from gitmlops.definitions import Definitions
    from gitmlops.report import Finding, Report


@click.command()
@options.format
@options.output
@options.staged
def check(format_: str, output: str | None, staged: bool) -> None:
    """Validate every definition file, and what the files say of each other.

    Exits with 3 if a file is wrong. Reads no data, runs no Python; SQL is bound without data, once until it changes.
    """
    from gitmlops.cli import workspace
    from gitmlops.cli.show import show
    from gitmlops.errors import InputError

    tree = workspace.tree(workspace.repository(), staged=staged)
    definitions = workspace.read_again(tree)
    report = _report(definitions, tree)
    show(report, format_, output)
    if not report.passed:
        sys.exit(InputError.exit_code)


def _report(definitions: "Definitions", tree: "Present") -> "Report":
    from gitmlops.report import Report

    # A reference to a file that cannot be read is not a wrong reference: first things first.
    findings = definitions.findings or dict.fromkeys(_references(definitions, tree))
    read = ", ".join(_counted(kind, len(found)) for kind, found in sorted(definitions.by_kind.items()))
    return Report(
        title="definitions",
        findings=tuple(sorted(findings, key=_place)),
        summary=(f"read: {read or 'no definition'}",),
        next_action="whoever changed these files mends them" if definitions.findings else "",
    )


def _references(definitions: "Definitions", tree: "Present") -> Iterator["Finding"]:
    from gitmlops.cli.feature import definitions as feature_definitions
    from gitmlops.features.imports import folders as imports
    from gitmlops.gate.rules import wiring as gate
    from gitmlops.pipelines.contracts import presence
    from gitmlops.pipelines.wiring import check as pipelines
    from gitmlops.registry import wiring as registry

    yield from imports.check(definitions, tree)
    yield from feature_definitions.findings(tree.repository, definitions, tree, tree.exists)
    yield from presence.check(definitions, tree)
    yield from pipelines.check(definitions)
    yield from registry.check(definitions)
    yield from gate.check(definitions)


def _counted(kind: str, number: int) -> str:
    words = "on-demand feature" if kind == "on_demand" else kind.replace("_", " ")
    plural = words[:-1] + "ies" if words.endswith("y") else words + "s"
    return f"{number} {words if number == 1 else plural}"


def _place(finding: "Finding") -> tuple[str, int, int]:
    place = finding.location
    return (place.path, place.line, place.column) if place else ("", 0, 0)
