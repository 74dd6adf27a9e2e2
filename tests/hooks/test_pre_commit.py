"""The hooks as pre-commit runs them: from a clone of this repository, in an environment of their own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import GitRepo

pytestmark = pytest.mark.slow
HERE = Path(__file__).parents[2]
HOOKS = ("gitmlops-check", "gitmlops-compile", "gitmlops-lock", "gitmlops-large-file")
BESIDE = ("pip", "setuptools")


@dataclass(frozen=True)
class PreCommit:
    """pre-commit with a cache of its own, and a clone of this repository to take the hooks from."""

    clone: Path
    home: Path

    def __call__(self, repo: GitRepo, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.around(repo, sys.executable, "-m", "pre_commit", *arguments)

    def around(self, repo: GitRepo, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command (a commit) that may call pre-commit."""
        environment = {**os.environ, "PRE_COMMIT_HOME": str(self.home), "PRE_COMMIT_COLOR": "never"}
        return subprocess.run(command, cwd=repo.root, env=environment, capture_output=True, text=True, check=False)

    def configuration(self) -> str:
        revision = GitRepo(self.clone).git("rev-parse", "HEAD").strip()
        hooks = "".join(f"  - id: {hook}\n" for hook in HOOKS)
        return f"repos:\n- repo: {self.clone}\n  rev: {revision}\n  hooks:\n{hooks}"


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> PreCommit:
    folder = tmp_path_factory.mktemp("pre-commit")
    subprocess.run(["git", "clone", "-q", str(HERE), str(folder / "gitmlops")], check=True)
    return PreCommit(folder / "gitmlops", folder / "home")


def outcomes(output: str) -> dict[str, str]:
    """The last word of each hook's line, by the hook's name."""
    lines = [line for line in output.splitlines() if line.endswith(("Passed", "Failed", "Skipped"))]
    return {line.split("...")[0].rstrip("."): line.rpartition(".")[2] for line in lines}


def test_sound_project_passes_every_hook_of_a_clone(project: GitRepo, pre_commit: PreCommit) -> None:
    project.write({"data/.gitignore": "/rows.bin\n", "data/rows.bin": b"x" * 2_000_000, "notes für alle.txt": "short"})
    project.git("add", "--all")
    done = pre_commit(project, "try-repo", str(pre_commit.clone), "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(outcomes(done.stdout).values()) == {"Passed"}
    assert len(outcomes(done.stdout)) == len(HOOKS)


def test_commit_is_refused_by_the_hook_that_finds_something(project: GitRepo, pre_commit: PreCommit) -> None:
    project.commit({".pre-commit-config.yaml": pre_commit.configuration()})
    assert pre_commit(project, "install").returncode == 0
    project.write(
        {
            "features/entities/plane.yaml": "kind: entity\nname: plane\nkey: x\n",
            "größe 1.bin": b"x" * 2_000_000,
            "small.bin": b"x",
        }
    )
    project.git("add", "--all")
    done = pre_commit.around(project, "git", "commit", "-m", "wrong")
    assert done.returncode == 1
    assert outcomes(done.stderr)["gitmlops check"] == "Failed"
    assert outcomes(done.stderr)["gitmlops hook large-file"] == "Failed"
    assert "features/entities/plane.yaml:3:1" in done.stderr
    assert "größe 1.bin" in done.stderr
    assert "small.bin" not in done.stderr


def test_pipeline_that_is_not_compiled_is_refused(project: GitRepo, pre_commit: PreCommit) -> None:
    steps = "steps: {own: {uses: ./components/own}}\n"
    component = "kind: component\nname: own\nversion: v1\ndescription: Ours\nowner: ds\nentry: own:run\n"
    project.commit(
        {
            ".pre-commit-config.yaml": pre_commit.configuration(),
            "pipelines/one.yaml": f"kind: pipeline\nname: one\n{steps}",
            "components/own/component.yaml": component + "outputs: {table: {type: table, description: Rows}}\n",
            "components/own/own.py": "def run(inputs, params, outputs):\n    pass\n",
        }
    )
    done = pre_commit(project, "run", "gitmlops-compile", "--all-files")
    assert done.returncode == 1
    assert outcomes(done.stdout) == {"gitmlops pipeline compile": "Failed"}
    assert "dvc.yaml" in done.stdout


def test_deleted_definition_is_noticed(project: GitRepo, pre_commit: PreCommit) -> None:
    view = (
        "kind: feature_view\nname: v\nowner: ds\ndescription: V\nentities: [gone]\nsource: rows\n"
        "features: [{name: x, dtype: float64, description: X}]\n"
    )
    entity = "kind: entity\nname: gone\nkeys: [{name: id, dtype: int64}]\nowner: ds\ndescription: G\n"
    project.commit(
        {
            ".pre-commit-config.yaml": pre_commit.configuration(),
            "features/views/v.yaml": view,
            "features/entities/gone.yaml": entity,
        }
    )
    project.git("rm", "-q", "features/entities/gone.yaml")
    done = pre_commit(project, "run", "gitmlops-check")
    assert done.returncode == 1
    assert "there is no entity 'gone'" in done.stdout


def test_what_the_hooks_install_is_light(project: GitRepo, pre_commit: PreCommit) -> None:
    project.commit({".pre-commit-config.yaml": pre_commit.configuration()})
    assert pre_commit(project, "install-hooks").returncode == 0
    (packages,) = pre_commit.home.glob("repo*/py_env-*/lib/python*/site-packages")
    sizes = {
        # Bytecode is Python's own cache, which pip fills and `--no-compile` leaves out: no package brings it.
        folder.name: sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc")
        for folder in packages.iterdir()
        if folder.is_dir() and not folder.name.startswith(BESIDE)
    }
    assert not {"dvc", "pandas", "numpy", "sklearn", "duckdb"} & set(sizes)
    assert sum(sizes.values()) < 15_000_000, sizes
