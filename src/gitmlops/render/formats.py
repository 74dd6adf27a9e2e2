"""The formats by name."""

from importlib import import_module

from gitmlops.report import Report

FORMATS = ("text", "markdown", "json", "junit", "sarif", "html")
"""Each is a module `gitmlops.render.<name>` with a function `render(report) -> str`, imported when it is asked for."""


def render(report: Report, format_: str) -> str:
    """The report in one of FORMATS, without a line break at its end; same report, same text."""
    if format_ not in FORMATS:
        raise ValueError(f"no format {format_!r}")
    rendered: str = import_module(f"gitmlops.render.{format_}").render(report)
    return rendered.rstrip("\n")
