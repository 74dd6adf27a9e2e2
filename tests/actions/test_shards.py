"""The workflow of a pipeline that asks for several jobs: clean by the strictest rules, and executed."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.actions import generated
from tests.actions.conftest import actions_of_a_runner
from tests.actions.linting import require_clean
from tests.actions.runner import Run, Runner
from tests.conftest import GitRepo
from tests.repo.stages import dvc, lock, make
from tests.repo.stages import require_clean as require_run

from gitmlops.hooks.staged import StagedFile
from gitmlops.hooks.workflows import check

PIPELINE = """\
kind: pipeline
name: delay
shards: 3
steps:
  prepare:
    run: cat ${{ inputs.given }} > ${{ outputs.made }}
    inputs: {given: in.txt}
    outputs: {made: made.txt}
  train:
    matrix: {where: [EWR, JFK, LGA]}
    run: >-
      test ${{ matrix.where }} != JFK || test -e ../ok || exit 7;
      echo ran >> ../ran-${{ matrix.where }}; cat ${{ inputs.made }} > ${{ outputs.model }}
    inputs: {made: "${{ steps.prepare.outputs.made }}"}
    outputs: {model: "${{ matrix.where }}.txt"}
  compare:
    run: cat ${{ inputs.models }} | wc -l > ${{ outputs.lines }}
    inputs: {models: [EWR.txt, JFK.txt, LGA.txt]}
    outputs: {lines: {path: lines.json, cache: false, metric: true}}
