"""Templates -> files of a new project."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2

from gitmlops import __version__

SCHEMAS = f"https://raw.githubusercontent.com/gitmlops/gitmlops/v{__version__}/docs/reference/schemas"
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class NewFile:
    """A file to be written; path relative to the new project's root."""

    path: PurePosixPath
    content: bytes


def render(name: str, variables: Mapping[str, Any]) -> tuple[NewFile, ...]:
    """The files of a template, sorted by path, each `%%{ variable }%%` filled in.

    The delimiters are our own because workflows hold `${{ }}` and definitions hold `{{ }}`.
    """
    root = _folder() / name
    environment = jinja2.Environment(
        variable_start_string="%%{",
        variable_end_string="}%%",
        block_start_string="%%[",
        block_end_string="]%%",
        comment_start_string="%%#",
        comment_end_string="#%%",
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - plain text files, and the only values are names that were validated
    )
    values = {"github": "", "host": "github.com", **variables, "schemas": SCHEMAS, "version": __version__}
    files = (file for file in sorted(root.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)
    return tuple(
        NewFile(PurePosixPath(file.relative_to(root).as_posix()), _filled(environment, file, values)) for file in files
    )


def _filled(environment: jinja2.Environment, file: Path, values: Mapping[str, Any]) -> bytes:
    return environment.from_string(file.read_text("utf-8")).render(values).encode()


def _folder() -> Path:
    """Inside an installed package, or beside `src/` in a checkout."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "templates"
