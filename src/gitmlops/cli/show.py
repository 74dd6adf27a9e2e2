"""Report -> the terminal or a file, and the exit code."""

import sys
from pathlib import Path

import click

from gitmlops.report import Report


def show(report: Report, format_: str = "text", output: str | None = None) -> None:
    """Print a report (or write it to `output`) in one of the formats."""
    from gitmlops.render.formats import render

    text = render(report, format_)
    if output is None:
        click.echo(text)
        return
    from gitmlops.adapters.files import write_atomic

    write_atomic(Path(output), text.encode() + b"\n")
    click.echo(f"written to {output}", err=True)


def finish(report: Report) -> None:
    """Exit with 1 if the report refuses."""
    if not report.passed:
        sys.exit(1)


def say(line: str) -> None:
    """Talk to the user beside the result."""
    click.echo(line, err=True)
