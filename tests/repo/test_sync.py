"""`gitmlops sync`: the base in a branch with our merge drivers, all of it or nothing."""

import json
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.gate_lab import says
from tests.tiny_project import command

STAGE = "  {name}:\n    cmd: cp {name}.in {name}.out\n    deps: [{name}.in]\n    outs: [{name}.out]\n"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """Two stages that stand together in a lock; main has run the one, and the branch `work` the other.

    Neither .gitattributes nor git's configuration knows our driver.
    """
    repo = GitRepo(tmp_path_factory.mktemp("sync") / "repo")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    command(repo, "dvc", "init", "--quiet")
    stages = "stages:\n" + "".join(STAGE.format(name=name) for name in "ab")
    repo.write({"gitmlops.yaml": "project: two\n", "dvc.yaml": stages, "a.in": "a1\n", "b.in": "b1\n"})
    run(repo, "run", {"text.md": "one\ntwo\nthree\n"})
    repo.git("branch", "work")
    run(repo, "main", {"a.in": "a1\nbelow\n"})
    repo.git("checkout", "-q", "work")
    command(repo, "dvc", "checkout", "--quiet")
    run(repo, "work", {"b.in": "b2\n"})
    return repo


@pytest.fixture
def two(made: GitRepo, tmp_path: Path) -> GitRepo:
    """A copy of it; `work` is checked out."""
    shutil.copytree(made.root, tmp_path / "two", symlinks=True)
    return GitRepo(tmp_path / "two")


def run(repo: GitRepo, message: str, files: dict[str, str | bytes] | None = None) -> str:
    repo.write(files or {})
    command(repo, "dvc", "repro", "--quiet")
    return repo.commit(message=message)


def commit_on(repo: GitRepo, branch: str, files: dict[str, str | bytes]) -> None:
    repo.git("checkout", "-q", branch)
    repo.commit(files)


def everything(repo: GitRepo) -> tuple[object, ...]:
    files = {path: path.read_bytes() for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts}
    return files, repo.git("for-each-ref"), repo.git("status", "--porcelain"), (repo.root / ".git/config").read_text()


def test_a_branch_that_ran_another_stage_than_the_base_has_both_and_dvc_finds_nothing_to_do(two: GitRepo) -> None:
    says(two.run("sync"), "merged: ", "Run `dvc checkout`.", exit_code=0)
    assert two.git("log", "--format=%s", "-1").strip() == "Merge main into work"
    assert two.git("rev-parse", "HEAD^2") == two.git("rev-parse", "main")
    assert two.git("status", "--porcelain") == ""
    command(two, "dvc", "checkout", "--quiet")
    assert json.loads(command(two, "dvc", "status", "--json")) == {}
    assert [(two.root / f"{name}.out").read_text() for name in "ab"] == ["a1\nbelow\n", "b2\n"]
    says(two.run("sync"), "work has all of main already", exit_code=0)


def test_a_stage_that_both_ran_is_left_out_and_told(two: GitRepo) -> None:
    run(two, "work, too", {"a.in": "above\na1\n"})
    says(two.run("sync"), "dvc.lock:1:1: both sides changed a: left out, so that it runs again", exit_code=0)
    command(two, "dvc", "repro", "--quiet")
    assert (two.root / "a.out").read_text() == "above\na1\nbelow\n"


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        ("one\nTWO\nthree\n", "one\nzwei\nthree\n", "text.md:2:1: both sides changed it (contents); choose between"),
        ("one\nTWO\nthree\n", None, "text.md:1:1: both sides changed it (modify/delete)"),
    ],
    ids=["contents", "deleted"],
)
def test_a_conflict_is_told_by_line_and_nothing_is_left_half_merged(
    two: GitRepo, theirs: str, ours: str | None, said: str
) -> None:
    commit_on(two, "main", {"text.md": theirs})
    commit_on(two, "work", {"text.md": ours} if ours else {})
    if ours is None:
        two.git("rm", "-q", "text.md")
        two.commit()
    before = everything(two)
    result = two.run("sync")
    says(result, "refused", said, "nothing was changed")
    assert everything(two) == before
    assert not [path for path in (two.root / ".git").iterdir() if path.name.startswith("MERGE")]


def test_feature_locks_and_dvc_yaml_say_what_makes_them(two: GitRepo) -> None:
    entry = "# Written by `gitmlops feature lock`; canonicaliser one\n\nage iface={0} def={0}\n"
    lock = "features/locks/v@v1.lock"
    stages = (two.root / "dvc.yaml").read_text()
    two.git("checkout", "-q", "-B", "work", "main")
    two.commit({lock: entry.format("1" * 12)})
    two.git("branch", "-f", "main", "work")
    commit_on(two, "main", {lock: entry.format("2" * 12), "dvc.yaml": stages.replace("cp a.in", "cp -f a.in")})
    commit_on(two, "work", {lock: entry.format("3" * 12), "dvc.yaml": stages.replace("cp a.in", "cp -p a.in")})
    says(
        two.run("sync"),
        "dvc.yaml:3:1: both sides changed it (contents); merge pipelines/ and what is hand-written",
        f"{lock}:1:1: both sides changed it (contents); merge the definitions, then run `gitmlops feature lock`",
    )


def test_a_dry_run_merges_and_changes_nothing(two: GitRepo) -> None:
    before = everything(two)
    says(two.run("sync", "--dry-run"), "would be merged: ", exit_code=0)
    assert everything(two) == before


