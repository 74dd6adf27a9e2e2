"""The summary of a job: Markdown at the end of the file that the runner names."""

from pathlib import Path

from gitmlops.adapters.files import not_written
from gitmlops.errors import UsageError
from gitmlops.plain_text import cut_at_line

LIMIT = 900 * 1024
"""Bytes of a step's summary. A runner drops a summary of more than 1 MiB altogether."""
_LEFT_OUT = "What follows has no room in this summary.\n"


def append(file: str, text: str) -> bool:
    """Whether all of the Markdown had room at the end of the file; a text that has not ends on a line.

    file: what GITHUB_STEP_SUMMARY says. Raises UsageError if it says nothing, ToolError.
    """
    if not file:
        raise UsageError("GITHUB_STEP_SUMMARY is not set", mend="run this in a step of a workflow")
    path, content = Path(file), text.encode("utf-8", "replace") + b"\n"
    try:
        room = LIMIT - (path.stat().st_size if path.exists() else 0)
        written = _fitting(content, room)
        with path.open("ab") as summary:
            summary.write(written)
    except OSError as error:
        raise not_written(path, error) from error
    return written == content


def _fitting(content: bytes, room: int) -> bytes:
    """The content, or its beginning up to the end of a line, in at most so many bytes; nothing if they are too few."""
    if len(content) <= room:
        return content
    if room < 2 * len(_LEFT_OUT):
        return b""
    # A line that is cut within a character is left out as a whole.
    length = len(content[: room - 1].decode("utf-8", "ignore"))
    return cut_at_line(content.decode(), length, _LEFT_OUT).encode()
