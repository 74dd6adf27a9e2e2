"""Text of strangers as it may leave us: it stays text in a terminal, a CI log, Markdown, a title, an HTML comment.

The one place that knows what each of them takes for markup; renderers and the GitHub adapter both call it.
"""

import re

# Control characters, what turns the reading direction, what is not seen at all, what no XML may hold,
# and what a CI log takes for a command: `::` at the beginning of a (wrapped) line, `##[` anywhere.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
    r"|(?:^|(?<= )):(?=:)|#(?=#\[)"
)
_SPACES = re.compile(r"[ \t\r\n]+")

LONGEST = 500
"""Characters of one escaped text: a cell, a heading, an item of a list."""

# What GitHub links or draws by itself, after it has read escapes and entities: only a character in between stops it.
_EMOJI = r":(?=(?:[\w+-]*[a-z][\w+-]*|[+-]1|100|1234):)"
_LINKED = re.compile(rf"@|(?:https?|ftp):|(?<![^\W_])www(?=\.)|(?<![^\W_])gh(?=-\d)|#(?=\d)|{_EMOJI}", re.IGNORECASE)
# What it takes for a commit; as code it is not linked and can be copied.
_COMMIT = re.compile(r"(?<![\w-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}(?![\w-])")
_BREAK = "\u200b"
_MARKUP = re.compile(r"[\\`*\[\]<>#|~&!{}]|(?<![^\W_])_|_(?![^\W_])|^[-+=]")
_CODE = re.compile(r"`([\w ./:=@#'\"-]+)`")
_MOST_IN_TITLE = 250
# In a title nothing is escaped. It becomes the message of a commit, where words switch workflows off and close issues.
_IN_TITLE = re.compile(
    rf"@(?=\w)|(?:https?|ftp):|#(?=\d)|\bgh(?=-\d)|\[(?=[^\]]*\b(?:ci|actions)\b[^\]]*\])|\bskip(?=-checks)|{_EMOJI}",
    re.IGNORECASE,
)
_NOT_IN_MARKER = re.compile(r"[^\w./=@+#:-]")


def visible(text: str) -> str:
    """One line of text in which nothing is hidden and nothing is a command: such characters become `\\u202e`."""
    return _HOSTILE.sub(lambda match: f"\\u{ord(match[0]):04x}", _SPACES.sub(" ", text).strip())


def cut(text: str, length: int) -> str:
    """The text, or its beginning and an ellipsis if it is longer."""
    return text if len(text) <= length else text[: length - 1] + "…"


def markdown(text: str) -> str:
    """One line of Markdown that shows the text as it is: no markup, no link, no mention, no command."""
    return _inert(cut(visible(text), LONGEST))


def markdown_sentence(text: str) -> str:
    """Like `markdown`, but what stands between backticks and holds no markup of its own is shown as code."""
    parts = _CODE.split(cut(visible(text), LONGEST))
    return "".join(f"`{part}`" if index % 2 else _inert(part) for index, part in enumerate(parts))


def _inert(text: str) -> str:
    parts = re.split(f"({_COMMIT.pattern})", text)
    return "".join(f"`{part}`" if index % 2 else _escaped(part, first=not index) for index, part in enumerate(parts))


def _escaped(text: str, *, first: bool) -> str:
    plain = _LINKED.sub(lambda match: match[0] + _BREAK, text)
    plain = _MARKUP.sub(lambda match: match[0] if not first and match[0] in "-+=" else "\\" + match[0], plain)
    # `\\$` does not keep GitHub from reading mathematics, its documentation asks for the span.
    return plain.replace("$", "<span>$</span>").replace(_BREAK, "&#8203;")


def title(text: str) -> str:
    """A title of an issue, a pull request or a release: one line that mentions, links and switches off nothing."""
    broken = _IN_TITLE.sub(lambda match: match[0] + _BREAK, cut(visible(text), _MOST_IN_TITLE))
    return cut(broken, _MOST_IN_TITLE)


def marker(key: str) -> str:
    """An HTML comment that nobody sees and that names what it stands in; `key` says who writes it, and about what."""
    return f"<!-- gitmlops: {_NOT_IN_MARKER.sub('?', key).replace('--', '-?')} -->"


def cut_at_line(text: str, length: int, last: str) -> str:
    """The text if it has room, else the lines from its beginning that have, and `last` in place of the others.

    A block of code that is cut is closed, so that `last` is not code.
    """
    if len(text) <= length:
        return text
    room = max(0, length - len(last) - len("\n```\n\n"))
    kept = text[: room + 1].rpartition("\n")[0]
    fence = "\n```" if len(re.findall(r"^```", kept, re.MULTILINE)) % 2 else ""
    return f"{kept}{fence}\n\n{last}"