"""
FILE = Path(".github/workflows/pipeline-delay.yml")


def asking(**labels: object) -> str:
    """The pipeline, with `resources: runs_on` of these steps."""
    document = yaml.safe_load(PIPELINE)
    for step, wanted in labels.items():
        document["steps"][step]["resources"] = {"runs_on": wanted}
    return yaml.safe_dump(document)


@pytest.fixture
def origin(tmp_path: Path) -> GitRepo:
    made = make(tmp_path / "origin", {"in.txt": "in\n", "pipelines/delay.yaml": PIPELINE})
    assert made.run("github", "files").exit_code == 0
    assert made.run("pipeline", "compile").exit_code == 0
    dvc(made.root, "remote", "add", "-q", "--default", "storage", str(tmp_path / "storage"))
    made.commit()
    made.git("branch", "work")
    return made


@dataclass(frozen=True)
class Machines:
    """Where jobs of one run of the workflow run, each on a machine of its own; artifacts lie beside them."""

    origin: GitRepo
    commit: str

    def job(self, name: str, *, shard: str = "", needs: dict[str, Any] | None = None) -> tuple[GitRepo, Run]:
        """Run a job."""
        folder = self.origin.root.with_name(f"{name}{shard}")
        machine = GitRepo(folder / "work")
        subprocess.run(["git", "clone", "-q", str(self.origin.root), str(machine.root)], check=True)
        machine.git("checkout", "-q", "--detach", self.commit)
        # What the runs that are written down lie beside, and what says that JFK may pass.
        for shared in ("ok", "ran-EWR", "ran-JFK", "ran-LGA"):
            (folder / shared).symlink_to(self.origin.root.with_name(shared))
        temporary = folder / "temporary"
        temporary.mkdir()
        artifacts = self.origin.root.with_name("artifacts")

        def upload(inputs: dict[str, str]) -> dict[str, str]:
            assert "/." not in inputs["path"] or inputs["include-hidden-files"] == "true"
            if (machine.root / inputs["path"]).is_dir():
                shutil.copytree(machine.root / inputs["path"], artifacts / inputs["name"])
            return {}

        def download(inputs: dict[str, str]) -> dict[str, str]:
            shutil.copytree(artifacts / inputs.get("name", ""), inputs["path"])
            return {}

        github = {
            "server_url": f"file://{self.origin.root.parent}",
            "repository": "origin",
            "ref_name": "work",
            "ref": "refs/heads/work",
            "sha": self.commit,
            "token": "secret",
        }
        actions = actions_of_a_runner(folder) | {
            "actions/upload-artifact": upload,
            "actions/download-artifact": download,
        }
        runner = Runner(machine.root, temporary, github, actions)
        return machine, runner.job(machine.root / FILE, name, matrix={"shard": shard}, needs=needs)


@pytest.mark.parametrize("more", ["", generated.ENTERPRISE], ids=["github.com", "enterprise"])
def test_it_is_written_for_the_pipeline_that_asks_for_it_and_clean_by_the_strictest_rules(
    tmp_path: Path, more: str
) -> None:
    flights = tmp_path / "flights"
    flights.mkdir()
    written = generated.write(flights, more=more, files={"pipelines/spread.yaml": PIPELINE.replace("delay", "spread")})
    file = written / ".github/workflows/pipeline-spread.yml"
    require_clean(file)
    assert check([StagedFile(file.name, file.read_bytes())]).passed
    assert not (written / FILE).exists()
    jobs = yaml.safe_load(file.read_text())["jobs"]
    assert jobs["shard"]["strategy"]["matrix"] == {"shard": [1, 2, 3]}
    assert jobs["shard"]["runs-on"] == jobs["join"]["runs-on"] == (["self-hosted", "gpu"] if more else "ubuntu-latest")
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "shard": {"contents": "read"},
        "join": {"contents": "read"},
        "push": {"contents": "write"},
    }
    # What runs the project's code has no token; what has one, runs none of it.
    assert not [
        step for name in ("shard", "join") for step in jobs[name]["steps"] if "token" in json.dumps(step).lower()
    ]
    assert not [
        step for step in jobs["push"]["steps"] if "pipeline" in step.get("run", "") or "dvc" in step.get("run", "")
    ]


def test_its_jobs_run_where_every_step_may_run(tmp_path: Path) -> None:
    pipeline = asking(train=["self-hosted", "gpu"], compare="gpu")
    written = generated.write(tmp_path, files={"pipelines/delay.yaml": pipeline})
    require_clean(written / FILE)
    jobs = yaml.safe_load((written / FILE).read_text())["jobs"]
    assert sorted(jobs["shard"]["runs-on"]) == ["gpu", "self-hosted"]
    assert jobs["join"]["runs-on"] == jobs["shard"]["runs-on"]
    assert jobs["push"]["runs-on"] == "ubuntu-latest"


def test_as_many_jobs_as_github_starts_of_a_matrix_can_be_asked_for_and_no_more(project: GitRepo) -> None:
    project.commit({"in.txt": "in\n", "pipelines/delay.yaml": PIPELINE.replace("shards: 3", "shards: 256")})
    assert project.run("github", "files").exit_code == 0
    jobs = yaml.safe_load((project.root / FILE).read_text())["jobs"]
    assert jobs["shard"]["strategy"]["matrix"]["shard"] == [*range(1, 257)]
    project.commit({"pipelines/delay.yaml": PIPELINE.replace("shards: 3", "shards: 300")})
    result = project.run("check")
    assert result.exit_code == 3
    assert "pipelines/delay.yaml:3:9: " in result.output
    assert "write 2 to 256: GitHub runs no larger matrix" in result.output


@pytest.mark.slow
def test_its_jobs_train_and_push_though_a_shard_failed(origin: GitRepo) -> None:
    machines = Machines(origin, origin.git("rev-parse", "work").strip())
    ends = [machines.job("shard", shard=str(number))[1].passed for number in (1, 2, 3)]
    assert ends == [True, False, True]
    origin.root.with_name("ok").touch()
    joining, run = machines.job("join")
    assert run.passed, run.log
    assert "3 up to date, 2 run" in run.log
    assert run.outputs == {"changed": "true"}
    for where in ("EWR", "JFK", "LGA"):
        assert origin.root.with_name(f"ran-{where}").read_text() == "ran\n"
    require_run(joining)
    _, pushed = machines.job("push", needs={"join": {"result": "success", "outputs": run.outputs}})
    assert pushed.passed, pushed.log
    assert origin.git("show", "work:dvc.lock") == lock(joining)
    assert origin.git("show", "work:lines.json").strip() == "3"
    fresh = origin.root.with_name("fresh")
    subprocess.run(["git", "clone", "-q", "--branch", "work", str(origin.root), str(fresh)], check=True)
    dvc(fresh, "pull", "-q")
    require_run(GitRepo(fresh))


@pytest.mark.slow
def test_more_than_one_commit_upon_the_one_that_was_run_is_not_pushed(origin: GitRepo) -> None:
    forged = origin.root.with_name("forged")
    subprocess.run(["git", "clone", "-q", "--branch", "work", str(origin.root), str(forged)], check=True)
    for name in ("a", "b"):
        (forged / name).touch()
        GitRepo(forged).commit()
    made = origin.root.with_name("artifacts") / "made"
    made.mkdir(parents=True)
    commit = origin.git("rev-parse", "work").strip()
    GitRepo(forged).git("bundle", "create", "-q", str(made / "commit.bundle"), f"{commit}..HEAD")
    _, pushed = Machines(origin, commit).job("push")
    assert not pushed.passed
    assert f"is not one commit upon {commit}" in pushed.log
    assert origin.git("rev-parse", "work").strip() == commit
