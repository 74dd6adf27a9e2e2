"""The workflow of docs/how-to/spread-a-run-over-jobs.md: clean by the strictest rules, and executed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.actions.conftest import ACTION
from tests.actions.runner import Run, Runner
from tests.conftest import GitRepo
from tests.repo.stages import dvc, lock, make, require_clean

PAGE = ACTION / "docs/how-to/spread-a-run-over-jobs.md"
STAGES = """\
stages:
  prepare: {cmd: cat in.txt > made.txt, deps: [in.txt], outs: [made.txt]}
  train:
    matrix: {where: [EWR, JFK, LGA]}
    cmd: >-
      test ${item.where} != JFK || test -e ../ok || exit 7;
      echo ran >> ../ran-${item.where}; cat made.txt > ${item.where}.txt
    deps: [made.txt]
    outs: ["${item.where}.txt"]
  compare:
    cmd: cat EWR.txt JFK.txt LGA.txt | wc -l > lines.json
    deps: [EWR.txt, JFK.txt, LGA.txt]
    metrics: [lines.json: {cache: false}]
"""


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    (text,) = re.findall(r"```yaml\n# \.github/workflows/train\.yml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    file = tmp_path / ".github/workflows/train.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What setup-python and pip put on a runner's PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, rest in (("gitmlops", "-m gitmlops"), ("dvc", "-m dvc"), ("python", "")):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\ncase "$*" in "-m pip install "*) exit 0 ;; esac\nexec "{sys.executable}" {rest} "$@"\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.fixture
def origin(tmp_path: Path) -> GitRepo:
    made = make(tmp_path / "origin", {"dvc.yaml": STAGES, "in.txt": "in\n"})
    dvc(made.root, "remote", "add", "-q", "--default", "storage", "../storage")
    made.commit()
    return made


def job(origin: GitRepo, workflow: Path, name: str, *, shard: str = "") -> tuple[GitRepo, Run]:
    """Run a job on a machine of its own; artifacts lie beside the machines."""
    machine = origin.root.with_name(f"{name}{shard}")
    subprocess.run(["git", "clone", "-q", str(origin.root), str(machine)], check=True)
    temporary = origin.root.with_name(f"temporary-{name}{shard}")
    temporary.mkdir()
    artifacts = origin.root.with_name("artifacts")

    def upload(inputs: dict[str, str]) -> dict[str, str]:
        assert inputs["include-hidden-files"] == "true"
        if (machine / inputs["path"]).is_dir():
            shutil.copytree(machine / inputs["path"], artifacts / inputs["name"])
        return {}

    def download(inputs: dict[str, str]) -> dict[str, str]:
        for artifact in sorted(artifacts.glob(inputs["pattern"])):
            shutil.copytree(artifact, inputs["path"], dirs_exist_ok=True)
        return {}

    actions = {
        "actions/checkout": lambda inputs: {},
        "actions/setup-python": lambda inputs: {},
        "actions/upload-artifact": upload,
        "actions/download-artifact": download,
    }
    github = {
        "server_url": f"file://{origin.root.parent}",
        "repository": "origin",
        "ref_name": "trained",
        "ref": "refs/heads/trained",
        "token": "secret",
    }
    return GitRepo(machine), Runner(machine, temporary, github, actions).job(workflow, name, matrix={"shard": shard})


def test_the_workflow_is_clean_by_the_strictest_rules(workflow: Path) -> None:
    for command in (
        ["zizmor", "--offline", "--persona", "auditor", workflow],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow],
    ):
        program, *arguments = map(str, command)
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    uses = [line.strip() for line in workflow.read_text().splitlines() if "uses:" in line]
    assert len(uses) == 6
    assert all(re.fullmatch(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in uses)


@pytest.mark.slow
@pytest.mark.usefixtures("programs")
def test_its_jobs_train_and_push_though_a_shard_failed(origin: GitRepo, workflow: Path) -> None:
    ends = [job(origin, workflow, "shard", shard=str(number))[1].passed for number in (1, 2, 3)]
    assert ends == [True, False, True]
    origin.root.with_name("ok").touch()
    joining, run = job(origin, workflow, "join")
    assert run.passed, run.log
    assert "3 up to date, 2 run" in run.log
    for where in ("EWR", "JFK", "LGA"):
        assert origin.root.with_name(f"ran-{where}").read_text() == "ran\n"
    require_clean(joining)
    assert origin.git("show", "trained:dvc.lock") == lock(joining)
    assert origin.git("show", "trained:lines.json").strip() == "3"
    fresh = origin.root.with_name("fresh")
    subprocess.run(["git", "clone", "-q", "--branch", "trained", str(origin.root), str(fresh)], check=True)
    dvc(fresh, "pull", "-q")
    require_clean(GitRepo(fresh))
