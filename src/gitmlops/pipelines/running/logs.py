"""What the commands of stages print, while they run and afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gitmlops.errors import ToolError

FOLDER = Path(".dvc/tmp/gitmlops/logs")
_LAST = 10
_MOST_BYTES = 1 << 16
_MOST_LETTERS = 2000


def path_of(stage: str) -> Path:
    """Where the log of a stage is, relative to the root."""
    return FOLDER / f"{stage.replace('/', '~')}.log"


def last_lines(path: Path) -> str:
    """The last lines of a log that say something."""
    with _opened(path) as file:
        file.seek(max(0, path.stat().st_size - _MOST_BYTES))
        lines = [_shown(line) for line in file.read().split(b"\n")]
    return "\n".join([line for line in lines if line][-_LAST:])


@dataclass
class Tail:
    """A log that is being written. Of a line that goes on and on, such as a progress bar, only the end is kept."""

    path: Path
    _read: int = 0
    _unended: bytes = b""

    def lines(self, *, ended: bool = False) -> Iterator[str]:
        """The lines that came since the last call; one that is not ended yet waits, unless the command has ended.

        Raises ToolError if somebody has removed the log.
        """
        with _opened(self.path) as file:
            file.seek(self._read)
            while new := file.read(_MOST_BYTES):
                self._read += len(new)
                *complete, unended = (self._unended + new).split(b"\n")
                self._unended = unended[-_MOST_BYTES:]
                yield from map(_shown, complete)
        if ended and self._unended:
            yield _shown(self._unended)
            self._unended = b""


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        mend = "let no command remove what is in .dvc/tmp, as `git clean -x` does"
        raise ToolError("the log is gone while its command runs", where=str(path), mend=mend) from error


def _shown(line: bytes) -> str:
    """A line as a terminal leaves it: a progress bar is written over itself. Of a very long one, the end."""
    shown = line.decode("utf-8", "replace").rstrip().rpartition("\r")[2]
    return shown if len(shown) <= _MOST_LETTERS else f"...{shown[-_MOST_LETTERS:]}"
