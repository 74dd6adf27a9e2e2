"""The hooks as pre-commit runs them: from a clone of this repository, in an environment of their own."""

import hashlib
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.conftest import GitRepo
from tests.hooks import test_model_cards
from tests.hooks.test_secrets import SECRETS
from tests.releasing import MODEL

pytestmark = pytest.mark.slow
HERE = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((HERE / ".pre-commit-hooks.yaml").read_text())
HOOKS = tuple(hook["id"] for hook in MANIFEST if not hook["id"].endswith("-fix"))
AT_A_COMMIT = tuple(hook for hook in MANIFEST if "pre-commit" in hook["stages"])
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


POINTER = f"outs:\n- md5: {'0' * 32}\n  size: 1\n  hash: md5\n  path: rows.csv\n"
STAGE = "cmd: cp rows.csv copy.csv\n    deps: [{path: rows.csv, hash: md5, md5: %s, size: 8}]\n"
LOCK = f"schema: '2.0'\nstages:\n  copy:\n    {STAGE}"
BY_HAND = MODEL.replace("pipeline: churn\n", "").replace("feature_set: churn", "columns: [x]")
SOUND: dict[str, str | bytes] = {
    "clean.ipynb": '{"cells": []}',
    "plain.pkl": pickle.dumps({"a": [1, 2]}),
    "rows.csv": "a,b\n1,2\n",
    "dvc.yaml": "stages:\n  copy:\n    cmd: cp rows.csv copy.csv\n    deps: [rows.csv]\n",
    "dvc.lock": LOCK % hashlib.md5(b"a,b\n1,2\n").hexdigest(),
    "models/churn.yaml": BY_HAND,
    "models/churn.skops.dvc": test_model_cards.POINTER,
    "models/churn.card.md": test_model_cards.card(),
    "models/.gitignore": "/churn.skops\n",
    ".github/workflows/sound.yml": "on: push\npermissions: {}\njobs: {a: {runs-on: x, steps: [{run: echo}]}}\n",
}
WRONG: dict[str, str | bytes] = {
    "my notes.ipynb": '{"cells": [{"cell_type": "code", "outputs": [{}], "execution_count": 1, "metadata": {}}]}',
    "-model.pkl": pickle.dumps(os.getcwd),
    "schlüssel 1.py": f"token = '{SECRETS['GitHub token']}'\n",
    "data/größe.csv.dvc": POINTER.replace("rows.csv", "größe.csv"),
    "dvc.lock": LOCK % ("0" * 32),
    "models/churn.card.md": test_model_cards.card(owner="nobody"),
    ".github/workflows/a b.yml": "on: push\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v6}]}}\n",
}


def outcomes(output: str) -> dict[str, str]:
    """The last word of each hook's line, by the hook's name."""
    lines = [line for line in output.splitlines() if line.endswith(("Passed", "Failed", "Skipped"))]
    return {line.split("...")[0].rstrip("."): line.rpartition(".")[2] for line in lines}


def test_sound_project_passes_every_hook_of_a_clone(project: GitRepo, pre_commit: PreCommit) -> None:
    project.write(
        {**SOUND, "data/.gitignore": "/rows.bin\n", "data/rows.bin": b"x" * 2_000_000, "notes für alle.txt": "a"}
    )
    project.git("add", "--all")
    done = pre_commit(project, "try-repo", str(pre_commit.clone), "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcomes(done.stdout) == {hook["name"]: "Passed" for hook in AT_A_COMMIT}


def test_each_hook_refuses_what_is_wrong_and_nothing_else(project: GitRepo, pre_commit: PreCommit) -> None:
    project.commit({".pre-commit-config.yaml": pre_commit.configuration(), "gone.ipynb": WRONG["my notes.ipynb"]})
    assert pre_commit(project, "install").returncode == 0
    project.write({**SOUND, **WRONG})
    project.git("rm", "-q", "gone.ipynb")
    project.git("add", "--all")
    # What lies on disk is mended, what is staged is not: pre-commit puts the staged content there for the hooks.
    project.write({"my notes.ipynb": '{"cells": []}'})
    done = pre_commit.around(project, "git", "commit", "-m", "wrong")
    assert done.returncode == 1
    found = outcomes(done.stderr)
    assert {name for name, word in found.items() if word == "Failed"} == {
        "gitmlops hook dvc-files", "gitmlops hook lock", "gitmlops hook model-card", "gitmlops hook notebook",
        "gitmlops hook pickle", "gitmlops hook secrets", "gitmlops hook workflows",
    }  # fmt: skip
    for path in (
        "data/größe.csv",
        "dvc.lock",
        "models/churn.card.md",
        "my notes.ipynb",
        "-model.pkl",
        "schlüssel 1.py",
        ".github/workflows/a b.yml",
    ):
        assert path in done.stderr, path
    for path in ("gone.ipynb", "clean.ipynb", "plain.pkl"):
        assert path not in done.stderr, path
    assert SECRETS["GitHub token"][8:20] not in done.stderr
    assert (project.root / "my notes.ipynb").read_text() == '{"cells": []}'


def test_messages_and_pushes_are_looked_at(project: GitRepo, pre_commit: PreCommit, tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    project.git("init", "-q", "--bare", str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    config = f"[core]\n    remote = shop\n['remote \"shop\"']\n    url = {tmp_path / 'storage'}\n"
    project.commit({".pre-commit-config.yaml": pre_commit.configuration(), ".dvc/config": config})
    for stage in ("commit-msg", "pre-push"):
        assert pre_commit(project, "install", "--hook-type", stage).returncode == 0
    done = pre_commit.around(project, "git", "commit", "--allow-empty", "-m", "Change [skip ci]")
    assert outcomes(done.stderr) == {"gitmlops hook commit-msg": "Failed"}
    assert pre_commit.around(project, "git", "push", "-q", "-u", "origin", "main").returncode == 0
    project.write({"data/rows.csv.dvc": POINTER, "data/.gitignore": "/rows.csv\n"})
    project.git("add", "--all")
    assert pre_commit.around(project, "git", "commit", "-m", "New data").returncode == 0
    pushed = pre_commit.around(project, "git", "push", "-q", "origin", "main")
    assert pushed.returncode == 1
    assert "data/rows.csv:1:1: of commit" in " ".join((pushed.stdout + pushed.stderr).split())


def test_fixer_leaves_a_commit_that_passes_when_it_is_added(project: GitRepo, pre_commit: PreCommit) -> None:
    configuration = pre_commit.configuration().replace("gitmlops-notebook\n", "gitmlops-notebook-fix\n")
    project.commit({".pre-commit-config.yaml": configuration})
    assert pre_commit(project, "install").returncode == 0
    project.write({"my notes.ipynb": WRONG["my notes.ipynb"]})
    project.git("add", "--all")
    first = pre_commit.around(project, "git", "commit", "-m", "notes")
    assert first.returncode == 1
    assert "cleaned: my notes.ipynb" in first.stderr
    project.git("add", "--all")
    assert pre_commit.around(project, "git", "commit", "-m", "notes").returncode == 0


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
