"""Data of commits that are pushed: they are in the storage, or the push is refused."""

import json
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.repo.test_rollback_preflight import md5, put

CONFIG = "[core]\n    remote = shop\n['remote \"shop\"']\n    url = ../../storage\n"


@pytest.fixture
def work(project: GitRepo, tmp_path: Path) -> GitRepo:
    """A clone with a storage beside it; one file is in both git's and DVC's remote."""
    (tmp_path / "storage").mkdir()
    project.git("init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    put(tmp_path / "storage", b"one")
    project.commit({".dvc/config": CONFIG, ".dvc/.gitignore": "/cache\n", "rows.csv.dvc": pointer(b"one")})
    project.git("push", "-q", "-u", "origin", "main")
    return project


def pointer(content: bytes, path: str = "rows.csv") -> str:
    return f"outs:\n- md5: {md5(content)}\n  size: {len(content)}\n  hash: md5\n  path: {path}\n"


def pushed(repo: GitRepo, *arguments: str) -> tuple[int, str]:
    result = repo.run("hook", "pushed", *arguments)
    return result.exit_code, " ".join(result.output.split())


def test_commits_whose_data_are_stored_pass_and_others_are_named(work: GitRepo, tmp_path: Path) -> None:
    assert pushed(work)[0] == 0
    commit = work.commit({"rows.csv.dvc": pointer(b"two")})
    code, output = pushed(work)
    assert code == 1
    assert f"rows.csv:1:1: of commit {commit[:12]} is in no DVC remote: shop lacks it" in output
    assert "dvc push" in output
    put(tmp_path / "storage", b"two")
    assert pushed(work)[0] == 0


def test_data_of_every_commit_count_not_of_the_last_one_alone(work: GitRepo, tmp_path: Path) -> None:
    between = work.commit({"rows.csv.dvc": pointer(b"two")})
    work.commit({"rows.csv.dvc": pointer(b"three")})
    put(tmp_path / "storage", b"three")
    code, output = pushed(work)
    assert code == 1
    assert between[:12] in output


def test_what_the_remote_has_already_is_not_asked_for_again(work: GitRepo) -> None:
    known = work.commit({"rows.csv.dvc": pointer(b"two")})
    work.commit({"notes.md": "text"})
    assert pushed(work, "--from", known)[0] == 0
    assert pushed(work, "--from", "0" * 40)[0] == 1


def test_the_names_that_pre_commit_gives_are_taken(work: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = work.git("rev-parse", "HEAD").strip()
    second = work.commit({"rows.csv.dvc": pointer(b"two")})
    monkeypatch.setenv("PRE_COMMIT_REMOTE_NAME", "origin")
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", first)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", first)
    assert pushed(work)[0] == 0
    monkeypatch.setenv("PRE_COMMIT_TO_REF", second)
    assert pushed(work)[0] == 1


def test_files_of_a_folder_are_looked_for(work: GitRepo, tmp_path: Path) -> None:
    listing = json.dumps([{"md5": md5(b"part"), "relpath": "größe 1.csv"}]).encode()
    digest = md5(listing) + ".dir"
    for store in (work.root / ".dvc/cache", tmp_path / "storage"):
        put(store, listing)
        place = store / "files/md5" / digest[:2]
        (place / md5(listing)[2:]).rename(place / digest[2:])
    work.commit({"parts.dvc": f"outs:\n- md5: {digest}\n  size: 4\n  nfiles: 1\n  hash: md5\n  path: parts\n"})
    code, output = pushed(work)
    assert code == 1
    assert "parts/größe 1.csv" in output
    put(tmp_path / "storage", b"part")
    assert pushed(work)[0] == 0


def test_small_outputs_that_git_has_need_no_storage(work: GitRepo) -> None:
    out = f"    - path: m.json\n      hash: md5\n      md5: {md5(b'm')}\n"
    lock = f"schema: '2.0'\nstages:\n  fit:\n    cmd: x\n    outs:\n{out}"
    work.commit({"dvc.lock": lock, "m.json": "m"})
    assert pushed(work)[0] == 0


def test_a_storage_that_does_not_answer_is_no_verdict(work: GitRepo, tmp_path: Path) -> None:
    work.commit({"rows.csv.dvc": pointer(b"two")})
    (tmp_path / "storage").rename(tmp_path / "moved")
    code, output = pushed(work)
    assert code == 4
    assert "shop was not asked: there is no folder" in output


def test_without_a_remote_it_is_told_and_passes(work: GitRepo) -> None:
    work.commit({".dvc/config": "", "rows.csv.dvc": pointer(b"two")})
    code, output = pushed(work)
    assert code == 0
    assert "DVC has no remote" in output


def test_branch_that_is_none_is_an_error(work: GitRepo) -> None:
    assert pushed(work, "--to", "--upload-pack=x")[0] == 3
