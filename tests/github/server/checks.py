"""Check runs and commit statuses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.github.server.answers import Answer, Page, created, forbidden, invalid, not_found
from tests.github.server.apps import app_id, app_json
from tests.github.server.clock import stamp
from tests.github.server.repository import Repository, repository_json
from tests.github.server.routing import Call, route
from tests.github.server.users import User, user_json

Json = Any
_LONGEST_TEXT = 65_535
_COPIED = ("name", "details_url", "external_id", "status", "conclusion", "started_at", "completed_at")


@dataclass
class CheckRun:
    """A check run; only its App may change it."""

    id: int
    author: User
    head_sha: str
    name: str
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str = ""
    started_at: str | None = None
    completed_at: str | None = None
    output: dict[str, Json] = field(default_factory=dict)
    annotations: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class Status:
    """A commit status; the newest of a context counts."""

    id: int
    author: User
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    created: datetime


def passed_contexts(repository: Repository, sha: str) -> set[tuple[str, int | None]]:
    """Give the names of checks and statuses that let a commit pass, each with the id of its App."""
    latest: dict[tuple[str, int | None], bool] = {}
    for run in repository.checks:
        if run.head_sha == sha:
            latest[run.name, app_id(run.author)] = run.conclusion in ("success", "neutral", "skipped")
    for status in repository.statuses:
        if status.sha == sha:
            latest[status.context, app_id(status.author)] = status.state == "success"
    return {context for context, passed in latest.items() if passed}


def check_json(repository: Repository, run: CheckRun) -> Json:
    """Give a check run."""
    own = f"{repository.url}/check-runs/{run.id}"
    output = {"annotations_count": len(run.annotations), "annotations_url": f"{own}/annotations"}
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": own,
        "html_url": f"{repository.html_url}/runs/{run.id}",
        "details_url": run.details_url or f"{repository.html_url}/runs/{run.id}",
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": {key: run.output.get(key) for key in ("title", "summary", "text")} | output,
        "name": run.name,
        "check_suite": {"id": run.author.id},
        "app": app_json(repository.github.url, run.author),
        "pull_requests": [],
    }


@route("POST /repos/{owner}/{repo}/check-runs", "checks=write")
def create_check(call: Call) -> Answer:
    repository, sha = call.repository, call.body["head_sha"]
    if app_id(call.user) is None:
        raise forbidden("You must authenticate via a GitHub App.")
    if repository.git.sha(f"{sha}^{{commit}}") != sha:
        raise invalid("CheckRun", "head_sha", "custom", f"No commit found for SHA: {sha}")
    run = CheckRun(call.github.next_id(), call.user, sha, call.body["name"])
    _change(call, run)
    repository.checks.append(run)
    return created(check_json(repository, run))


def _change(call: Call, run: CheckRun) -> None:
    for name in _COPIED:
        setattr(run, name, call.get(name, getattr(run, name)))
    output = dict(call.get("output", {}))
    for key in ("summary", "text"):
        if len((output.get(key) or "").encode()) > _LONGEST_TEXT:
            raise invalid("CheckRun", key, "custom", f"{key} exceeds a maximum bytesize of {_LONGEST_TEXT}")
    run.annotations += output.pop("annotations", [])  # a PATCH adds, it does not replace
    run.output |= output
    now = stamp(call.github.clock.tick())
    run.started_at = run.started_at or now
    if run.conclusion:
        run.status, run.completed_at = "completed", run.completed_at or now


def _existing(call: Call) -> CheckRun:
    for run in call.repository.checks:
        if run.id == call.number("check_run_id"):
            return run
    raise not_found()


@route("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", "checks=write")
def update_check(call: Call) -> Json:
    run = _existing(call)
    if app_id(call.user) != app_id(run.author):
        raise forbidden("Invalid app_id `1` - check run can only be modified by the GitHub App that created it.")
    _change(call, run)
    return check_json(call.repository, run)


@route("GET /repos/{owner}/{repo}/check-runs/{check_run_id}", "checks=read")
def show_check(call: Call) -> Json:
    return check_json(call.repository, _existing(call))


@route("GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", "checks=read")
def annotations(call: Call) -> Page:
    run = _existing(call)
    blank = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    address = f"{call.repository.html_url}/blob/{run.head_sha}/"
    return Page(run.annotations, lambda one: blank | one | {"blob_href": address + one["path"]})


@route("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", "checks=read")
def checks_of_commit(call: Call) -> Page:
    repository, query = call.repository, call.query
    sha = repository.commit_sha(call.path["ref"])
    found = {}
    for run in repository.checks:
        wanted = (sha, query.get("check_name", run.name), query.get("status", run.status))
        of_app = query.get("app_id", str(app_id(run.author))) == str(app_id(run.author))
        if of_app and (run.head_sha, run.name, run.status) == wanted:
            latest = query.get("filter", "latest") == "latest"
            found[(run.name, app_id(run.author)) if latest else run.id] = run
    newest_first = sorted(found.values(), key=lambda run: -run.id)
    return Page(newest_first, lambda run: check_json(repository, run), key="check_runs")


def status_json(repository: Repository, status: Status) -> Json:
    """Give a commit status without its author."""
    return {
        "id": status.id,
        "node_id": f"SC_{status.id}",
        "url": f"{repository.url}/statuses/{status.sha}",
        "avatar_url": f"{repository.github.url}/avatars/{status.author.id}",
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "created_at": stamp(status.created),
        "updated_at": stamp(status.created),
    }


@route("POST /repos/{owner}/{repo}/statuses/{sha}", "statuses=write", level="write")
def create_status(call: Call) -> Answer:
    repository, sha = call.repository, call.path["sha"]
    if repository.git.sha(f"{sha}^{{commit}}") != sha:
        raise invalid("Status", "sha", "custom", f"No commit found for SHA: {sha}")
    context, id = call.get("context", "default"), call.github.next_id()
    texts = (call.get("description"), call.get("target_url"))
    status = Status(id, call.user, sha, context, call.body["state"], *texts, call.github.clock.tick())
    repository.statuses.append(status)
    return created(_with_creator(repository, status))


def _with_creator(repository: Repository, status: Status) -> Json:
    return status_json(repository, status) | {"creator": user_json(repository.github.url, status.author)}


@route("GET /repos/{owner}/{repo}/commits/{ref}/statuses", "statuses=read")
def list_statuses(call: Call) -> Page:
    repository, sha = call.repository, call.repository.commit_sha(call.path["ref"])
    newest_first = [one for one in reversed(repository.statuses) if one.sha == sha]
    return Page(newest_first, lambda one: _with_creator(repository, one))


@route("GET /repos/{owner}/{repo}/commits/{ref}/status", "statuses=read")
def combined_status(call: Call) -> Json:
    repository, sha = call.repository, call.repository.commit_sha(call.path["ref"])
    latest = {one.context: one for one in repository.statuses if one.sha == sha}
    states = {one.state for one in latest.values()}
    bad, good = states & {"failure", "error"}, states == {"success"}
    return {
        "state": "failure" if bad else "success" if good else "pending",
        "statuses": [status_json(repository, one) for one in latest.values()],
        "sha": sha,
        "total_count": len(latest),
        "repository": repository_json(repository, call.user),
        "commit_url": f"{repository.url}/commits/{sha}",
        "url": f"{repository.url}/commits/{sha}/status",
    }
