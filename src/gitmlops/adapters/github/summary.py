"""The summary of a job: Markdown at the end of the file that the runner names."""

from pathlib import Path

from gitmlops.adapters.files import not_written
from gitmlops.errors import UsageError
from gitmlops.plain_text import cut_at_line

LIMIT = 900 * 1024
"""Bytes of a step's summary. A runner drops a summary of more than 1 MiB altogether."""
_LEFT_OUT = "\nWhat follows has no room in this summary.\n"


def append(file: str, text: str) -> bool:
    """Whether all of the Markdown had room at the end of the file; a text that has not ends on a line.

    file: what GITHUB_STEP_SUMMARY says. Raises UsageError if it says nothing, ToolError.
    """
    if not file:
        raise UsageError("GITHUB_STEP_SUMMARY is not set", mend="run this in a step of a workflow")
    path = Path(file)
    try:
        room = LIMIT - (path.stat().st_size if path.exists() else 0)
        written = fitting(text, room)
        with path.open("ab") as summary:
            summary.write(written)
    except OSError as error:
        raise not_written(path, error) from error
    return len(written) >= len(text.encode())


def fitting(text: str, room: int) -> bytes:
    """The text's beginning, up to the end of a line, in at most so many bytes; with a line break at its end."""
    content = text.encode("utf-8", "replace") + b"\n"
    if len(content) <= room:
        return content
    if room < 2 * len(_LEFT_OUT):
        return b""
    # A line that is cut within a character is left out as a whole.
    length = len(content[: room - 2 * len(_LEFT_OUT)].decode("utf-8", "ignore"))
    return cut_at_line(text, length, _LEFT_OUT).encode()
