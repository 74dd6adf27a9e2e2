"""Comments on issues and pull requests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.github.server.answers import NOTHING, Answer, Page, created, forbidden, invalid, not_found
from tests.github.server.clock import stamp
from tests.github.server.issues import Issue, association, check_body, existing_issue
from tests.github.server.repository import Repository
from tests.github.server.routing import LEVELS, Call, route
from tests.github.server.users import User, user_json

Json = Any
_READ = ("issues=read", "pull_requests=read")
_WRITE = ("issues=write", "pull_requests=write")


@dataclass
class Comment:
    """A comment on an issue or a pull request."""

    id: int
    issue: Issue
    author: User
    body: str
    created: datetime
    updated: datetime


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
