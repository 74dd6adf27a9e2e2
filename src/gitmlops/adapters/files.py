"""Files written whole or not at all."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from gitmlops.errors import InputError, ToolError


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new one, and a full disk leaves the old one.

    A device or a pipe, such as /dev/null, is written to: to put a file in its place would take it from everybody.
    Raises ToolError if it cannot be written; nothing half-written stays behind.
    """
    try:
        if path.is_char_device() or path.is_fifo():
            path.write_bytes(content)
            return
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


def replace_all(root: Path, contents: Mapping[str, bytes | None]) -> None:
    """Write these files below `root`, all or none; None removes a file, and the folders that it leaves empty.

    The last one is written last: it can be the one that vouches for the others.
    Raises InputError for a path that leads through a link, ToolError if something cannot be written.
    """
    for path in contents:
        _require_no_link(root, path)
    before = {path: (root / path).read_bytes() if (root / path).is_file() else None for path in contents}
    try:
        for path, content in contents.items():
            _put(root, path, content)
    except BaseException:
        for path, content in before.items():
            _put(root, path, content)
        raise


def require_free(folder: Path) -> None:
    """Raises InputError if a folder that is to be written holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("holds something already", where=str(folder), mend="name a new folder")


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files, by their paths in it, into a folder that does not exist yet or is empty; all or none.

    Raises InputError if the folder holds something, ToolError if it cannot be written.
    """
    require_free(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for path, content in contents.items():
                (partial / path).parent.mkdir(parents=True, exist_ok=True)
                (partial / path).write_bytes(content)
            partial.chmod(0o755)
            partial.replace(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise not_written(folder, error) from error


def replace(made: Path, path: Path) -> None:
    """Put a file or a folder, which lies beside it, in the place of what is there, or leave that. Raises OSError."""
    if not (made.is_dir() or path.is_dir()):
        made.replace(path)
        return
    # A folder takes no other's place while it has files.
    former = made.with_name(f"{made.name}.former")
    with suppress(FileNotFoundError):
        path.replace(former)
    try:
        made.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            former.replace(path)
        raise
    with suppress(OSError):  # what is wanted is there
        remove(former)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, if it is there. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _put(root: Path, path: str, content: bytes | None) -> None:
    if content is not None:
        write_atomic(root / path, content)
        return
    with suppress(FileNotFoundError, NotADirectoryError):
        (root / path).unlink()
    for folder in (root / path).parents:
        if folder == root or not folder.is_dir() or any(folder.iterdir()):
            break
        folder.rmdir()


def _require_no_link(root: Path, path: str) -> None:
    place = root
    for part in PurePosixPath(path).parts:
        place /= part
        if place.is_symlink():
            where = str(place.relative_to(root))
            raise InputError(
                "a symbolic link: what is written there would land elsewhere", where=where, mend="remove it"
            )


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a file of at most `limit` bytes that somebody else may have put there.

    Raises InputError for a link, a folder or a device, for what is larger or cannot be read.
    """
    try:
        # Without O_NONBLOCK a named pipe that nobody writes to would never open.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        what = "a link" if path.is_symlink() else (error.strerror or str(error)).lower()
        raise InputError(what, where=str(path), mend="name a file") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError("not a file", where=str(path), mend="name a file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise InputError(f"more than {limit:,} bytes", where=str(path), mend="name the file that was meant")
    return content


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
