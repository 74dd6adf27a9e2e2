"""Files are written whole or not at all."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gitmlops.adapters.files import replace_all, sha256, write_atomic
from gitmlops.errors import InputError, ToolError

# The limit is a process's own full disk: a write past it fails half-way, as ENOSPC does.
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from gitmlops.adapters.files import write_atomic
from gitmlops.errors import ToolError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_atomic(Path(sys.argv[1]), b"new" * 10_000)
except ToolError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def written_on_a_full_disk(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=False)


def test_a_full_disk_leaves_the_old_content_and_nothing_half_written(tmp_path):
    path = tmp_path / "release.json"
    path.write_bytes(b"old")
    done = written_on_a_full_disk(path)
    assert done.returncode == 4
    assert done.stdout.startswith(f"{path}: cannot be written: File too large; nothing was changed: free space or")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["release.json"]


def test_a_full_disk_leaves_no_new_file(tmp_path):
    assert written_on_a_full_disk(tmp_path / "new.json").returncode == 4
    assert names(tmp_path) == []


def test_a_file_and_its_folders_are_written(tmp_path):
    write_atomic(tmp_path / "a" / "b" / "c.txt", b"content")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == b"content"
    assert names(tmp_path / "a" / "b") == ["c.txt"]


def test_an_executable_file_stays_one(tmp_path):
    path = tmp_path / "run.sh"
    path.write_bytes(b"old")
    path.chmod(0o755)
    write_atomic(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o755


def test_a_new_file_has_the_permissions_that_the_user_gives_to_new_files(tmp_path):
    (tmp_path / "by hand").touch()
    write_atomic(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "by hand").stat().st_mode


def test_a_link_is_replaced_and_what_it_points_at_stays(tmp_path):
    (tmp_path / "target").write_bytes(b"target")
    (tmp_path / "link").symlink_to("target")
    write_atomic(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"target"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("place", ["folder", "file/below", "n" * 300], ids=["folder", "below a file", "long name"])
def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ToolError, match="cannot be written: "):
        write_atomic(tmp_path / place, b"x")
    assert names(tmp_path) == ["file", "folder"]


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomic(pipe, b"report")
    assert os.read(reader, 100) == b"report"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_several_files_are_replaced_and_removed_together_and_empty_folders_go(tmp_path):
    write_atomic(tmp_path / "old/deep/a", b"a")
    write_atomic(tmp_path / "kept/b", b"b")
    replace_all(tmp_path, {"old/deep/a": None, "kept/b": b"B", "new/c": b"c"})
    assert tree(tmp_path) == {"kept/b": b"B", "new/c": b"c"}
    assert names(tmp_path) == ["kept", "new"]


def test_if_one_of_several_files_cannot_be_written_all_are_as_they_were(tmp_path):
    write_atomic(tmp_path / "a", b"a")
    write_atomic(tmp_path / "gone/b", b"b")
    with pytest.raises(ToolError, match="cannot be written"):
        replace_all(tmp_path, {"a": b"A", "gone/b": None, "new/c": b"c", "a/below a file": b"d"})
    assert tree(tmp_path) == {"a": b"a", "gone/b": b"b"}
    assert names(tmp_path) == ["a", "gone"]


@pytest.mark.parametrize("path", ["link/a", "link"])
def test_several_files_do_not_go_through_a_link(tmp_path, path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    with pytest.raises(InputError, match="a symbolic link"):
        replace_all(root, {"first": b"1", path: b"2"})
    assert names(outside) == []
    assert names(root) == ["link"]
