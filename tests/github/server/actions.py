"""Workflows that are asked for and their runs (nothing executes them), and what workflows may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from tests.github.server.answers import NOTHING, Answer, Page, not_found, unprocessable
from tests.github.server.clock import stamp
from tests.github.server.commits import commit
from tests.github.server.git import GitFailed
from tests.github.server.repository import Repository, repository_json
from tests.github.server.routing import Call, route
from tests.github.server.users import User, user_json

Json = Any
_FOLDER = ".github/workflows/"


@dataclass
class WorkflowRun:
    """A run that was asked for, with its inputs."""

    id: int
    actor: User
    path: str
    event: str
    branch: str
    sha: str
    created: datetime
    number: int
    inputs: dict[str, str]
    status: str = "queued"
    conclusion: str | None = None
    attempt: int = 1
    triggering_actor: User | None = None


def workflow_files(repository: Repository) -> list[str]:
    """Give the workflow files of the default branch, sorted."""
    if repository.branch(repository.default_branch) is None:
        return []
    listed = repository.git.run("ls-tree", "--name-only", repository.default_branch, "--", _FOLDER).splitlines()
    return sorted(path for path in listed if path.endswith((".yml", ".yaml")))


def _existing(call: Call) -> tuple[int, str]:
    """The id of a workflow, which is its place in the sorted list, and its file."""
    asked = call.path["workflow_id"]
    for id, path in enumerate(workflow_files(call.repository), start=1):
        if asked in (str(id), path, path.removeprefix(_FOLDER)):
            return id, path
    raise not_found()


@route("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}", "actions=read")
def show_workflow(call: Call) -> Json:
    id, path = _existing(call)
    own = f"{call.repository.url}/actions/workflows/{id}"
    return {
        "id": id,
        "node_id": f"W_{id}",
        "name": path.removeprefix(_FOLDER),
        "path": path,
        "state": "active",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "url": own,
        "html_url": f"{call.repository.html_url}/blob/main/{path}",
        "badge_url": f"{own}/badge.svg",
    }


@route("POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", "actions=write", level="write")
def dispatch(call: Call) -> Answer:
    repository, (_, path) = call.repository, _existing(call)
    name = call.body["ref"].removeprefix("refs/heads/").removeprefix("refs/tags/")
    sha = repository.branch(name) or repository.git.sha(f"refs/tags/{name}^{{commit}}")
    if sha is None:
        raise unprocessable(f"No ref found for: {name}")
    inputs = call.get("inputs", {})
    _check_inputs(_declared_inputs(repository, sha, path), inputs)
    run = WorkflowRun(
        id=call.github.next_id(),
        actor=call.user,
        path=path,
        event="workflow_dispatch",
        branch=name,
        sha=sha,
        created=call.github.clock.tick(),
        number=len(repository.workflow_runs) + 1,
        inputs=inputs,
    )
    repository.workflow_runs[run.id] = run
    return NOTHING


def _declared_inputs(repository: Repository, sha: str, path: str) -> dict[str, Json]:
    try:
        workflow = yaml.safe_load(repository.git.run("show", f"{sha}:{path}"))
    except GitFailed:
        raise unprocessable("Workflow does not exist on the ref") from None
    events = workflow.get("on", workflow.get(True))  # YAML 1.1 reads `on` as true
    if "workflow_dispatch" not in events:
        raise unprocessable("Workflow does not have 'workflow_dispatch' trigger")
    triggers = events["workflow_dispatch"] if isinstance(events, dict) else None
    return (triggers or {}).get("inputs") or {}


def _check_inputs(declared: dict[str, Json], inputs: dict[str, str]) -> None:
    if unexpected := sorted(inputs.keys() - declared.keys()):
        raise unprocessable(f"Unexpected inputs provided: {unexpected}")
    for name, one in declared.items():
        if (one or {}).get("required") and "default" not in one and name not in inputs:
            raise unprocessable(f"Required input '{name}' not provided")


def run_json(repository: Repository, run: WorkflowRun, viewer: User) -> Json:
    """Give a run."""
    own = f"{repository.url}/actions/runs/{run.id}"
    workflow = workflow_files(repository).index(run.path) + 1
    made = commit(repository.git, run.sha)
    url = repository.github.url
    return {
        "id": run.id,
        "node_id": f"WFR_{run.id}",
        "name": run.path.removeprefix(_FOLDER),
        "head_branch": run.branch,
        "head_sha": run.sha,
        "path": run.path,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": workflow,
        "url": own,
        "html_url": f"{repository.html_url}/actions/runs/{run.id}",
        "pull_requests": [],
        "created_at": stamp(run.created),
        "updated_at": stamp(run.created),
        "run_started_at": stamp(run.created),
        "actor": user_json(url, run.actor),
        "triggering_actor": user_json(url, run.triggering_actor or run.actor),
        **{f"{name}_url": f"{own}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "check_suite_url": f"{repository.url}/check-suites/{run.id}",
        "workflow_url": f"{repository.url}/actions/workflows/{workflow}",
        "head_commit": {
            "id": made.sha,
            "tree_id": made.tree,
            "message": made.message,
            "timestamp": made.committer[2],
            "author": {"name": made.author[0], "email": made.author[1]},
            "committer": {"name": made.committer[0], "email": made.committer[1]},
        },
        "repository": repository_json(repository, viewer),
        "head_repository": repository_json(repository, viewer),
        "display_title": made.message.split("\n")[0],
    }


@route("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", "actions=read")
def runs_of_workflow(call: Call) -> Page:
    _, path = _existing(call)
    return _runs(call, path)


@route("GET /repos/{owner}/{repo}/actions/runs", "actions=read")
def all_runs(call: Call) -> Page:
    return _runs(call, "")


def _runs(call: Call, path: str) -> Page:
    repository, query = call.repository, call.query
    found = [
        run
        for run in reversed(repository.workflow_runs.values())
        if path in ("", run.path)
        and query.get("event", run.event) == run.event
        and query.get("branch", run.branch) == run.branch
        and query.get("head_sha", run.sha) == run.sha
        and query.get("actor", run.actor.login) == run.actor.login
        and query.get("status", run.status) in (run.status, run.conclusion)
    ]
    return Page(found, lambda run: run_json(repository, run, call.user), key="workflow_runs")


@route("GET /repos/{owner}/{repo}/actions/runs/{run_id}", "actions=read")
def show_run(call: Call) -> Json:
    run = call.repository.workflow_runs.get(call.number("run_id"))
    if run is None:
        raise not_found()
    return run_json(call.repository, run, call.user)


@route("GET /repos/{owner}/{repo}/actions/permissions/workflow", "administration=read", level="admin")
def workflow_permissions(call: Call) -> Json:
    return {
        "default_workflow_permissions": call.repository.default_workflow_permissions,
        "can_approve_pull_request_reviews": call.repository.actions_may_approve,
    }


@route("PUT /repos/{owner}/{repo}/actions/permissions/workflow", "administration=write", level="admin")
def set_workflow_permissions(call: Call) -> Answer:
    repository = call.repository
    now = workflow_permissions(call)
    repository.default_workflow_permissions = call.get(
        "default_workflow_permissions", now["default_workflow_permissions"]
    )
    repository.actions_may_approve = call.get("can_approve_pull_request_reviews", repository.actions_may_approve)
    return NOTHING


@route("GET /repos/{owner}/{repo}/actions/permissions", "administration=read", level="admin")
def actions_permissions(call: Call) -> Json:
    own = f"{call.repository.url}/actions/permissions"
    return call.repository.actions_permissions | {"selected_actions_url": f"{own}/selected-actions"}


@route("PUT /repos/{owner}/{repo}/actions/permissions", "administration=write", level="admin")
def set_actions_permissions(call: Call) -> Answer:
    call.repository.actions_permissions |= call.body
    return NOTHING
