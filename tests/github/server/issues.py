"""Issues with their comments and labels; a pull request is an issue too."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.server.answers import (
    NOTHING,
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
from tests.github.server.repository import Repository
from tests.github.server.routing import LEVELS, Call, route
from tests.github.server.users import User, user_json

if TYPE_CHECKING:
    from tests.github.server.pulls import PullRequest

Json = Any
_LONGEST_BODY = 65_536
_READ = ("issues=read", "pull_requests=read")
_WRITE = ("issues=write", "pull_requests=write")


@dataclass
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


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


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    issue: Issue
    author: User
    body: str
    created: datetime
    updated: datetime


def open_issue(repository: Repository, author: User, title: str, body: str | None) -> Issue:
    """Make an issue and give it."""
    github = repository.github
    now = github.clock.tick()
    issue = Issue(github.next_id(), repository.next_number(), title, body, author, now, now)
    repository.issues[issue.number] = issue
    return issue


def change_issue(call: Call, issue: Issue) -> None:
    """Take over what a PATCH of an issue or a pull request names."""
    body = call.body or {}
    check_body("Issue", body.get("body"))
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


def label_json(repository: Repository, label: Label) -> Json:
    """Give a label."""
    return {
        "id": label.id,
        "node_id": f"LA_{label.id}",
        "url": f"{repository.url}/labels/{label.name.replace(' ', '%20')}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


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


def comment_json(repository: Repository, comment: Comment) -> Json:
    """Give a comment."""
    own = f"{repository.url}/issues/comments/{comment.id}"
    kind = "pull" if comment.issue.pull else "issues"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": own,
        "html_url": f"{repository.html_url}/{kind}/{comment.issue.number}#issuecomment-{comment.id}",
        "issue_url": f"{repository.url}/issues/{comment.issue.number}",
        "body": comment.body,
        "user": user_json(repository.github.url, comment.author),
        "created_at": stamp(comment.created),
        "updated_at": stamp(comment.updated),
        "author_association": association(repository, comment.author),
        "performed_via_github_app": None,
    }


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
        issue.labels = named_labels(
            call, [one if isinstance(one, str) else one["name"] for one in call.get("labels", [])]
        )
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
        issue.labels = named_labels(call, [one if isinstance(one, str) else one["name"] for one in call.body["labels"]])
    if "assignees" in call.body:
        issue.assignees = [call.github.existing_user(login) for login in call.body["assignees"]]
    return issue_json(call.repository, issue)


def _check_may_edit(call: Call, author: User) -> None:
    if author is not call.user and LEVELS.index(call.repository.level(call.user)) < LEVELS.index("triage"):
        raise forbidden("Must have admin rights to Repository.")


@route("GET /repos/{owner}/{repo}/issues/comments", *_READ)
def list_all_comments(call: Call) -> Page:
    repository = call.repository
    return Page(list(repository.comments.values()), lambda one: comment_json(repository, one))


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", *_READ)
def list_comments(call: Call) -> Page:
    repository, issue, since = call.repository, existing_issue(call), call.query.get("since", "")
    found = [one for one in repository.comments.values() if one.issue is issue and (stamp(one.updated) or "") >= since]
    return Page(found, lambda one: comment_json(repository, one))


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", *_WRITE)
def create_comment(call: Call) -> Answer:
    issue, text = existing_issue(call), call.body["body"]
    check_body("IssueComment", text)
    if not text.strip():
        raise invalid("IssueComment", "body", "custom", "body cannot be blank")
    now = call.github.clock.tick()
    comment = Comment(call.github.next_id(), issue, call.user, text, now, now)
    call.repository.comments[comment.id] = comment
    return created(comment_json(call.repository, comment))


def existing_comment(call: Call) -> Comment:
    """Give the comment of the path. Raises: Refused."""
    comment = call.repository.comments.get(call.number("comment_id"))
    if comment is None:
        raise not_found()
    return comment


@route("GET /repos/{owner}/{repo}/issues/comments/{comment_id}", *_READ)
def show_comment(call: Call) -> Json:
    return comment_json(call.repository, existing_comment(call))


@route("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", *_WRITE)
def update_comment(call: Call) -> Json:
    comment = existing_comment(call)
    _check_may_change_comment(call, comment)
    check_body("IssueComment", call.body["body"])
    comment.body, comment.updated = call.body["body"], call.github.clock.tick()
    return comment_json(call.repository, comment)


@route("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", *_WRITE)
def delete_comment(call: Call) -> Answer:
    comment = existing_comment(call)
    _check_may_change_comment(call, comment)
    del call.repository.comments[comment.id]
    return NOTHING


def _check_may_change_comment(call: Call, comment: Comment) -> None:
    if comment.author is not call.user and LEVELS.index(call.repository.level(call.user)) < LEVELS.index("write"):
        raise forbidden("Must have admin rights to Repository.")


def named_labels(call: Call, names: list[str]) -> list[Label]:
    """Give labels by name; GitHub makes those that are not there yet."""
    return [_label(call, name) for name in dict.fromkeys(names)]


def _label(call: Call, name: str) -> Label:
    labels = call.repository.labels
    return labels.setdefault(name.lower(), Label(call.github.next_id(), name))


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


@route("GET /repos/{owner}/{repo}/issues/{issue_number}/labels", *_READ)
def labels_of_issue(call: Call) -> Page:
    repository = call.repository
    return Page(existing_issue(call).labels, lambda one: label_json(repository, one))


def _names(body: Json) -> list[str]:
    listed = body if isinstance(body, list) else body.get("labels", [])
    return [one if isinstance(one, str) else one["name"] for one in listed]


@route("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", *_WRITE, level="triage")
def add_labels(call: Call) -> Page:
    issue = existing_issue(call)
    more = named_labels(call, _names(call.body))
    issue.labels += [one for one in more if one not in issue.labels]
    return labels_of_issue(call)


@route("PUT /repos/{owner}/{repo}/issues/{issue_number}/labels", *_WRITE, level="triage")
def set_labels(call: Call) -> Page:
    existing_issue(call).labels = named_labels(call, _names(call.body))
    return labels_of_issue(call)


@route("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", *_WRITE, level="triage")
def remove_label(call: Call) -> Page:
    issue, label = existing_issue(call), existing_label(call)
    if label not in issue.labels:
        raise not_found()
    issue.labels.remove(label)
    return labels_of_issue(call)
