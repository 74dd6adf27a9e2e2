"""Annotations of a step: workflow commands on standard output, at most ten of each level, the worst first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from gitmlops.plain_text import cut, visible

_MOST = 10
"""What GitHub shows of one level in a step; a job shows 50."""
_LONGEST_TITLE, _LONGEST_MESSAGE = 200, 1_000


class Level(Enum):
    """How GitHub calls it, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Annotation:
    """A remark at a place of a file; without a path it stands above all files."""

    level: Level
    message: str
    title: str = ""
    path: str = ""
    line: int = 1
    column: int = 1


def commands(annotations: Sequence[Annotation]) -> Iterator[str]:
    """The lines of standard output that make a runner show the annotations; what has no room is counted in the last."""
    for level in Level:
        of_level = [one for one in annotations if one.level is level]
        shown = of_level if len(of_level) <= _MOST else of_level[: _MOST - 1]
        yield from map(_command, shown)
        if rest := len(of_level) - len(shown):
            yield _command(Annotation(level, f"{rest} more of this level: see the summary of the job", "gitmlops"))


def _command(annotation: Annotation) -> str:
    place = {"file": annotation.path, "line": str(annotation.line), "col": str(annotation.column)}
    properties = {**(place if annotation.path else {}), "title": cut(visible(annotation.title), _LONGEST_TITLE)}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    message = cut(visible(annotation.message), _LONGEST_MESSAGE)
    return f"::{annotation.level.value} {written}::{_text(message)}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(visible(text)).replace(":", "%3A").replace(",", "%2C")
