"""The registry in clones of every kind: the same answers as in a whole one, or an error that says what to do."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import done, listed, merge, released, tags_at_origin, team

READS = (
    ("list",),
    ("list", "--at", "2020-01-01"),
    ("show", "churn"),
    ("show", "churn", "--at", "HEAD"),
    ("history", "churn"),
    ("diff", "churn@v1.0.0", "churn@v1.1.0"),
    ("verify", "churn#prod"),
    ("card", "churn"),
    ("approvals", "churn@v1.1.0"),
)
PLANS = (
    ("register", "churn"),
    ("promote", "churn@v1.0.0", "--to", "staging"),
    ("rollback", "churn", "--stage", "staging", "--reason", "worse"),
    ("deprecate", "churn", "--reason", "old"),
)
SHALLOW = "this clone is shallow, so tags may be missing: run `git fetch --unshallow --tags`"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitRepo]:
    """Two versions released, the second one rolled back, a third one merged; everything is at origin."""
    patch = pytest.MonkeyPatch()
    for role in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{role}_NAME", "Test Person")
        patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
    made = team(tmp_path_factory.mktemp("clones"))
    released(made, "one", "two")
    done(made, "rollback", "churn", "--reason", "worse", "--yes")
    merge(made, "three")
    origin = GitRepo(made.root.parent / "origin.git")
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    patch.undo()
    yield made


def clone(work: GitRepo, path: Path, *options: str) -> GitRepo:
    origin = f"file://{work.root.parent}/origin.git"
    subprocess.run(["git", "clone", "-q", *options, origin, str(path)], check=True, capture_output=True)
    return GitRepo(path)


def detached(work: GitRepo, folder: Path) -> GitRepo:
    made = clone(work, folder / "work")
    made.git("switch", "-q", "--detach", "HEAD")
    return made


def linked(work: GitRepo, folder: Path) -> GitRepo:
    clone(work, folder / "main").git("worktree", "add", "-q", "-b", "other", str(folder / "work"))
    return GitRepo(folder / "work")


def submodule(work: GitRepo, folder: Path) -> GitRepo:
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder / "super")], check=True)
    outer = GitRepo(folder / "super")
    allowed = ("-c", "protocol.file.allow=always")
    outer.git(*allowed, "submodule", "--quiet", "add", f"file://{work.root.parent}/origin.git", "work")
    outer.commit(message="Take the models in")
    return GitRepo(folder / "super" / "work")


def made(work: GitRepo, folder: Path, kind: str) -> GitRepo:
    special = {"detached head": detached, "linked work tree": linked, "submodule": submodule}
    return special[kind](work, folder) if kind in special else clone(work, folder / "work", kind)


KINDS = ("--filter=blob:none", "--filter=tree:0", "detached head", "linked work tree", "submodule")


def answers(repo: GitRepo) -> dict[str, str]:
    """What each command that reads says."""
    return {" ".join(command): done(repo, *command) for command in READS}


def planned(repo: GitRepo, *command: str) -> list[tuple[str, str]]:
    """The tags that a command would write, each with its commit."""
    result = repo.run("model", *command, "--dry-run", "--format", "json")
    assert result.exit_code == 0, result.output
    [table] = [table for table in json.loads(result.stdout)["tables"] if table["title"] == "Tags"]
    return [(row["tag"], row["commit"]) for row in table["rows"]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_clone_with_tags_gives_the_answers_of_a_whole_one(
    work: GitRepo, tmp_path: Path, kind: str
) -> None:
    other = made(work, tmp_path, kind)
    assert answers(other) == answers(clone(work, tmp_path / "whole"))
    handed = done(other, "parse-ref", "churn#prod")
    assert f"commit={work.git('rev-parse', 'churn@v1.0.0^{commit}').strip()}" in handed.splitlines()
    done(other, "get", "churn#prod", "--output", str(tmp_path / "out"))
    assert (tmp_path / "out/churn.skops").read_text() == "one"
    for command in PLANS:
        assert planned(other, *command) == planned(work, *command)


def test_tags_are_written_from_every_kind_of_clone(tmp_path: Path) -> None:
    work = team(tmp_path)
    released(work, "one", "two")
    GitRepo(tmp_path / "origin.git").git("config", "uploadpack.allowFilter", "true")
    for number, kind in enumerate(KINDS):
        (tmp_path / str(number)).mkdir()
        other = made(work, tmp_path / str(number), kind)
        version = f"v1.{number % 2}.0"
        done(other, "promote", f"churn@{version}", "--to", "staging")
        assert listed(other)["churn"]["staging"] == version
        assert f"churn#staging#{number + 5}" in tags_at_origin(work)


@pytest.mark.parametrize("kind", ["--depth=1", "--no-tags"])
def test_a_clone_without_tags_says_so_and_the_command_that_it_names_mends_it(
    work: GitRepo, tmp_path: Path, kind: str
) -> None:
    other = clone(work, tmp_path / "work", kind)
    why = SHALLOW if kind == "--depth=1" else "this clone was told to take no tags: run `git fetch --tags origin`"
    for command in READS:
        result = other.run("model", *command)
        assert result.exit_code == 3
        assert why in result.stderr
    for plan in PLANS[1:]:
        assert other.run("model", *plan, "--dry-run").exit_code in (1, 3, 4)
    assert other.run("model", "parse-ref", "churn#prod").exit_code in (3, 4)
    assert other.run("model", "get", "churn", "--output", str(tmp_path / "out")).exit_code == 3
    assert not (tmp_path / "out").exists()
    subprocess.run(shlex.split(why.split("`")[1]), cwd=other.root, check=True, capture_output=True)
    assert answers(other) == answers(clone(work, tmp_path / "whole"))


def test_a_shallow_clone_that_has_all_tags_answers_and_says_that_it_may_lack_some(
    work: GitRepo, tmp_path: Path
) -> None:
    other = clone(work, tmp_path / "work", "--depth=1")
    other.git("fetch", "-q", "--depth=1", "--tags", "origin")
    for command in (("list",), ("show", "churn"), ("history", "churn")):
        result = other.run("model", *command)
        assert result.stdout == done(work, *command)
        assert SHALLOW in result.stderr
    for command in (("register", "churn"), ("parse-ref", "churn#prod")):
        result = other.run("model", *command)
        assert result.exit_code == 4
        assert "this clone is shallow: its history is cut off; run `git fetch --unshallow --tags`" in result.stderr


def test_the_one_tag_that_a_workflow_checks_out_is_not_taken_for_the_registry(work: GitRepo, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "job")], check=True)
    job = GitRepo(tmp_path / "job")
    job.git("remote", "add", "origin", f"file://{work.root.parent}/origin.git")
    one = "refs/tags/churn#prod#4:refs/tags/churn#prod#4"
    job.git("fetch", "-q", "--depth=1", "--no-tags", "origin", one, "+refs/heads/main:refs/remotes/origin/main")
    job.git("checkout", "-q", "--detach", "churn#prod#4^{commit}")
    assert SHALLOW in job.run("model", "list").stderr
    result = job.run("model", "parse-ref", "churn#prod#4")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "or check out with `fetch-depth: 0`" in result.stderr


def test_a_dry_run_looks_at_the_remote_as_writing_does(work: GitRepo, tmp_path: Path) -> None:
    other = clone(work, tmp_path / "work", "--no-tags")
    result = other.run("model", "register", "churn", "--bump", "minor", "--dry-run")
    assert result.exit_code == 1
    assert "origin has tags that are not here: churn#prod!#5" in result.stderr


def test_a_superproject_has_models_of_its_own_alone(work: GitRepo, tmp_path: Path) -> None:
    outer = GitRepo(submodule(work, tmp_path).root.parent)
    assert json.loads(done(outer, "list", "--format", "json"))["tables"][0]["rows"] == []
    result = outer.run("model", "show", "churn")
    assert result.exit_code == 3
    assert "no version of a model 'churn' was ever registered; no model has a tag here" in result.stderr
    outer.git("tag", "-a", "-m", "x", "churn@v9.0.0")
    assert listed(outer)["churn"]["latest"] == "v9.0.0"


def test_a_bare_repository_is_read_by_its_address(work: GitRepo, tmp_path: Path) -> None:
    bare = GitRepo(work.root.parent / "origin.git")
    for command in (*READS, *PLANS, ("get", "churn", "--output", "out")):
        result = bare.run("model", *command)
        assert result.exit_code == 3
        assert "a bare repository has no files to work on; clone it, and go to the clone" in result.stderr
    assert "v1.1.0" in done(bare, "list", "--repo", str(bare.root))


@pytest.mark.slow
def test_fifty_thousand_commits_are_no_matter(tmp_path: Path) -> None:
    work = team(tmp_path, origin=False)
    parent = work.git("rev-parse", "HEAD").strip()
    lines = [f"reset refs/heads/main\nfrom {parent}\n\n"]
    for number in range(50_000):
        content = f"{number}"
        lines.append(
            f"commit refs/heads/main\ncommitter a <a@b> {1_500_000_000 + number} +0000\ndata 1\nm\n"
            f"M 100644 inline notes/{number % 50}\ndata {len(content)}\n{content}\n\n"
        )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=work.root, input="".join(lines), text=True, check=True)
    work.git("reset", "-q", "--hard", "main")
    subprocess.run(["git", "clone", "-q", "--bare", str(work.root), str(tmp_path / "origin.git")], check=True)
    work.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    work.git("fetch", "-q", "origin")
    released(work, "one", "two")
    done(work, "rollback", "churn", "--reason", "worse", "--yes", "--revert")
    assert listed(work)["churn"] == {"latest": "v1.1.0", "staging": "v1.1.0", "prod": "v1.0.0"}
    for command in READS:
        done(work, *command)
    assert "version=v1.0.0" in done(work, "parse-ref", "churn#prod")
    done(work, "deprecate", "churn", "--reason", "old", "--yes")
