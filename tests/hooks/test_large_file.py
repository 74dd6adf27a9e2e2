"""What the hook takes for too large: real indexes, real attributes, names of every kind."""

import os
from pathlib import Path

import pytest
from tests.conftest import GitRepo

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError
from gitmlops.hooks.large_file import KIB, check, gather
from gitmlops.report import Report

LARGE = b"x" * (2 * KIB)


def judge(repo: GitRepo, *names: str, limit: int = 1, folder: Path | None = None) -> Report:
    return check(gather(Repository(repo.root), names, folder=folder or repo.root), limit=limit)


def refused(report: Report) -> list[str]:
    return [finding.location.path for finding in report.findings if finding.location]


def test_staged_file_over_the_limit_is_refused_with_the_way_to_dvc(repo: GitRepo) -> None:
    repo.write({"data.csv": LARGE})
    repo.git("add", "data.csv")
    report = judge(repo, "data.csv")
    assert not report.passed
    assert report.findings[0].message == "2 KiB are too much for git (limit: 1 KiB)"
    assert report.findings[0].mend == "give it to DVC: `git rm --cached data.csv`, then `dvc add data.csv`"


@pytest.mark.parametrize(("size", "passes"), [(KIB, True), (KIB + 1, False), (0, True)])
def test_limit_itself_is_allowed(repo: GitRepo, size: int, passes: bool) -> None:
    repo.write({"data.csv": b"x" * size})
    repo.git("add", "data.csv")
    assert judge(repo, "data.csv").passed is passes


def test_staged_content_counts_although_the_file_on_disk_was_shortened(repo: GitRepo) -> None:
    repo.write({"data.csv": LARGE})
    repo.git("add", "data.csv")
    repo.write({"data.csv": "short"})
    assert refused(judge(repo, "data.csv")) == ["data.csv"]


def test_staged_content_counts_although_the_file_on_disk_was_removed(repo: GitRepo) -> None:
    repo.write({"data.csv": LARGE})
    repo.git("add", "data.csv")
    (repo.root / "data.csv").unlink()
    assert refused(judge(repo, "data.csv")) == ["data.csv"]


def test_growth_that_is_not_staged_is_not_judged(repo: GitRepo) -> None:
    repo.write({"data.csv": "short"})
    repo.git("add", "data.csv")
    repo.write({"data.csv": LARGE})
    assert judge(repo, "data.csv").passed


def test_dvc_output_passes_because_git_ignores_it(repo: GitRepo) -> None:
    repo.write({"data/.gitignore": "/rows.parquet\n", "data/rows.parquet": LARGE})
    assert judge(repo, "data/rows.parquet").passed


def test_ignored_file_that_was_added_by_force_is_refused(repo: GitRepo) -> None:
    repo.write({".gitignore": "rows.parquet\n", "rows.parquet": LARGE})
    repo.git("add", "--force", "rows.parquet")
    assert refused(judge(repo, "rows.parquet")) == ["rows.parquet"]


def test_file_that_is_not_yet_added_is_judged_by_its_size_on_disk(repo: GitRepo) -> None:
    repo.write({"data.csv": LARGE})
    report = judge(repo, "data.csv")
    assert refused(report) == ["data.csv"]
    assert report.findings[0].mend == "give it to DVC: `dvc add data.csv`"


def test_lfs_file_passes_as_a_pointer_and_before_it_is_added(repo: GitRepo) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 99999999\n"
    repo.write(
        {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "model.bin": pointer, "new.bin": LARGE}
    )
    repo.git("add", "model.bin")
    assert judge(repo, "model.bin", "new.bin").passed


def test_content_that_was_meant_for_lfs_but_is_staged_whole_is_refused(repo: GitRepo) -> None:
    # Nobody ran `git lfs install` here, so git knows no such filter and takes the bytes.
    repo.write({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "model.bin": LARGE})
    repo.git("add", "model.bin")
    assert "run `git lfs install`" in judge(repo, "model.bin").findings[0].mend


def test_every_file_is_looked_at(repo: GitRepo) -> None:
    repo.write({f"{number}.csv": LARGE if number % 3 == 0 else b"" for number in range(30)})
    repo.git("add", "--all")
    names = [f"{number}.csv" for number in range(30)]
    report = judge(repo, *names, *names)
    assert len(refused(report)) == 10
    assert report.summary == ("30 files, 10 over 1 KiB",)


@pytest.mark.parametrize(
    "name", ["my data.csv", "größe.csv", "表.csv", "-x.csv", "*.csv", "a\nb.csv", 'say "hi".csv', ":x.csv"]
)
def test_any_name_is_found(repo: GitRepo, name: str) -> None:
    repo.write({name: LARGE, "other.csv": LARGE})
    repo.git("add", "--all")
    assert refused(judge(repo, name)) == [name]


def test_name_in_another_encoding_is_found_and_shown(repo: GitRepo) -> None:
    name = os.fsdecode(b"gr\xf6\xdfe.csv")
    (repo.root / name).write_bytes(LARGE)
    repo.git("add", "--all")
    assert refused(judge(repo, name)) == ["gr\ufffd\ufffde.csv"]


def test_names_are_seen_from_the_folder_in_which_the_hook_was_called(repo: GitRepo) -> None:
    repo.write({"data/rows.csv": LARGE, "top.csv": LARGE})
    repo.git("add", "--all")
    report = judge(repo, "rows.csv", "../top.csv", str(repo.root / "top.csv"), folder=repo.root / "data")
    assert refused(report) == ["data/rows.csv", "top.csv"]


def test_file_outside_the_repository_is_an_error(repo: GitRepo) -> None:
    with pytest.raises(InputError, match="outside the repository"):
        judge(repo, "../else.csv")


def test_deleted_and_unknown_files_pass(repo: GitRepo) -> None:
    repo.commit({"old.csv": LARGE})
    repo.git("rm", "--quiet", "old.csv")
    assert judge(repo, "old.csv", "never.csv").passed


def test_no_files_pass(repo: GitRepo) -> None:
    assert judge(repo).summary == ("0 files, 0 over 1 KiB",)


def test_link_counts_as_the_link_not_as_what_it_points_at(repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(LARGE)
    for name in ("staged", "loose"):
        (repo.root / name).symlink_to(tmp_path / "big.csv")
    repo.git("add", "staged")
    assert judge(repo, "staged", "loose").passed


def test_submodule_passes(repo: GitRepo) -> None:
    repo.commit({"a": ""})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD').strip()},module")
    assert judge(repo, "module").passed


def test_file_in_conflict_counts_with_its_largest_side(repo: GitRepo) -> None:
    repo.commit({"data.csv": "base"})
    repo.commit({"data.csv": LARGE}, branch="theirs")
    repo.git("checkout", "--quiet", "main")
    repo.commit({"data.csv": "ours"})
    with pytest.raises(AssertionError):
        repo.git("merge", "theirs")
    assert refused(judge(repo, "data.csv")) == ["data.csv"]
