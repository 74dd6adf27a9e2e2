"""`gated`: a project with one small model on main, its data in a DVC remote, cloned as a runner would clone it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from sklearn.linear_model import LogisticRegression
from tests.actions.runner import Run, Runner
from tests.conftest import GitRepo

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models

ACTION = Path(__file__).parents[2]
DEFINITIONS = {
    "gitmlops.yaml": "project: test\n",
    "features/entities/row.yaml": (
        "kind: entity\nname: row\nkeys: [{name: id, dtype: int64}]\nowner: ds\ndescription: A row\n"
    ),
    "features/sources/rows.yaml": (
        "kind: source\nname: rows\npath: data/rows.parquet\ntimestamp: time\n"
        "columns: {id: int64, time: timestamp, x: float64}\nowner: ds\ndescription: Rows\n"
    ),
    "features/views/basics.yaml": (
        "kind: feature_view\nname: basics\nowner: ds\ndescription: Basics\nentities: [row]\nsource: rows\n"
        "features: [{name: x, dtype: float64, description: X}]\n"
    ),
    "features/sets/small.yaml": (
        "kind: feature_set\nname: small\nowner: ds\ndescription: One feature\nfeatures: ['basics@v1:x']\n"
    ),
    "pipelines/train.yaml": "kind: pipeline\nname: train\nsteps: {train: {uses: gitmlops/train@v1}}\n",
    "models/small.yaml": (
        "kind: model\nname: small\npipeline: train\nartifact: models/small.skops\nfeature_set: small\nowner: ds\n"
        "risk_tier: low\nintended_use: Tests\nnot_intended_for: Anything else\n"
        "task: {kind: binary, label: y, positive: 1, threshold: 0.5}\n"
        "evaluation: {data: data/rows.parquet, labels: data/labels.parquet, id: id}\n"
    ),
    "policies/performance.yaml": (
        "kind: policy\nid: performance\nversion: 1.0.0\ntitle: Good enough\nowner: ds\n"
        "checks:\n- {id: auc, metric: roc_auc, op: '>=', threshold: 0.7, enforcement: hard-mandatory}\n"
    ),
}


def train(folder: Path, *, flipped: bool = False) -> None:
    """Write a model of x that ranks well, or exactly the wrong way round."""
    x = numpy.linspace(-1, 1, 50)
    y = ((x > 0) != flipped).astype(int)
    models.save(LogisticRegression().fit(pandas.DataFrame({"x": x}), y), folder / "models" / "small.skops")


def dvc(repo: GitRepo, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments, "--quiet"], cwd=repo.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def propose(repo: GitRepo, branch: str, *, flipped: bool) -> None:
    """Commit another model on a branch."""
    repo.git("checkout", "-q", "-b", branch, "main")
    train(repo.root, flipped=flipped)
    dvc(repo, "add", "models/small.skops")
    repo.commit(message=f"Model of {branch}")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: `origin`, which each test copies, and its DVC remote beside it, which tests only read."""
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        patch.setenv("DVC_NO_ANALYTICS", "1")
        folder = tmp_path_factory.mktemp("template")
        repo = GitRepo(folder / "origin")
        subprocess.run(["git", "init", "-q", "-b", "main", str(repo.root)], check=True)
        dvc(repo, "init")
        # Absolute: clones of this repository lie elsewhere.
        dvc(repo, "remote", "add", "--default", "storage", str(folder / "storage"))
        repo.write(dict(DEFINITIONS))
        x = numpy.linspace(-1, 1, 400)
        tables.write(pandas.DataFrame({"id": range(400), "x": x}), repo.root / "data" / "rows.parquet")
        labels = (x + numpy.sin(numpy.arange(400) * 7) * 0.5 > 0).astype(int)
        tables.write(pandas.DataFrame({"id": range(400), "y": labels}), repo.root / "data" / "labels.parquet")
        train(repo.root, flipped=True)
        dvc(repo, "add", "data/rows.parquet", "data/labels.parquet", "models/small.skops")
        repo.commit(message="A project")
        propose(repo, "better", flipped=False)
        propose(repo, "no-better", flipped=True)
        repo.write({"models/small.yaml": DEFINITIONS["models/small.yaml"].replace("Tests", "Other tests")})
        repo.commit()
        dvc(repo, "push", "--all-branches")
        for tag in ("small@v1.0.0", "small#prod#1"):
            repo.git("tag", "-a", "-m", tag, tag, "main")
        repo.git("checkout", "-q", "main")
        return folder


@dataclass(frozen=True)
class Gated:
    """A runner's machine: `origin` is the repository, `checkout` what actions/checkout leaves of a branch."""

    folder: Path
    actions: dict[str, object]

    @property
    def origin(self) -> GitRepo:
        return GitRepo(self.folder / "origin")

    def checkout(self, branch: str, *, folder: str = ".") -> GitRepo:
        workspace = self.folder / "workspace" / folder
        subprocess.run(["git", "clone", "-q", str(self.origin.root), str(workspace)], check=True)
        checked_out = GitRepo(workspace)
        checked_out.git("checkout", "-q", "--detach", f"origin/{branch}")
        checked_out.git(
            "branch", "-q", "-D", checked_out.git("for-each-ref", "--format=%(refname:short)", "refs/heads").strip()
        )
        return checked_out

    def judge(self, branch: str, inputs: dict[str, str] | None = None, *, base: str = "main") -> Run:
        """Run the action as a pull request of `branch` into `base` would."""
        self.checkout(branch)
        return self.runner(base).action(ACTION, inputs)

    def runner(self, base: str = "main") -> Runner:
        (self.folder / "temporary").mkdir(exist_ok=True)
        github = {"base_ref": base, "event_name": "pull_request"}
        return Runner(self.folder / "workspace", self.folder / "temporary", github, self.actions)


@pytest.fixture
def gated(template: Path, tmp_path: Path) -> Gated:
    """With a Python whose environments have gitmlops already, so that the action's installation takes no time."""
    shutil.copytree(template / "origin", tmp_path / "origin", symlinks=True)
    return Gated(tmp_path, {"actions/setup-python": lambda inputs: {"python-path": str(ready_python(tmp_path))}})


def ready_python(folder: Path) -> Path:
    """A program that makes environments which share this process's packages; their pip installs nothing."""
    inner, outer = folder / "python-inner", folder / "python"
    inner.write_text(f'#!/bin/sh\ncase "$*" in *"-m pip"*) exit 0 ;; esac\nexec "{sys.executable}" "$@"\n')
    outer.write_text(
        '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last/bin"\n'
        f'ln -sf "{inner}" "$last/bin/python"\nln -sf "{Path(sys.executable).parent}/gitmlops" "$last/bin/gitmlops"\n'
        f'ln -sf "{Path(sys.executable).parent}/dvc" "$last/bin/dvc"\n'
    )
    for file in (inner, outer):
        file.chmod(0o755)
    return outer


def actions_of_a_runner(folder: Path) -> dict[str, Any]:
    """Our actions, and those of others that they use: a checkout that was made before, a Python that has everything."""
    return {
        "actions/checkout": lambda inputs: {},
        "actions/setup-python": lambda inputs: {"python-path": str(ready_python(folder))},
        "gitmlops/gitmlops": ACTION,
        "gitmlops/gitmlops/setup": ACTION / "setup",
    }
