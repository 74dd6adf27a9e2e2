"""Check runs: a verdict on a commit, with its annotations in portions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gitmlops.adapters.github.annotations import Annotation, Level
from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.outward import description, text_of_check

_NEEDS = "checks: write"
_PORTION = 50
"""Annotations that GitHub takes in one request."""
_LONGEST_TITLE, _LONGEST_MESSAGE = 250, 10_000
_LEVELS = {Level.ERROR: "failure", Level.WARNING: "warning", Level.NOTICE: "notice"}


class _Output(msgspec.Struct, frozen=True):
    annotations_count: int = 0


class CheckRun(msgspec.Struct, frozen=True):
    """A check run. conclusion: None while it is not completed."""

    id: int
    html_url: str | None = None
    external_id: str | None = None
    conclusion: str | None = None
    output: _Output = _Output()


@dataclass(frozen=True)
class Check:
    """What a check run shall say. key: names it among those of the same name: a second try of a run is another one.

    What says something else is another one, too: of several the newest counts, and annotations are never taken off.

    conclusion: `success`, `failure`, `neutral` or `action_required`; summary, text: Markdown, escaped already.
    """

    name: str
    commit: str
    key: str
    conclusion: str
    title: str
    summary: str
    text: str = ""
    address: str = ""
    annotations: Sequence[Annotation] = ()


def publish(client: Client, check: Check) -> CheckRun:
    """The check run of this key on the commit, with every annotation once. Raises GitHubError."""
    found = _find(client, check)
    run = found or _create(client, check)
    # What GitHub counts is asked of a run of before alone: right after a write its count may be that of before.
    there = found.output.annotations_count if found else _PORTION
    for start in range(there, len(check.annotations), _PORTION):
        run = _add(client, check, run, start)
    return run


def _find(client: Client, check: Check) -> CheckRun | None:
    """The newest run of the key, if it says what it shall."""
    path = client.path("commits", check.commit, "check-runs")
    every = client.pages(path, CheckRun, _NEEDS, key="check_runs", check_name=check.name, filter="all")
    of_key = (run for run in every if (run.external_id or "").rpartition("/")[0] == check.key)
    newest = max(of_key, key=lambda run: run.id, default=None)
    return newest if newest and newest.external_id == _identity(check) else None


def _identity(check: Check) -> str:
    said = msgspec.json.encode((check.conclusion, _output(check, check.annotations)))
    return f"{check.key}/{hashlib.sha256(said).hexdigest()[:16]}"


def _create(client: Client, check: Check) -> CheckRun:
    body = {
        "name": check.name,
        "head_sha": check.commit,
        "external_id": _identity(check),
        "status": "completed",
        "conclusion": check.conclusion,
        "output": _output(check, check.annotations[:_PORTION]),
        **({"details_url": check.address} if check.address else {}),
    }
    return client.once(client.path("check-runs"), body, CheckRun, _NEEDS, lambda: _find(client, check))


def _add(client: Client, check: Check, run: CheckRun, there: int) -> CheckRun:
    """Annotations are added, not replaced: after a fault their number says whether these have arrived."""
    path = client.path("check-runs", run.id)

    def happened() -> CheckRun | None:
        now = client.get(path, CheckRun, _NEEDS)
        return now if now.output.annotations_count > there else None

    body = {"output": _output(check, check.annotations[there : there + _PORTION])}
    return client.once(path, body, CheckRun, _NEEDS, happened, verb="PATCH")


def _output(check: Check, annotations: Sequence[Annotation]) -> dict[str, object]:
    text = {"text": text_of_check(check.text, check.address)} if check.text else {}
    return {
        "title": description(check.title, _LONGEST_TITLE),
        "summary": text_of_check(check.summary, check.address),
        "annotations": [_written(one) for one in annotations],
        **text,
    }


def _written(annotation: Annotation) -> dict[str, object]:
    return {
        "path": annotation.path or ".github",
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": _LEVELS[annotation.level],
        "message": description(annotation.message, _LONGEST_MESSAGE) or "-",
        **({"title": description(annotation.title, _LONGEST_TITLE)} if annotation.title else {}),
    }
