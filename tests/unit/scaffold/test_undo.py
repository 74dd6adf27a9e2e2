"""What is left of a project whose writing was cut off: nothing."""

from pathlib import Path, PurePosixPath

import pytest

from gitmlops.scaffold.placement import place
from gitmlops.scaffold.templates import NewFile
from gitmlops.scaffold.undo import all_or_nothing

FILES = (NewFile(PurePosixPath("a.txt"), b"a"), NewFile(PurePosixPath("deep/er/b.txt"), b"b"))


def interrupted(root: Path) -> None:
    placement = place(root, FILES)
    with pytest.raises(KeyboardInterrupt), all_or_nothing(placement):
        for file in placement.new:
            (root / file.path).parent.mkdir(parents=True, exist_ok=True)
            (root / file.path).write_bytes(file.content)
        (root / ".dvc" / "tmp").mkdir(parents=True)
        (root / "dvc.yaml").write_text("compiled")
        raise KeyboardInterrupt


def test_an_interrupt_removes_the_folders_that_were_made_for_the_project(tmp_path: Path) -> None:
    interrupted(tmp_path / "some" / "where")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_keeps_what_was_there_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine.txt").write_text("mine")
    (tmp_path / "a.txt").write_text("mine, too")
    (tmp_path / "dvc.yaml").write_text("stages: {}")
    interrupted(tmp_path)
    assert {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {
        "a.txt": "mine, too",
        "deep/mine.txt": "mine",
        "dvc.yaml": "stages: {}",
    }
    assert not (tmp_path / "deep" / "er").exists()
