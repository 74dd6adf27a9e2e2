"""Messages of commits: words that switch the gate off, and secrets."""

import re
from collections.abc import Iterator

from gitmlops.hooks.secrets import in_text
from gitmlops.report import Finding, Location, Report, Severity

_SKIPS = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks:\s*true\s*$", re.IGNORECASE)
"""What GitHub Actions takes for a wish not to run on push and on pull requests."""
_SCISSORS = re.compile(r"^. -+ >8 -+$")
_PLACE = "commit message"


def check(text: str, *, comment: str = "#") -> Report:
    """A finding for each line that keeps the gate from running, and for each secret. comment: how git's lines begin."""
    lines = tuple(_lines(text, comment))
    return Report("Commit message", (*_skips(lines), *_secrets(lines)))


def _lines(text: str, comment: str) -> Iterator[tuple[int, str]]:
    """The lines that git keeps, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if _SCISSORS.match(line):
            return
        if not line.startswith(comment):
            yield number, line


def _skips(lines: tuple[tuple[int, str], ...]) -> Iterator[Finding]:
    for number, line in lines:
        if found := _SKIPS.search(line):
            message = f"`{found[0].strip()}` keeps the gate from running: the check stays pending, or nobody judges"
            mend = "take it out; the gate is quick where there is nothing to judge"
            yield Finding("skips-gate", Severity.ERROR, message, Location(_PLACE, number), mend)


def _secrets(lines: tuple[tuple[int, str], ...]) -> Iterator[Finding]:
    for number, line in lines:
        for _, kind in in_text(line.encode("utf-8", "surrogateescape")):
            message = f"{kind}; it is not shown here"
            yield Finding("secret", Severity.ERROR, message, Location(_PLACE, number), "take it out, and change it")
