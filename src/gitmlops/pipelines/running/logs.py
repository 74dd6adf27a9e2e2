"""What the commands of stages print, while they run and afterwards."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(".dvc/tmp/gitmlops/logs")
_LAST = 10
_MOST_BYTES = 1 << 16


def path_of(stage: str) -> Path:
    """Where the log of a stage is, relative to the root."""
    return FOLDER / f"{stage.replace('/', '~')}.log"


def last_lines(path: Path) -> str:
    """The last lines of a log that say something."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MOST_BYTES))
        lines = [_shown(line) for line in file.read().splitlines()]
    return "\n".join([line for line in lines if line][-_LAST:])


@dataclass
class Tail:
    """A log that is being written."""

    path: Path
    _read: int = 0

    def lines(self, *, ended: bool = False) -> list[str]:
        """The lines that came since the last call; one that is not ended yet waits, unless the command has ended."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        complete = new if ended else new[: new.rfind(b"\n") + 1]
        self._read += len(complete)
        return [_shown(line) for line in complete.splitlines()]


def _shown(line: bytes) -> str:
    """A line as a terminal leaves it: a progress bar is written over itself."""
    return line.decode("utf-8", "replace").rstrip().rpartition("\r")[2]
