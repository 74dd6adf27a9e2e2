"""Issues and the labels they carry; a pull request is an issue too."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.server.answers import (
    Answer,
    Page,
    Refused,
    created,
    forbidden,
    invalid,
    not_found,
    problem,
)
from tests.github.server.clock import stamp
from tests.github.server.labels import Label, existing_label, label_json, named_labels, names_of
from tests.github.server.repository import Repository
from tests.github.server.routing import LEVELS, Call, route
from tests.github.server.users import User, user_json

if TYPE_CHECKING:
    from tests.github.server.pulls import PullRequest

Json = Any
_LONGEST_BODY = 65_536
_LONGEST_TITLE = 256
_READ = ("issues=read", "pull_requests=read")
_WRITE = ("issues=write", "pull_requests=write")


@dataclass
class Issue:
    """An issue, or the issue side of a pull request."""

    id: int
    number: int
    title: str
    body: str | None
    author: User
    created: datetime
    updated: datetime
    state: str = "open"
    state_reason: str | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    closed: datetime | None = None
    closed_by: User | None = None
    locked: bool = False
    pull: "PullRequest | None" = None


def open_issue(repository: Repository, author: User, title: str, body: str | None) -> Issue:
    """Make an issue and give it."""
    github = repository.github
    _check_title(title)
    now = github.clock.tick()
    issue = Issue(github.next_id(), repository.next_number(), title, body, author, now, now)
    repository.issues[issue.number] = issue
    return issue


def change_issue(call: Call, issue: Issue) -> None:
    """Take over what a PATCH of an issue or a pull request names."""
    body = call.body or {}
    check_body("Issue", body.get("body"))
    _check_title(call.get("title", issue.title))
    issue.title = call.get("title", issue.title)
    issue.body = body.get("body", issue.body)
    issue.updated = call.github.clock.tick()
    state = call.get("state", issue.state)
    if state != issue.state:
        issue.state = state
        issue.closed = issue.updated if state == "closed" else None
        issue.closed_by = call.user if state == "closed" else None
        issue.state_reason = None if issue.pull else "reopened" if state == "open" else "completed"
    if state == "closed" and not issue.pull and body.get("state_reason"):
        issue.state_reason = body["state_reason"]


def _check_title(title: str) -> None:
    if len(title) > _LONGEST_TITLE:
        raise invalid("Issue", "title", "custom", f"title is too long (maximum is {_LONGEST_TITLE} characters)")


def check_body(resource: str, text: str | None) -> None:
    """Raises: Refused where a text is longer than GitHub takes."""
    if text is not None and len(text) > _LONGEST_BODY:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {_LONGEST_BODY} characters)")


def existing_issue(call: Call) -> Issue:
    """Give the issue of the path. Raises: Refused, 410 where it was deleted."""
    number = call.number("issue_number")
    repository = call.repository
    if number in repository.deleted_numbers:
        raise Refused(problem(410, "This issue was deleted"))
    if number not in repository.issues:
        raise not_found()
    return repository.issues[number]


def issue_json(repository: Repository, issue: Issue) -> Json:
    """Give an issue."""
    url = repository.github.url
    own = f"{repository.url}/issues/{issue.number}"
    html = f"{repository.html_url}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    assignees = [user_json(url, user) for user in issue.assignees]
    comments = [one for one in repository.comments.values() if one.issue is issue]
    body = {
        "id": issue.id,
        "node_id": f"I_{issue.id}",
        "number": issue.number,
        "url": own,
        "repository_url": repository.url,
        "labels_url": f"{own}/labels{{/name}}",
        "comments_url": f"{own}/comments",
        "events_url": f"{own}/events",
        "timeline_url": f"{own}/timeline",
        "html_url": html,
        "title": issue.title,
        "body": issue.body,
        "user": user_json(url, issue.author),
        "labels": [label_json(repository, label) for label in issue.labels],
        "state": issue.state,
        "state_reason": issue.state_reason,
        "locked": issue.locked,
        "active_lock_reason": None,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": None,
        "comments": len(comments),
        "created_at": stamp(issue.created),
        "updated_at": stamp(issue.updated),
        "closed_at": stamp(issue.closed),
        "closed_by": user_json(url, issue.closed_by),
        "author_association": association(repository, issue.author),
        "performed_via_github_app": None,
    }
    if issue.pull:
        addresses = {"html_url": html, "diff_url": f"{html}.diff", "patch_url": f"{html}.patch"}
        pull = f"{repository.url}/pulls/{issue.number}"
        body["pull_request"] = {"url": pull, "merged_at": stamp(issue.pull.merged_at), **addresses}
    return body


def association(repository: Repository, user: User) -> str:
    """Give GitHub's word for how near somebody is to a repository."""
    if user.id == repository.owner.id:
        return "OWNER"
    return "COLLABORATOR" if user.id in repository.collaborators else "NONE"


