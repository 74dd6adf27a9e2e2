"""gitmlops github fetch: from a DVC remote beside the repository, named by a relative path."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import MODEL, team


def dvc(repo: GitRepo, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "--quiet"], cwd=repo.root, check=True, capture_output=True)


def track(repo: GitRepo, files: dict[str, str]) -> None:
    repo.write(dict(files))
    dvc(repo, "add", *files)


def release(repo: GitRepo) -> None:
    for tag in ("churn@v1.0.0", "churn#prod#1"):
        repo.git("tag", "-a", "-m", tag, tag)


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    repo = team(tmp_path)
    dvc(repo, "init")
    dvc(repo, "remote", "add", "--default", "storage", "../storage")
    track(repo, {"models/churn.skops": "one", "data/evaluation.parquet": "rows", "data/labels.parquet": "labels"})
    repo.commit()
    release(repo)
    dvc(repo, "push")
    (repo.root / "models/churn.skops.dvc").unlink()
    track(repo, {"models/moved.skops": "two"})
    repo.commit({"models/churn.yaml": MODEL.replace("models/churn.skops", "models/moved.skops")})
    dvc(repo, "push")
    return repo


def cached(repo: GitRepo) -> set[str]:
    return {file.read_text() for file in (repo.root / ".dvc" / "cache" / "files").rglob("*") if file.is_file()}


def job(work: GitRepo) -> GitRepo:
    """A clone beside the work tree, so that the relative remote is the same folder."""
    subprocess.run(["git", "clone", "-q", str(work.root), str(work.root.parent / "job")], check=True)
    return GitRepo(work.root.parent / "job")


def test_a_released_model_is_fetched_from_where_its_own_commit_has_it(work: GitRepo) -> None:
    there = job(work)
    result = there.run("github", "fetch")
    assert result.exit_code == 0, result.output
    assert cached(there) == {"one", "two", "rows", "labels"}
    assert there.git("worktree", "list").count("\n") == 1


@pytest.mark.slow
def test_what_git_itself_keeps_is_not_asked_of_dvc(work: GitRepo) -> None:
    work.git("rm", "-q", "--cached", "models/moved.skops.dvc")
    (work.root / "models/moved.skops.dvc").unlink()
    (work.root / "models/.gitignore").unlink()
    work.commit()
    there = job(work)
    assert there.run("github", "fetch").exit_code == 0
    assert cached(there) == {"one", "rows", "labels"}


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "fetched"), [("repeated_rows", {"learned"}), ("rows", set())])
def test_training_rows_are_fetched_where_a_policy_asks_for_them(work: GitRepo, metric: str, fetched: set[str]) -> None:
    stages = (
        "stages:\n  split: {cmd: printf learned > train.parquet, outs: [train.parquet]}\n"
        "  train: {cmd: printf three > models/made.skops, deps: [train.parquet], outs: [models/made.skops]}\n"
    )
    policy = (
        "kind: policy\nid: data\nversion: 1.0.0\ntitle: T\nowner: us\n"
        f"checks: [{{id: twins, metric: {metric}, op: '{'>=' if metric == 'rows' else '<='}', threshold: 0, "
        "enforcement: advisory}]\n"
    )
    definition = MODEL.replace("models/churn.skops", "models/made.skops")
    work.write({"dvc.yaml": stages, "models/churn.yaml": definition, "policies/data.yaml": policy})
    dvc(work, "repro")
    work.commit()
    dvc(work, "push")
    there = job(work)
    result = there.run("github", "fetch")
    assert result.exit_code == 0, result.output
    assert cached(there) == {"one", "three", "rows", "labels", *fetched}
    assert there.run("github", "fetch", "--training-rows").exit_code == 0
    assert cached(there) == {"one", "three", "rows", "labels", "learned"}


def test_without_a_remote_nothing_is_fetched(work: GitRepo) -> None:
    work.commit({".dvc/config": ""})
    result = job(work).run("github", "fetch")
    assert result.exit_code == 0
    assert "there is no DVC remote: nothing was fetched" in result.stderr


def test_a_storage_that_the_branch_names_is_not_asked(work: GitRepo) -> None:
    """DVC's settings name programs and places: those of the branch that is judged count for nothing."""
    job(work)
    there = GitRepo(work.root.parent / "job")
    there.git("checkout", "-q", "-b", "work")
    (work.root.parent / "mine").mkdir()
    evil = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../mine\n[cache]\n    dir = ../../mine\n"
    there.commit({".dvc/config": evil, "models/evil.skops.dvc": "outs:\n- {md5: ../../etc/passwd, path: evil.skops}\n"})
    result = there.run("github", "fetch")
    assert result.exit_code == 0, result.output
    assert cached(there) == {"one", "two", "rows", "labels"}
    assert not [*(work.root.parent / "mine").iterdir()]


def test_the_evaluation_set_of_the_base_is_fetched_beside_the_branchs(work: GitRepo) -> None:
    there = job(work)
    there.git("checkout", "-q", "-b", "work")
    (there.root / "data/labels.parquet.dvc").unlink()
    track(there, {"data/labels.parquet": "flattering"})
    there.commit()
    shutil.rmtree(there.root / ".dvc" / "cache")
    result = there.run("github", "fetch")
    assert result.exit_code == 4
    assert "data/labels.parquet" in result.output  # the branch's own was never pushed
    assert cached(there) == {"one", "two", "rows", "labels"}


@pytest.mark.slow
def test_what_lies_in_another_remote_of_the_base_is_fetched_from_there(work: GitRepo) -> None:
    """Labels may be in a storage that developers cannot read."""
    dvc(work, "remote", "add", "private", "../private")
    (work.root / "data/labels.parquet.dvc").unlink()
    (work.root / "data/labels.parquet").unlink()
    track(work, {"data/labels.parquet": "secret"})
    work.commit()
    dvc(work, "push", "--remote", "private", "data/labels.parquet")
    there = job(work)
    assert there.run("github", "fetch").exit_code == 0
    assert cached(there) == {"one", "two", "rows", "secret"}