def test_local_changes_in_the_way_stay_and_so_does_the_branch(two: GitRepo) -> None:
    commit_on(two, "main", {"text.md": "zero\none\ntwo\nthree\n"})
    two.git("checkout", "-q", "work")
    two.write({"text.md": "not committed\n"})
    before = everything(two)
    says(two.run("sync"), "text.md", exit_code=4)
    assert everything(two) == before


def test_a_branch_that_is_not_checked_out_is_merged_by_its_name(two: GitRepo) -> None:
    two.git("checkout", "-q", "main")
    head = two.git("rev-parse", "HEAD")
    assert two.run("sync", "work").exit_code == 0
    assert two.git("rev-parse", "work^1", "work^2").split()[1] == head.strip()
    assert two.git("rev-parse", "HEAD") == head
    assert two.git("status", "--porcelain") == ""


@pytest.fixture
def shared(two: GitRepo, tmp_path: Path) -> GitRepo:
    """A clone of main beside an origin that has both branches."""
    two.git("checkout", "-q", "main")
    subprocess.run(["git", "clone", "-q", "--bare", str(two.root), str(tmp_path / "origin.git")], check=True)
    subprocess.run(["git", "clone", "-q", "-b", "main", str(tmp_path / "origin.git"), str(tmp_path / "ci")], check=True)
    return GitRepo(tmp_path / "ci")


def test_a_merge_is_pushed_without_anything_of_the_branch_being_checked_out(shared: GitRepo) -> None:
    files = sorted(shared.root.iterdir())
    says(shared.run("sync", "work", "--push"), "pushed: ", exit_code=0)
    assert shared.git("ls-remote", "origin", "work").split()[0] != shared.git("rev-parse", "origin/main").strip()
    shared.git("fetch", "-q")
    assert shared.git("log", "--format=%s", "-1", "origin/work").strip() == "Merge main into work"
    assert "b2" in shared.git("show", "origin/work:b.in")
    assert sorted(shared.root.iterdir()) == files
    assert shared.git("branch", "--format=%(refname)").split() == ["refs/heads/main"]


def test_a_branch_that_has_moved_at_origin_stays_as_somebody_made_it(shared: GitRepo, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", "-b", "work", str(tmp_path / "origin.git"), str(other)], check=True)
    moved = GitRepo(other).commit({"new.txt": "x"})
    GitRepo(other).git("push", "-q")
    says(shared.run("sync", "work", "--push"), "work has moved at origin: nothing was pushed", exit_code=4)
    assert shared.git("ls-remote", "origin", "work").split()[0] == moved


@pytest.mark.parametrize(
    ("branch", "said"),
    [
        ("elsewhere", "there is no branch 'elsewhere' at origin; a fork's branch is its owner's to merge"),
        ("main", "main is the base itself"),
        ("work~1", "'work~1' is no branch"),
        ("work:main", "'work:main' is no branch"),
        ("--upload-pack=x", "No such option"),
    ],
)
def test_what_is_no_branch_of_ours_is_refused(shared: GitRepo, branch: str, said: str) -> None:
    result = shared.run("sync", branch, "--push")
    assert result.exit_code in (2, 3)
    assert said in " ".join(result.output.split())


def test_a_strangers_branch_is_data(two: GitRepo) -> None:
    """Its attributes, its files that are called like our packages, its names: nothing of them runs or hides."""
    commit_on(two, "main", {"text.md": "x\n"})
    commit_on(two, "work", {
        "text.md": "y\n", ".gitattributes": "* merge=evil filter=evil\ndvc.lock merge=evil\n", "b.in": "b2\n",
        "gitmlops/__init__.py": "open('/tmp/ran', 'w')", "gitmlops.py": "raise SystemExit(9)",
        "\x1b[31mred\n::error::.md": "new\n",
    })  # fmt: skip
    ran = two.root / "ran"
    for hook in ("post-merge", "post-checkout", "reference-transaction", "pre-merge-commit"):
        two.write({f".git/hooks/{hook}": f"#!/bin/sh\ntouch {ran}\n"})
        (two.root / ".git/hooks" / hook).chmod(0o755)
    two.git("checkout", "-q", "main")
    ran.unlink(missing_ok=True)
    result = two.run("sync", "work")
    says(result, "text.md:1:1: both sides changed it (contents)")
    assert "\x1b" not in result.output
    assert not ran.exists()


@pytest.mark.slow
def test_whenever_it_is_interrupted_the_branch_is_where_it_was_or_has_all_of_the_base(two: GitRepo) -> None:
    before, ends = two.git("rev-parse", "work").strip(), set()
    for wait in (0.05, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 60.0):
        started = subprocess.Popen([sys.executable, "-m", "gitmlops", "sync"], cwd=two.root, stderr=subprocess.PIPE)
        with suppress(subprocess.TimeoutExpired):
            started.communicate(timeout=wait)
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=60)
        ends.add(started.returncode)
        assert two.git("status", "--porcelain") == ""
        assert not [path for path in (two.root / ".git").iterdir() if path.name.startswith(("MERGE", "index.lock"))]
        if two.git("rev-parse", "work").strip() != before:
            assert two.git("rev-parse", "work^1", "work^2").split() == [before, two.git("rev-parse", "main").strip()]
            two.git("reset", "-q", "--hard", before)
    assert 0 in ends
    assert len(ends) > 1
