"""What leaves for GitHub, cut to what GitHub takes: bodies with their marker, titles, descriptions, labels."""

from gitmlops.plain_text import cut, cut_at_line, marker, title, visible

COMMENT = 60_000
"""Characters of the body of a comment, an issue, a pull request; GitHub takes 65,536."""
RELEASE = 120_000
"""Characters of the notes of a release; GitHub takes 125,000."""
CHECK = 60_000
"""Bytes of the text of a check run; GitHub takes 65,535 of them, though it says characters."""


def body_with(key: str, text: str, rest: str, limit: int = COMMENT) -> str:
    """Markdown below the hidden marker of a key; too long, it ends on a line, with the address of the rest."""
    head = f"{marker(key)}\n"
    return head + cut_at_line(text, limit - len(head), _last(rest))


def _last(rest: str) -> str:
    where = f": [all of it]({rest})" if rest.startswith("https://") and ")" not in rest and " " not in rest else "."
    return f"What follows has no room here{where}"


def text_of_check(text: str, rest: str) -> str:
    """Markdown as the text of a check run."""
    # Characters that have room: a letter or an emoji takes up to four bytes.
    room = len(text.encode("utf-8", "replace")[:CHECK].decode("utf-8", "ignore"))
    return cut_at_line(text, room, _last(rest))


def notes_of_release(text: str) -> str:
    """Markdown as the notes of a release."""
    return cut_at_line(text, RELEASE, _last(""))


def heading(text: str) -> str:
    """A title of an issue, a pull request or a release."""
    return title(text)


def description(text: str, length: int) -> str:
    """One line of plain text that GitHub shows without markup: of a label, a deployment, a check's title."""
    return cut(visible(text), length)
