"""Environments, deployments and how they went."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.github.server.answers import (
    NOTHING,
    Answer,
    Page,
    Refused,
    conflict,
    created,
    not_found,
    problem,
    unprocessable,
)
from tests.github.server.checks import passed_contexts
from tests.github.server.clock import stamp
from tests.github.server.repository import Repository
from tests.github.server.routing import Call, route
from tests.github.server.users import User, user_json

Json = Any


@dataclass
class Environment:
    """An environment with the rules that were sent."""

    id: int
    name: str
    created: datetime
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class DeploymentStatus:
    """How a deployment stood at a time."""

    id: int
    author: User
    state: str
    body: dict[str, Json]
    created: datetime


@dataclass
class Deployment:
    """A deployment of a commit."""

    id: int
    author: User
    sha: str
    ref: str
    body: dict[str, Json]
    created: datetime
    statuses: list[DeploymentStatus] = field(default_factory=list)

    @property
    def environment(self) -> str:
        return self.body.get("environment", "production")

    @property
    def task(self) -> str:
        return self.body.get("task", "deploy")


def deployment_json(repository: Repository, deployment: Deployment) -> Json:
    """Give a deployment."""
    own = f"{repository.url}/deployments/{deployment.id}"
    return {
        "id": deployment.id,
        "node_id": f"DE_{deployment.id}",
        "url": own,
        "sha": deployment.sha,
        "ref": deployment.ref,
        "task": deployment.task,
        "payload": deployment.body.get("payload", {}),
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": deployment.body.get("description"),
        "creator": user_json(repository.github.url, deployment.author),
        "created_at": stamp(deployment.created),
        "updated_at": stamp(deployment.created),
        "statuses_url": f"{own}/statuses",
        "repository_url": repository.url,
        "transient_environment": deployment.body.get("transient_environment", False),
        "production_environment": deployment.body.get("production_environment", deployment.environment == "production"),
    }


@route("GET /repos/{owner}/{repo}/deployments", "deployments=read")
def list_deployments(call: Call) -> Page:
    repository, query = call.repository, call.query
    found = [
        one
        for one in reversed(repository.deployments.values())
        if query.get("sha", one.sha) == one.sha
        and query.get("ref", one.ref) == one.ref
        and query.get("task", one.task) == one.task
        and query.get("environment", one.environment) == one.environment
    ]
    return Page(found, lambda one: deployment_json(repository, one))


@route("POST /repos/{owner}/{repo}/deployments", "deployments=write", level="write")
def create_deployment(call: Call) -> Answer:
    repository, ref = call.repository, call.body["ref"]
    try:
        sha = repository.commit_sha(ref)
    except Refused:
        raise unprocessable(f"No ref found for: {ref}") from None
    if call.get("auto_merge", True) and repository.git.count(f"{sha}..refs/heads/{repository.default_branch}"):
        raise conflict(f"Conflict merging {repository.default_branch} into {ref}")
    _check_contexts(repository, sha, call.get("required_contexts"))
    deployment = Deployment(call.github.next_id(), call.user, sha, ref, call.body, call.github.clock.tick())
    _environment(call, deployment.environment)
    repository.deployments[deployment.id] = deployment
    return created(deployment_json(repository, deployment))


def _check_contexts(repository: Repository, sha: str, required: list[str] | None) -> None:
    """Without a list, everything that was ever said about the commit must have passed."""
    passed = {name for name, _ in passed_contexts(repository, sha)}
    said = {one.name for one in repository.checks if one.head_sha == sha}
    said |= {one.context for one in repository.statuses if one.sha == sha}
    if lacking := sorted((said if required is None else set(required)) - passed):
        message = f"Conflict: Commit status checks failed for {sha}: {', '.join(lacking)}"
        raise Refused(problem(409, message))


def _existing(call: Call) -> Deployment:
    deployment = call.repository.deployments.get(call.number("deployment_id"))
    if deployment is None:
        raise not_found()
    return deployment


@route("GET /repos/{owner}/{repo}/deployments/{deployment_id}", "deployments=read")
def show_deployment(call: Call) -> Json:
    return deployment_json(call.repository, _existing(call))


def status_json(repository: Repository, deployment: Deployment, status: DeploymentStatus) -> Json:
    """Give a status of a deployment."""
    own = f"{repository.url}/deployments/{deployment.id}"
    log = status.body.get("log_url") or status.body.get("target_url") or ""
    return {
        "id": status.id,
        "node_id": f"DES_{status.id}",
        "url": f"{own}/statuses/{status.id}",
        "state": status.state,
        "creator": user_json(repository.github.url, status.author),
        "description": status.body.get("description", ""),
        "environment": status.body.get("environment", deployment.environment),
        "target_url": log,
        "log_url": log,
        "environment_url": status.body.get("environment_url", ""),
        "created_at": stamp(status.created),
        "updated_at": stamp(status.created),
        "deployment_url": own,
        "repository_url": repository.url,
    }


@route("GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "deployments=read")
def list_statuses(call: Call) -> Page:
    repository, deployment = call.repository, _existing(call)
    return Page(deployment.statuses[::-1], lambda one: status_json(repository, deployment, one))


@route("POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses", "deployments=write", level="write")
def create_status(call: Call) -> Answer:
    repository, deployment = call.repository, _existing(call)
    status = _said(call, deployment, call.body["state"], call.body)
    if status.state == "success" and call.get("auto_inactive", True):
        for other in repository.deployments.values():
            if other is not deployment and other.environment == deployment.environment and other.statuses:
                _said(call, other, "inactive", {})
    return created(status_json(repository, deployment, status))


def _said(call: Call, deployment: Deployment, state: str, body: dict[str, Json]) -> DeploymentStatus:
    status = DeploymentStatus(call.github.next_id(), call.user, state, body, call.github.clock.tick())
    deployment.statuses.append(status)
    return status


def _environment(call: Call, name: str) -> Environment:
    github = call.github
    made = Environment(github.next_id(), name, github.clock.tick())
    return call.repository.environments.setdefault(name, made)


def environment_json(repository: Repository, environment: Environment) -> Json:
    """Give an environment."""
    return {
        "id": environment.id,
        "node_id": f"EN_{environment.id}",
        "name": environment.name,
        "url": f"{repository.url}/environments/{environment.name}",
        "html_url": f"{repository.html_url}/deployments/activity_log?environments_filter={environment.name}",
        "created_at": stamp(environment.created),
        "updated_at": stamp(environment.created),
        "protection_rules": list(_rules_json(repository, environment)),
        "deployment_branch_policy": environment.settings.get("deployment_branch_policy"),
    }


def _rules_json(repository: Repository, environment: Environment) -> list[Json]:
    rules: list[Json] = []
    if minutes := environment.settings.get("wait_timer"):
        rules.append({"type": "wait_timer", "wait_timer": minutes})
    if reviewers := environment.settings.get("reviewers"):
        accounts = {user.id: user for user in repository.github.users.values()}
        shown = [
            {"type": "User", "reviewer": user_json(repository.github.url, accounts[one["id"]])} for one in reviewers
        ]
        prevent = environment.settings.get("prevent_self_review", False)
        rules.append({"type": "required_reviewers", "prevent_self_review": prevent, "reviewers": shown})
    return [
        {"id": environment.id + at, "node_id": f"GA_{environment.id + at}", **rule} for at, rule in enumerate(rules)
    ]


@route("GET /repos/{owner}/{repo}/environments", "actions=read")
def list_environments(call: Call) -> Page:
    repository = call.repository
    return Page(list(repository.environments.values()), lambda one: environment_json(repository, one), "environments")


@route("GET /repos/{owner}/{repo}/environments/{environment_name}", "actions=read")
def show_environment(call: Call) -> Json:
    environment = call.repository.environments.get(call.path["environment_name"])
    if environment is None:
        raise not_found()
    return environment_json(call.repository, environment)


@route("PUT /repos/{owner}/{repo}/environments/{environment_name}", "administration=write", level="admin")
def set_environment(call: Call) -> Json:
    environment = _environment(call, call.path["environment_name"])
    environment.settings = call.body or {}
    return environment_json(call.repository, environment)


@route("DELETE /repos/{owner}/{repo}/environments/{environment_name}", "administration=write", level="admin")
def delete_environment(call: Call) -> Answer:
    if call.repository.environments.pop(call.path["environment_name"], None) is None:
        raise not_found()
    return NOTHING
