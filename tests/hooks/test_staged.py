"""What hooks are given: the content that a commit would take, whatever lies on disk, whatever files are called."""

import os
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.hooks.judging import judge, refused

from gitmlops.errors import InputError
from gitmlops.hooks.notebook import check

DIRTY = '{"cells": [{"cell_type": "code", "outputs": [{}], "execution_count": 1}]}'
CLEAN = '{"cells": []}'


def test_staged_content_counts_although_the_file_on_disk_was_mended(repo: GitRepo) -> None:
    repo.write({"a.ipynb": DIRTY})
    repo.git("add", "--all")
    repo.write({"a.ipynb": CLEAN})
    assert refused(judge(repo, check, "a.ipynb")) == ["a.ipynb"]


def test_what_is_on_disk_alone_is_not_judged(repo: GitRepo) -> None:
    repo.write({"a.ipynb": CLEAN})
    repo.git("add", "--all")
    repo.write({"a.ipynb": DIRTY})
    assert judge(repo, check, "a.ipynb").passed


def test_a_file_that_is_not_yet_added_is_judged_as_it_is_on_disk(repo: GitRepo) -> None:
    repo.write({"a.ipynb": DIRTY})
    assert refused(judge(repo, check, "a.ipynb")) == ["a.ipynb"]


def test_a_renamed_file_is_judged_under_its_new_name_and_a_deleted_one_passes(repo: GitRepo) -> None:
    repo.commit({"old.ipynb": DIRTY, "gone.ipynb": DIRTY})
    repo.git("mv", "old.ipynb", "new.ipynb")
    repo.git("rm", "-q", "gone.ipynb")
    assert refused(judge(repo, check, "old.ipynb", "gone.ipynb", "new.ipynb")) == ["new.ipynb"]


def test_links_submodules_ignored_files_and_conflicts_pass(repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.ipynb").write_text(DIRTY)
    (repo.root / "link.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    repo.commit({".gitignore": "ignored.ipynb\n", "conflict.ipynb": CLEAN})
    repo.write({"ignored.ipynb": DIRTY})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD').strip()},module")
    repo.git("checkout", "-q", "-b", "theirs")
    repo.git("commit", "-q", "-m", "module")
    repo.commit({"conflict.ipynb": CLEAN + "\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"conflict.ipynb": DIRTY})
    with pytest.raises(AssertionError):
        repo.git("merge", "theirs")
    assert judge(repo, check, "link.ipynb", "ignored.ipynb", "module", "conflict.ipynb").passed


@pytest.mark.parametrize(
    "name", ["my work.ipynb", "größe.ipynb", "表.ipynb", "-x.ipynb", "a\nb.ipynb", 'say "hi".ipynb']
)
def test_any_name_is_found(repo: GitRepo, name: str) -> None:
    repo.write({name: DIRTY, "other.ipynb": DIRTY})
    repo.git("add", "--all")
    assert refused(judge(repo, check, name)) == [name]


def test_a_name_in_another_encoding_is_found_and_shown(repo: GitRepo) -> None:
    name = os.fsdecode(b"gr\xf6\xdfe.ipynb")
    (repo.root / name).write_text(DIRTY)
    repo.git("add", "--all")
    assert refused(judge(repo, check, name)) == ["gr\ufffd\ufffde.ipynb"]


def test_names_are_seen_from_the_folder_of_the_call_and_none_is_outside(repo: GitRepo) -> None:
    repo.write({"deep/a.ipynb": DIRTY})
    repo.git("add", "--all")
    assert refused(judge(repo, check, "a.ipynb", folder=repo.root / "deep")) == ["deep/a.ipynb"]
    with pytest.raises(InputError, match="outside the repository"):
        judge(repo, check, "../else.ipynb")
