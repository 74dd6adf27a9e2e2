"""Every whole line once: torn lines, rotated, emptied and removed files."""

from pathlib import Path

import pytest

from gitmlops.adapters.data.following import Places, read_on
from gitmlops.errors import InputError


class Follower:
    """Reads on, and remembers where it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: Places = {}

    def read(self) -> list[bytes]:
        lines, self.places = read_on(self.path, self.places)
        return lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def append(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_a_torn_line_is_read_when_it_is_whole(log: Path) -> None:
    follower = Follower(log)
    append(log, "one\ntw")
    assert follower.read() == [b"one"]
    assert follower.read() == []
    append(log, "o\n")
    assert follower.read() == [b"two"]


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(log: Path) -> None:
    follower = Follower(log)
    append(log, "one\n")
    follower.read()
    append(log, "two\n")
    log.rename(log.with_name("log.jsonl.1"))
    append(log, "three\n")
    assert follower.read() == [b"two", b"three"]
    assert follower.read() == []


def test_files_that_came_and_were_rotated_while_nobody_looked_are_read(log: Path) -> None:
    follower = Follower(log)
    append(log, "one\n")
    follower.read()
    for number in range(3):
        log.rename(log.with_name(f"log.jsonl.2026-11-3{number}"))
        append(log, f"{number}\n")
    assert follower.read() == [b"0", b"1", b"2"]


def test_a_file_that_is_copied_and_then_emptied_is_read_once(log: Path) -> None:
    follower = Follower(log)
    append(log, "one\n")
    follower.read()
    append(log, "two\n")
    log.with_name("log.jsonl.1").write_bytes(log.read_bytes())
    log.write_text("three\n")
    assert sorted(follower.read()) == [b"three", b"two"]
    assert follower.read() == []


def test_what_was_rotated_before_is_history_and_what_is_compressed_is_not_read(log: Path) -> None:
    append(log.with_name("log.jsonl.1"), "old\n")
    follower = Follower(log)
    append(log, "one\n")
    assert follower.read() == [b"one"]
    append(log.with_name("log.jsonl.2.gz"), "old\n")
    append(log.with_name("log.jsonl.watch.json"), "{}\n")
    assert follower.read() == []


def test_a_file_that_is_emptied_is_read_from_its_beginning(log: Path) -> None:
    follower = Follower(log)
    append(log, "one\ntwo\n")
    follower.read()
    log.write_text("three\n")
    assert follower.read() == [b"three"]


def test_a_file_that_is_emptied_and_grows_longer_than_it_was_is_read_from_its_beginning(log: Path) -> None:
    follower = Follower(log)
    append(log, "one\n")
    follower.read()
    log.write_text("two\nthree\n")
    assert follower.read() == [b"two", b"three"]


def test_a_folder_has_several_logs_and_other_files(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    append(tmp_path / "a.jsonl", "one\n")
    append(tmp_path / "notes.txt", "no\n")
    append(tmp_path / "b.jsonl", "two\n")
    assert sorted(follower.read()) == [b"one", b"two"]
    (tmp_path / "a.jsonl").rename(tmp_path / "a.jsonl.1")
    append(tmp_path / "a.jsonl.1", "late\n")
    append(tmp_path / "c.jsonl", "three\n")
    assert sorted(follower.read()) == [b"late", b"three"]


def test_a_file_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    append(tmp_path / "a.jsonl", "one\n")
    (tmp_path / "b.jsonl").hardlink_to(tmp_path / "a.jsonl")
    assert Follower(tmp_path).read() == [b"one"]


def test_a_log_that_is_not_there_yet_is_waited_for_in_its_folder(log: Path) -> None:
    follower = Follower(log)
    assert follower.read() == []
    append(log, "one\n")
    assert follower.read() == [b"one"]
    with pytest.raises(InputError, match="there is no such log"):
        Follower(log.parent / "no/such.jsonl").read()
