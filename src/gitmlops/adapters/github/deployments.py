"""Deployments and how they went."""

from dataclasses import dataclass
from enum import Enum

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.outward import description

_NEEDS = "deployments: write"
_LONGEST = 140


class State(Enum):
    """How a deployment stands, in GitHub's words."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    INACTIVE = "inactive"


class Deployment(msgspec.Struct, frozen=True):
    """A deployment of a commit to an environment."""

    id: int
    sha: str
    environment: str
    task: str = ""


class Status(msgspec.Struct, frozen=True):
    """How a deployment stood at some time."""

    id: int
    state: str
    description: str = ""
    environment_url: str = ""
    log_url: str = ""


@dataclass(frozen=True)
class Wanted:
    """What is deployed: a commit (SHA), to an environment, as a task like `deploy:churn@v1.2.0`."""

    commit: str
    environment: str
    task: str
    text: str = ""


def ensure(client: Client, wanted: Wanted) -> Deployment:
    """The newest deployment of this commit, environment and task, made if there is none. Raises GitHubError."""
    body = {
        "ref": wanted.commit,
        "environment": wanted.environment,
        "task": wanted.task,
        "description": description(wanted.text, _LONGEST),
        # The commit as it is: GitHub would merge the default branch into it, and ask every status there is.
        "auto_merge": False,
        "required_contexts": [],
    }
    return find(client, wanted) or client.once(
        client.path("deployments"), body, Deployment, _NEEDS, lambda: find(client, wanted)
    )


def find(client: Client, wanted: Wanted) -> Deployment | None:
    """The newest deployment of this commit, environment and task."""
    path = client.path("deployments")
    query = {"sha": wanted.commit, "environment": wanted.environment, "task": wanted.task}
    return max(client.pages(path, Deployment, _NEEDS, **query), key=lambda one: one.id, default=None)


def statuses(client: Client, deployment: Deployment) -> tuple[Status, ...]:
    """How a deployment stood, newest first."""
    every = client.pages(client.path("deployments", deployment.id, "statuses"), Status, _NEEDS)
    return tuple(sorted(every, key=lambda one: -one.id))


def report(
    client: Client, deployment: Deployment, state: State, text: str = "", *, address: str = "", log: str = ""
) -> Status:
    """The deployment's newest status, now this one; said once. Raises GitHubError."""
    words = description(text, _LONGEST)

    def happened() -> Status | None:
        newest = next(iter(statuses(client, deployment)), None)
        return newest if newest and (newest.state, newest.description) == (state.value, words) else None

    body = {"state": state.value, "description": words, "environment_url": address, "log_url": log}
    path = client.path("deployments", deployment.id, "statuses")
    return happened() or client.once(path, body, Status, _NEEDS, happened)
