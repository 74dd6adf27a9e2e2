"""Report -> the terminal, a file, and the exit code."""

import sys
from pathlib import Path

import click

from gitmlops.cli.boundary import drop_output
from gitmlops.report import Report

BY_SUFFIX = {".html": "html", ".md": "markdown", ".json": "json", ".xml": "junit", ".sarif": "sarif"}


def show(report: Report, format_: str = "text", output: str | None = None) -> None:
    """Print a report in a format. With `output`: print it as text, and write it in the format its suffix names."""
    from gitmlops.render.formats import render

    if output is None:
        print_text(render(report, format_))
        return
    from gitmlops.adapters.files import write_atomic

    chosen = BY_SUFFIX.get(Path(output).suffix, format_) if format_ == "text" else format_
    write_atomic(Path(output), render(report, chosen).encode() + b"\n")
    print_text(render(report, "text"))
    say(f"written to {output}")


def print_text(text: str) -> None:
    """Print the result; a reader that has seen enough (`head`, a pager) does not change how the command ends."""
    try:
        click.echo(text)
    except BrokenPipeError:
        drop_output()


def finish(report: Report) -> None:
    """Exit with 1 if the report refuses."""
    if not report.passed:
        sys.exit(1)


def say(line: str) -> None:
    """Talk to the user beside the result."""
    click.echo(line, err=True)
