"""Branches that ran different stages merge, with git's own merge and DVC's own status; what both ran runs again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import GitRepo

LOCKS = "dvc.lock merge=gitmlops\n"
STAGE = "  {name}:\n    cmd: cp {name}.in {name}.out\n    deps:\n    - {name}.in\n    outs:\n    - {name}.out\n"
AFTER = (
    "  total:\n    cmd: cat a.out b.out > total.out\n    deps:\n    - a.out\n    - b.out\n    outs:\n    - total.out\n"
)


def dvc(repo: GitRepo, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=repo.root, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(repo: GitRepo) -> dict[str, object]:
    return json.loads(dvc(repo, "status", "--json"))


@pytest.fixture
def two(project: GitRepo) -> GitRepo:
    """Two stages that stand together in the lock, and one that reads both; all have run."""
    dvc(project, "init", "-q")
    stages = "stages:\n" + "".join(STAGE.format(name=name) for name in "ab") + AFTER
    project.write({"dvc.yaml": stages, "a.in": "a1\n", "b.in": "b1\n", ".gitattributes": LOCKS})
    dvc(project, "repro", "-q")
    project.commit(message="run")
    result = project.run("merge-driver", "--install")
    assert result.exit_code == 0, result.output
    return project


def run_on(repo: GitRepo, branch: str, files: dict[str, str | bytes]) -> None:
    repo.git("checkout", "-q", "-B", branch, "main")
    dvc(repo, "checkout", "-q")
    repo.write(files)
    dvc(repo, "repro", "-q")
    repo.commit(message=branch)


def only(repo: GitRepo, *stages: str) -> None:
    """Leave these stages alone in dvc.yaml and in what has run."""
    text = "stages:\n" + "".join(STAGE.format(name=name) for name in stages)
    repo.write({"dvc.yaml": text})
    (repo.root / "dvc.lock").unlink()
    dvc(repo, "repro", "-q")
    repo.commit(message="only these")


def test_branches_that_ran_different_stages_merge_and_dvc_finds_nothing_to_do(two: GitRepo) -> None:
    only(two, "a", "b")
    run_on(two, "one", {"a.in": "a2\n"})
    run_on(two, "two", {"b.in": "b2\n"})
    two.git("merge", "--no-edit", "one")
    assert [*status(two)] == ["a"]  # its output is still the one of this branch
    dvc(two, "checkout", "-q")
    assert status(two) == {}
    assert "didn't change" in dvc(two, "repro")
    assert (two.root / "a.out").read_text() == "a2\n"
    assert two.git("status", "--porcelain") == ""


@pytest.mark.slow
def test_a_stage_that_both_branches_ran_is_left_out_and_runs_again_and_nothing_else_does(two: GitRepo) -> None:
    run_on(two, "one", {"a.in": "a2\n"})
    run_on(two, "two", {"b.in": "b2\n"})
    merged = subprocess.run(
        ["git", "merge", "--no-edit", "one"], cwd=two.root, check=True, capture_output=True, text=True
    )
    assert "dvc.lock: both sides changed total: `gitmlops pipeline run` runs what is left out" in merged.stderr
    assert two.git("status", "--porcelain") == ""
    assert {*status(two)} == {"a", "total"}  # the output of a is still the one of this branch
    said = dvc(two, "repro")
    assert "Running stage 'total'" in said
    assert "Running stage 'a'" not in said
    assert "Running stage 'b'" not in said
    assert (two.root / "total.out").read_text() == "a2\nb2\n"
    assert status(two) == {}


@pytest.mark.slow
def test_branches_that_ran_a_stage_to_the_same_end_merge_without_a_word(two: GitRepo) -> None:
    run_on(two, "one", {"a.in": "a2\n", "one.txt": ""})
    run_on(two, "two", {"a.in": "a2\n"})
    before = (two.root / "dvc.lock").read_bytes()
    two.git("merge", "--no-edit", "one")
    assert (two.root / "dvc.lock").read_bytes() == before
    assert status(two) == {}


@pytest.mark.slow
def test_a_lock_that_lost_every_stage_is_read_by_dvc(two: GitRepo) -> None:
    only(two, "a")
    run_on(two, "one", {"a.in": "a2\n"})
    run_on(two, "two", {"a.in": "a3\n"})
    with pytest.raises(AssertionError):  # a.in itself conflicts, for git
        two.git("merge", "--no-edit", "one")
    assert "dvc.lock" not in two.git("diff", "--name-only", "--diff-filter=U")
    two.write({"a.in": "a4\n"})
    assert [*status(two)] == ["a"]
    dvc(two, "repro", "-q")
    assert status(two) == {}


@pytest.mark.slow
def test_a_rebase_and_a_cherry_pick_merge_the_lock_too(two: GitRepo) -> None:
    only(two, "a", "b")
    run_on(two, "one", {"a.in": "a2\n"})
    run_on(two, "two", {"b.in": "b2\n"})
    two.git("rebase", "-q", "one")
    dvc(two, "checkout", "-q")
    assert status(two) == {}


@pytest.mark.slow
def test_crossing_merges_give_a_lock_that_dvc_reads(two: GitRepo) -> None:
    """Each branch merged the other: git merges their two common ancestors first, and asks the driver for that, too."""
    only(two, "a", "b")
    run_on(two, "one", {"a.in": "a2\n"})
    run_on(two, "two", {"b.in": "b2\n"})
    first, second = (two.git("rev-parse", name).strip() for name in ("one", "two"))
    two.git("merge", "--no-edit", first)
    two.commit({"two.txt": "x"})
    two.git("checkout", "-q", "one")
    two.git("merge", "--no-edit", second)
    two.commit({"one.txt": "x"})
    two.git("merge", "--no-edit", "two")
    dvc(two, "checkout", "-q")
    assert status(two) == {}


@pytest.mark.slow
def test_a_side_that_was_merged_by_hand_and_wrongly_is_left_as_a_conflict_with_what_to_do(two: GitRepo) -> None:
    run_on(two, "one", {"a.in": "a2\n"})
    run_on(two, "two", {"b.in": "b2\n"})
    good = (two.root / "dvc.lock").read_bytes()
    two.commit({"dvc.lock": good + good.partition(b"stages:\n")[2]}, message="both sides kept")
    with pytest.raises(AssertionError):
        two.git("merge", "--no-edit", "one")
    assert two.git("diff", "--name-only", "--diff-filter=U").split() == ["dvc.lock"]
    two.git("checkout", "--theirs", "dvc.lock")
    dvc(two, "repro", "-q")
    assert status(two) == {}


def test_the_driver_tells_which_side_is_no_lock(two: GitRepo) -> None:
    for name in ("base", "ours"):
        two.write({name: "schema: '2.0'\nstages: {}\n"})
    two.write({"theirs": "<<<<<<< HEAD\n"})
    result = two.run("merge-driver", "base", "ours", "theirs", "sub/dvc.lock")
    assert result.exit_code == 3
    assert result.stderr.startswith("sub/dvc.lock (theirs)")
    assert (two.root / "ours").read_text() == "schema: '2.0'\nstages: {}\n"


def test_init_installs_the_driver_and_a_clone_does_it_by_a_command(tmp_path: Path) -> None:
    first = GitRepo(tmp_path)
    assert first.run("init", "new").exit_code == 0
    new = GitRepo(tmp_path / "new")
    command = new.git("config", "--get", "merge.gitmlops.driver")
    assert command.endswith("-m gitmlops merge-driver -- %O %A %B %P\n")
    assert "gitmlops" in new.git("check-attr", "merge", "dvc.lock", "sub/dvc.lock", "features/locks/x@v1.lock")
    new.commit()
    first.git("clone", "-q", "new", "clone")
    clone = GitRepo(tmp_path / "clone")
    assert clone.run("merge-driver", "--install").exit_code == 0
    assert clone.git("config", "--get", "merge.gitmlops.driver") == command


def test_the_driver_is_not_installed_where_there_is_no_repository(tmp_path: Path) -> None:
    result = GitRepo(tmp_path).run("merge-driver", "--install")
    assert result.exit_code == 3
    assert "not a git repository" in result.stderr
