"""Labels of a repository."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.github.server.answers import NOTHING, Answer, Page, created, invalid, not_found
from tests.github.server.repository import Repository
from tests.github.server.routing import Call, route

Json = Any
_READ = ("issues=read", "pull_requests=read")
_WRITE = ("issues=write", "pull_requests=write")


@dataclass
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


def label_json(repository: Repository, label: Label) -> Json:
    """Give a label."""
    return {
        "id": label.id,
        "node_id": f"LA_{label.id}",
        "url": f"{repository.url}/labels/{quote(label.name)}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def named_labels(call: Call, names: list[str]) -> list[Label]:
    """Give labels by name; GitHub makes those that are not there yet."""
    return [_label(call, name) for name in dict.fromkeys(names)]


def _label(call: Call, name: str) -> Label:
    labels = call.repository.labels
    return labels.setdefault(name.lower(), Label(call.github.next_id(), name))


def names_of(body: Json) -> list[str]:
    """Give the names in the body of a request, plain or as objects."""
    listed = body if isinstance(body, list) else body.get("labels", [])
    return [one if isinstance(one, str) else one["name"] for one in listed]


@route("GET /repos/{owner}/{repo}/labels", *_READ)
def list_labels(call: Call) -> Page:
    repository = call.repository
    return Page(list(repository.labels.values()), lambda one: label_json(repository, one))


@route("POST /repos/{owner}/{repo}/labels", *_WRITE, level="triage")
def create_label(call: Call) -> Answer:
    name = call.body["name"]
    if name.lower() in call.repository.labels:
        raise invalid("Label", "name", "already_exists")
    label = Label(call.github.next_id(), name, call.get("color", "ededed"), call.get("description"))
    call.repository.labels[name.lower()] = label
    return created(label_json(call.repository, label))


def existing_label(call: Call) -> Label:
    """Give the label of the path. Raises: Refused."""
    label = call.repository.labels.get(call.path["name"].lower())
    if label is None:
        raise not_found()
    return label


@route("GET /repos/{owner}/{repo}/labels/{name}", *_READ)
def show_label(call: Call) -> Json:
    return label_json(call.repository, existing_label(call))


@route("PATCH /repos/{owner}/{repo}/labels/{name}", *_WRITE, level="triage")
def update_label(call: Call) -> Json:
    label = existing_label(call)
    del call.repository.labels[label.name.lower()]
    label.name = call.get("new_name", label.name)
    label.color = call.get("color", label.color)
    label.description = call.get("description", label.description)
    call.repository.labels[label.name.lower()] = label
    return label_json(call.repository, label)


@route("DELETE /repos/{owner}/{repo}/labels/{name}", *_WRITE, level="triage")
def delete_label(call: Call) -> Answer:
    label = existing_label(call)
    del call.repository.labels[label.name.lower()]
    for issue in call.repository.issues.values():
        issue.labels = [one for one in issue.labels if one is not label]
    return NOTHING
