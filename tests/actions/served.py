"""A repository at the test GitHub and the machines that its workflows run on: a job's token may what the job says."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.actions.conftest import actions_of_a_runner
from tests.actions.runner import Runner, StandInFailed
from tests.actions.workflow_runner import Job, run_workflow
from tests.conftest import GitRepo
from tests.github.rest import Rest
from tests.github.server.github import ACTIONS, GitHub
from tests.github.server.repository import Repository


@dataclass
class Served:
    """acme/shop, whose workflows lie in `workflows`; `artifacts` is what jobs hand to each other."""

    github: GitHub
    folder: Path
    workflows: Path
    shop: Repository
    run_id: int = 1
    artifacts: dict[str, Path] = field(default_factory=dict)

    @property
    def owner(self) -> Rest:
        return Rest(self.github.url, self.github.token("acme"))

    def run(
        self, name: str, event: Mapping[str, Any], *, lost: tuple[str, ...] = (), cancel: str = "", **github: str
    ) -> dict[str, Job]:
        """Run a workflow of the default branch."""
        self.run_id += 1
        file = self.workflows / f"{name}.yml"

        def machine(job: str, matrix: Mapping[str, Any]) -> Runner:
            return self._machine(file, job, matrix, event, github)

        return run_workflow(file, machine, lost=lost, cancel=cancel)

    def _machine(
        self, file: Path, job: str, matrix: Mapping[str, Any], event: Mapping[str, Any], github: Mapping[str, str]
    ) -> Runner:
        permissions = yaml.safe_load(file.read_text())["jobs"][job]["permissions"]
        token = self.github.token(ACTIONS, {name.replace("-", "_"): level for name, level in permissions.items()})
        home = self.folder / f"machine-{self.run_id}-{job}-{len(list(self.folder.glob('machine-*')))}"
        for name in ("temporary", "workspace"):
            (home / name).mkdir(parents=True)
        context = {
            "token": token,
            "repository": "acme/shop",
            "api_url": self.github.url,
            "server_url": self.github.url,
            "run_id": str(self.run_id),
            "actor": "ann",
            "actor_id": "7",
            "event": {"repository": {"default_branch": "main"}, **event},
            **github,
        }
        actions = actions_of_a_runner(home) | {
            "actions/checkout": lambda inputs: self._check_out(home / "workspace", token),
            "actions/upload-artifact": lambda inputs: self._upload(home / "workspace", inputs),
            "actions/download-artifact": self._download,
        }
        return Runner(home / "workspace", home / "temporary", context, actions, ("GITMLOPS_APP_KEY",))

    def _check_out(self, workspace: Path, token: str) -> dict[str, str]:
        """The default branch and every tag, and no token left behind."""
        address = self.github.clone_url("acme", "shop", token)
        subprocess.run(["git", "clone", "-q", address, str(workspace)], check=True)
        GitRepo(workspace).git("remote", "set-url", "origin", self.github.clone_url("acme", "shop"))
        return {}

    def _upload(self, workspace: Path, inputs: Mapping[str, str]) -> dict[str, str]:
        place = self.folder / "artifacts" / inputs["name"]
        subprocess.run(["rm", "-rf", str(place)], check=True)
        place.parent.mkdir(exist_ok=True)
        if (workspace / inputs["path"]).is_file():  # it lies in the artifact under its name
            place.mkdir()
        subprocess.run(["cp", "-r", str(workspace / inputs["path"]), str(place)], check=True)
        self.artifacts[inputs["name"]] = place
        return {}

    def _download(self, inputs: Mapping[str, str]) -> dict[str, str]:
        if inputs["name"] not in self.artifacts:
            raise StandInFailed(f"there is no artifact {inputs['name']}")
        subprocess.run(["cp", "-r", str(self.artifacts[inputs["name"]]), inputs["path"]], check=True)
        return {}

    def checks(self, commit: str) -> dict[str, str]:
        """Name of a check -> how it ended."""
        found = self.owner.get(f"/repos/acme/shop/commits/{commit}/check-runs")["check_runs"]
        return {run["name"]: run["conclusion"] for run in found}

    def comments(self, number: int) -> list[str]:
        found = self.owner.get(f"/repos/acme/shop/issues/{number}/comments")
        return [comment["body"] for comment in found]


def serve(github: GitHub, origin: GitRepo, folder: Path, workflows: Path) -> Served:
    """What is in `origin`, at GitHub as acme/shop; dev may write."""
    shop = github.repository("acme", "shop", origin.root)
    github.collaborator("acme/shop", ACTIONS)
    github.collaborator("acme/shop", "dev")
    return Served(github, folder, workflows, shop)