@route("GET /repos/{owner}/{repo}/issues", "issues=read")
def list_issues(call: Call) -> Page:
    repository = call.repository
    query = call.query
    wanted = {name.lower() for name in query.get("labels", "").split(",") if name}
    found = [
        one
        for one in repository.issues.values()
        if query.get("state", "open") in (one.state, "all")
        and wanted <= {label.name.lower() for label in one.labels}
        and query.get("creator", one.author.login).lower() == one.author.login.lower()
        and (stamp(one.updated) or "") >= query.get("since", "")
    ]
    sort = {"updated": lambda one: one.updated}.get(query.get("sort", ""), lambda one: one.number)
    found.sort(key=sort, reverse=query.get("direction", "desc") == "desc")
    return Page(found, lambda issue: issue_json(repository, issue))


@route("POST /repos/{owner}/{repo}/issues", "issues=write")
def create_issue(call: Call) -> Answer:
    repository = call.repository
    check_body("Issue", call.get("body"))
    issue = open_issue(repository, call.user, str(call.body["title"]), call.get("body"))
    if LEVELS.index(repository.level(call.user)) >= LEVELS.index("triage"):  # GitHub drops them silently otherwise
        issue.labels = named_labels(call, names_of(call.get("labels", [])))
        issue.assignees = [call.github.existing_user(login) for login in call.get("assignees", [])]
    return created(issue_json(repository, issue))


@route("GET /repos/{owner}/{repo}/issues/{issue_number}", *_READ)
def show_issue(call: Call) -> Json:
    return issue_json(call.repository, existing_issue(call))


@route("PATCH /repos/{owner}/{repo}/issues/{issue_number}", *_WRITE)
def update_issue(call: Call) -> Json:
    issue = existing_issue(call)
    _check_may_edit(call, issue.author)
    change_issue(call, issue)
    if "labels" in call.body:
        issue.labels = named_labels(call, names_of(call.body["labels"]))
    if "assignees" in call.body:
        issue.assignees = [call.github.existing_user(login) for login in call.body["assignees"]]
    return issue_json(call.repository, issue)


def _check_may_edit(call: Call, author: User) -> None:
    if author is not call.user and LEVELS.index(call.repository.level(call.user)) < LEVELS.index("triage"):
        raise forbidden("Must have admin rights to Repository.")


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/labels", *_READ)
def labels_of_issue(call: Call) -> Page:
    repository = call.repository
    return Page(existing_issue(call).labels, lambda one: label_json(repository, one))


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", *_WRITE, level="triage")
def add_labels(call: Call) -> Page:
    issue = existing_issue(call)
    more = named_labels(call, names_of(call.body))
    issue.labels += [one for one in more if one not in issue.labels]
    return labels_of_issue(call)


@route("PUT /repos/{owner}/{repo}/issues/{issue_number}/labels", *_WRITE, level="triage")
def set_labels(call: Call) -> Page:
    existing_issue(call).labels = named_labels(call, names_of(call.body))
    return labels_of_issue(call)


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", *_WRITE, level="triage")
def remove_label(call: Call) -> Page:
    issue, label = existing_issue(call), existing_label(call)
    if label not in issue.labels:
        raise not_found()
    issue.labels.remove(label)
    return labels_of_issue(call)
