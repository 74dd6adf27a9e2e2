"""The summary of a job: a file that a runner reads, and drops if it is too long."""

import pytest

from gitmlops.adapters.github.summary import LIMIT, append
from gitmlops.errors import ToolError, UsageError


def test_texts_come_one_after_the_other(tmp_path):
    file = tmp_path / "summary.md"
    assert append(str(file), "# one\n")
    assert append(str(file), "# two")
    assert file.read_text() == "# one\n\n# two\n"


@pytest.mark.parametrize("row", ["| a row |", "| größer |", "| \U0001f680\U0001f680 |"])
def test_a_long_text_ends_on_a_row_and_says_so(tmp_path, row):
    file = tmp_path / "summary.md"
    assert not append(str(file), f"{row}\n" * 200_000)
    content = file.read_bytes()
    assert LIMIT * 0.4 < len(content) <= LIMIT
    *rows, last = content.decode().rstrip("\n").split("\n\n")
    assert {*"".join(rows).split("\n")} == {row}
    assert last == "What follows has no room in this summary."


def test_what_other_steps_wrote_takes_room_too(tmp_path):
    file = tmp_path / "summary.md"
    file.write_text("x" * (LIMIT - 1000))
    assert not append(str(file), "row\n" * 1000)
    assert len(file.read_bytes()) <= LIMIT
    assert not append(str(file), "row\n" * 1000)
    assert len(file.read_bytes()) <= LIMIT


def test_text_that_no_encoding_takes_is_replaced(tmp_path):
    file = tmp_path / "summary.md"
    assert append(str(file), "a\ud800b")
    assert file.read_text() == "a?b\n"


def test_outside_of_a_workflow_it_is_refused():
    with pytest.raises(UsageError, match="GITHUB_STEP_SUMMARY is not set; run this in a step of a workflow"):
        append("", "x")


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(ToolError):
        append(str(tmp_path), "x")
