"""Files written whole or not at all."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from gitmlops.errors import ToolError


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new one, and a full disk leaves the old one.

    Raises ToolError if it cannot be written; nothing half-written stays behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(_mode(path))
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> ToolError:
    """What to say when the system refuses a write."""
    mend = "nothing was changed: free space or mend the permission, and run the command again"
    return ToolError(f"cannot be written: {error.strerror or error}", where=str(path), mend=mend)


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mode(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
