"""`gitmlops pipeline` where there is more than one dvc.yaml: in folders of a DVC project, or in several projects."""

from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.tiny_project import command

from gitmlops.adapters.dvc import cache, pointers
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree

ONE = "stages:\n  make: {cmd: cp in.txt out.txt, deps: [in.txt], outs: [out.txt]}\n"
TWO = "stages:\n  make: {cmd: cp ../out.txt two.txt, deps: [../out.txt], outs: [two.txt]}\n"


@pytest.fixture
def folders(repo: GitRepo) -> GitRepo:
    """One DVC project, whose stages are in two folders."""
    command(repo, "dvc", "init", "--quiet")
    repo.commit({"gitmlops.yaml": "project: two\n", "in.txt": "1", "dvc.yaml": ONE, "sub/dvc.yaml": TWO})
    return repo


@pytest.fixture
def projects(repo: GitRepo) -> GitRepo:
    """Two DVC projects, and none at the root."""
    for name in ("cv", "nlp"):
        (repo.root / name).mkdir()
        command(GitRepo(repo.root / name), "dvc", "init", "--quiet", "--subdir")
        repo.write({f"{name}/in.txt": name, f"{name}/dvc.yaml": ONE})
    repo.commit({"gitmlops.yaml": "project: two\n"})
    return repo


def files(root: Path) -> dict[str, bytes]:
    wanted = (*root.rglob("dvc.lock"), *root.rglob("*.txt"), *root.rglob(".gitignore"))
    return {str(path.relative_to(root)): path.read_bytes() for path in wanted if "cache" not in path.parts}


def test_a_run_is_of_every_dvc_yaml_and_leaves_what_dvc_repro_of_all_pipelines_leaves(folders: GitRepo) -> None:
    status = folders.run("pipeline", "status").stdout
    assert "2 of 2 stages would run" in status
    assert "sub/dvc.yaml:make" in status
    result = folders.run("pipeline", "run")
    assert result.exit_code == 0, result.output
    ours = files(folders.root)
    assert "sub/dvc.lock" in ours
    assert folders.run("pipeline", "status").stdout.strip().endswith("Everything is up to date.")
    folders.git("clean", "-fdxq", "--exclude=.dvc")
    command(folders, "dvc", "repro", "--quiet", "--all-pipelines")
    assert files(folders.root) == ours


def test_several_dvc_projects_run_one_after_the_other(projects: GitRepo) -> None:
    assert "cv/dvc.yaml:make" in projects.run("pipeline", "status").stdout
    result = projects.run("pipeline", "run")
    assert result.exit_code == 0, result.output
    assert "in cv:" in result.stderr
    assert "in nlp:" in result.stderr
    assert (projects.root / "nlp/out.txt").read_text() == "nlp"
    assert projects.run("pipeline", "run").stderr.strip() == "everything is up to date"
    assert projects.run("pipeline", "status").stdout.strip().endswith("Everything is up to date.")
    for name in ("cv", "nlp"):
        assert "up to date" in command(GitRepo(projects.root / name), "dvc", "status")


def test_what_any_of_several_dvc_projects_holds_is_read_by_its_digest(projects: GitRepo) -> None:
    projects.run("pipeline", "run")
    known = cache.of(Repository(projects.root))
    outputs = pointers.read(WorkTree(Repository(projects.root)))
    assert {path: known.read(output) for path, output in outputs.items()} == {
        "cv/out.txt": b"cv",
        "nlp/out.txt": b"nlp",
    }


def test_a_stage_that_fails_is_told_with_its_log(projects: GitRepo) -> None:
    projects.write({"nlp/dvc.yaml": ONE.replace("cp in.txt out.txt", "echo no such luck; exit 3")})
    result = projects.run("pipeline", "run")
    assert result.exit_code == 4
    assert "no such luck" in result.stderr
    assert (projects.root / "cv/out.txt").exists()


def test_without_dvc_anywhere_its_mend_is_told(project: GitRepo) -> None:
    for verb in ("run", "status"):
        result = project.run("pipeline", verb)
        assert result.exit_code == 3
        assert "DVC is not initialised; run `dvc init`" in result.stderr
