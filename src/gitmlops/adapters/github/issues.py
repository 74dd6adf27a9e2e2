"""One open issue for one thing that goes on: found by its marker and its author."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from gitmlops.adapters.github import labels as github_labels
from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.comments import Author, is_ours
from gitmlops.adapters.github.outward import body_with, heading
from gitmlops.adapters.github.refusals import NotFound
from gitmlops.adapters.github.settling import settle
from gitmlops.plain_text import marker

_NEEDS = "issues: write"


class Issue(msgspec.Struct, frozen=True):
    """An issue. pull_request: something if it is the issue side of a pull request."""

    number: int
    html_url: str
    state: str
    title: str = ""
    body: str | None = None
    user: Author | None = None
    pull_request: Any = None


def upsert(client: Client, key: str, title: str, text: str, *, labels: Sequence[str] = (), rest: str = "") -> Issue:
    """The one open issue of ours with this key, now with this title and text.

    labels: made if they are missing; an issue that is there keeps those that people gave it.
    Of several that are opened at the same moment the oldest stays, others are closed. Raises GitHubError.
    """
    for name in labels:
        github_labels.ensure(client, github_labels.Label(name))
    body = {"title": heading(title), "body": body_with(key, text, rest)}
    return settle(
        find=lambda: find(client, key),
        create=lambda: _create(client, key, {**body, "labels": list(labels)}),
        update=lambda issue: _update(client, issue, body),
        remove=lambda issue: _close_duplicate(client, key, issue),
        number=lambda issue: issue.number,
    )


def find(client: Client, key: str) -> tuple[Issue, ...]:
    """Our open issues with this key, oldest first."""
    every = client.pages(client.path("issues"), Issue, _NEEDS, state="open", sort="created", direction="asc")
    ours = (one for one in every if one.pull_request is None and is_ours(client, one.user, one.body, key))
    return tuple(sorted(ours, key=lambda one: one.number))


def labelled(client: Client, label: str, key: str) -> tuple[Issue, ...]:
    """Open issues with this label and key, oldest first, whoever opened them: who may label may write here."""
    every = client.pages(client.path("issues"), Issue, _NEEDS, state="open", labels=label, sort="created")
    ours = (one for one in every if one.pull_request is None and (one.body or "").startswith(marker(key)))
    return tuple(sorted(ours, key=lambda one: one.number))


def close(client: Client, key: str, text: str) -> tuple[Issue, ...]:
    """Our open issues with this key, closed as completed, with a last text. Raises GitHubError."""
    body = {"body": body_with(key, text, ""), "state": "closed", "state_reason": "completed"}
    return tuple(_patch(client, issue, body) for issue in find(client, key))


def _create(client: Client, key: str, body: dict[str, object]) -> Issue:
    return client.once(client.path("issues"), body, Issue, _NEEDS, lambda: next(iter(find(client, key)), None))


def _update(client: Client, issue: Issue, body: dict[str, str]) -> Issue | None:
    """None if somebody has closed or deleted it since."""
    if (issue.title, issue.body) == (body["title"], body["body"]):
        return issue
    with suppress(NotFound):
        changed = _patch(client, issue, body)
        return changed if changed.state == "open" else None
    return None


def _close_duplicate(client: Client, key: str, issue: Issue) -> None:
    body = {"body": body_with(f"{key} duplicate", "Opened at the same moment as another one.", ""), "state": "closed"}
    with suppress(NotFound):
        _patch(client, issue, {**body, "state_reason": "not_planned"})


def _patch(client: Client, issue: Issue, body: dict[str, str]) -> Issue:
    return client.put("PATCH", client.path("issues", issue.number), body, Issue, _NEEDS)
