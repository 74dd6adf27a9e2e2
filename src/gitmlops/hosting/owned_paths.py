"""Lines of CODEOWNERS and .gitattributes: which paths they are about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Line:
    """A pattern and what stands behind it, in a line of a file, counted from 1."""

    number: int
    pattern: str
    words: tuple[str, ...]


def lines(text: str) -> Iterator[Line]:
    """The lines that say something, in order; what stands behind ` #` is a comment."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = re.sub(r"(^|\s)#.*", "", line).split()
        if words:
            yield Line(number, words[0], tuple(words[1:]))


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern is about a file: a folder's is about all below it, `*` stays in a folder, `**` does not."""
    return _expression(pattern).fullmatch(path) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    anchored, body = "/" in pattern.rstrip("/"), pattern.strip("/")
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", body)
    kinds = {"**/": "(?:.*/)?", "**": ".*", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
    middle = "".join(kinds.get(part, re.escape(part)) for part in parts)
    below = "/.*" if pattern.endswith("/") else "" if body.endswith("/*") else "(?:/.*)?"
    return re.compile(f"{'' if anchored else '(?:.*/)?'}{middle}{below}")
