"""A repository at GitHub whose events run what GitHub would run: workflows, as the commit of the event has them."""

import itertools
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.actions.served import Served
from tests.actions.workflow_runner import Job
from tests.conftest import GitRepo
from tests.github.rest import Rest

Jobs = dict[str, Job]
PATH = "/repos/acme/shop"


@dataclass(frozen=True)
class Event:
    """What happened: its name, its payload, who did it, the ref it is about, and the commit that is checked out."""

    name: str
    payload: Mapping[str, Any]
    actor: str
    ref: str
    commit: str
    run: int


@dataclass
class Hosted(Served):
    """acme/shop, and what people do there."""

    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _event: Event | None = None

    def of(self, login: str) -> Rest:
        """GitHub as a person sees it."""
        return Rest(self.github.url, self.github.token(login))

    def main(self) -> str:
        """The commit of the default branch."""
        return str(self.shop.branch("main"))

    def proposed(self, number: int, *, event: str = "pull_request") -> tuple[Jobs, Jobs]:
        """Somebody opened, changed or reviewed a pull request: its own `gate.yml` runs, then main's `verdict.yml`."""
        pull = self.of("acme").get(f"{PATH}/pulls/{number}")
        while pull["mergeable"] is None:
            pull = self.of("acme").get(f"{PATH}/pulls/{number}")
        ref = f"refs/pull/{number}/merge"
        payload = {"pull_request": {"number": number, "base": {"ref": pull["base"]["ref"]}}}
        tried, author = self.shop.git.run("rev-parse", ref).strip(), pull["user"]["login"]
        gate = self.happens("gate", Event(event, payload, author, ref, tried, next(self._numbers)))
        ended = {"workflow_run": {"head_sha": pull["head"]["sha"], "event": event}}
        return gate, self.happens("verdict", self._on_main("workflow_run", ended, author))

    def pushed(self, before: str, login: str) -> Jobs:
        """Somebody pushed to main, or merged into it: `receipt.yml` runs."""
        return self.happens("receipt", self._on_main("push", {"before": before, "created": False}, login))

    def dispatched(self, login: str, workflow: str, **inputs: str) -> Jobs:
        """Somebody started a workflow by hand."""
        body = {"ref": "main", "inputs": inputs}
        self.of(login).post(f"{PATH}/actions/workflows/{workflow}.yml/dispatches", body)
        return self.started(login)

    def started(self, login: str) -> Jobs:
        """The run that was asked for last, be it by another workflow, is executed."""
        asked = max(self.shop.workflow_runs.values(), key=lambda run: run.id)
        event = Event(asked.event, {"inputs": asked.inputs}, login, "refs/heads/main", asked.sha, asked.id)
        return self.happens(Path(asked.path).stem, event)

    def scheduled(self, workflow: str) -> Jobs:
        """The hour of a workflow has come."""
        return self.happens(workflow, self._on_main("schedule", {}, "acme"))

    def happens(self, workflow: str, event: Event) -> Jobs:
        """Every job of a workflow, as the commit of the event has it."""
        place = self.folder / f"workflow-{next(self._numbers)}"
        place.mkdir(parents=True)
        file = place / f"{workflow}.yml"
        file.write_text(self.shop.git.run("show", f"{event.commit}:.github/workflows/{workflow}.yml"))
        self.workflows, self._event = place, event
        return self.run(
            workflow, event.payload, event_name=event.name, ref=event.ref, sha=event.commit, run_id=str(event.run),
            ref_name=event.ref.rpartition("/")[2], actor=event.actor, actor_id=str(self.github.user(event.actor).id),
        )  # fmt: skip

    def _on_main(self, name: str, payload: Mapping[str, Any], login: str) -> Event:
        return Event(name, payload, login, "refs/heads/main", self.main(), next(self._numbers))

    def _check_out(self, workspace: Path, token: str) -> dict[str, str]:
        """What the event is about, every branch and every tag; no token is left behind."""
        assert self._event
        subprocess.run(["git", "init", "-q", "-b", "none", str(workspace)], check=True)
        checked_out = GitRepo(workspace)
        address = self.github.clone_url("acme", "shop", token)
        refs = ("+refs/heads/*:refs/remotes/origin/*", self._event.ref)
        checked_out.git("fetch", "-q", "--tags", address, *refs)
        checked_out.git("remote", "add", "origin", self.github.clone_url("acme", "shop"))
        of_main = self._event.ref == "refs/heads/main"
        checked_out.git("checkout", "-q", *(("-B", "main") if of_main else ("--detach",)), self._event.commit)
        return {}
