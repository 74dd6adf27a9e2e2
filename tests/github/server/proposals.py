"""Proposing: pull requests opened, listed, changed, and whom they ask for a review."""

from typing import Any

from tests.github.server.answers import Answer, Page, created, forbidden, invalid, unprocessable_review
from tests.github.server.commits import commit_json, file_json
from tests.github.server.issues import change_issue, check_body, open_issue
from tests.github.server.pull_shapes import full_pull_json, pull_json
from tests.github.server.pulls import (
    PullRequest,
    Retargeting,
    commits_of,
    existing_pull,
    files_of,
    pulls_of,
    refresh,
    take_over,
)
from tests.github.server.repository import Repository
from tests.github.server.routing import LEVELS, Call, route
from tests.github.server.users import team_json, user_json

Json = Any


@route("GET /repos/{owner}/{repo}/pulls", "pull_requests=read")
def list_pulls(call: Call) -> Page:
    repository, query = call.repository, call.query
    owner, _, branch = query.get("head", "").rpartition(":")
    found = [
        pull
        for pull in pulls_of(repository)
        if query.get("state", "open") in (pull.issue.state, "all")
        and query.get("base", pull.base) == pull.base
        # GitHub ignores a head without an owner.
        and (not owner or (owner.lower(), branch) == (pull.head_owner.login.lower(), pull.head))
    ]
    found.sort(key=_order(query.get("sort", "created")), reverse=_descending(query))
    return Page(found, lambda pull: pull_json(repository, pull, call.user))


def _order(sort: str) -> Any:
    return (lambda pull: pull.issue.updated) if sort == "updated" else (lambda pull: pull.issue.number)


def _descending(query: dict[str, str]) -> bool:
    default = "desc" if query.get("sort", "created") == "created" else "asc"
    return query.get("direction", default) == "desc"


@route("POST /repos/{owner}/{repo}/pulls", "pull_requests=write")
def create_pull(call: Call) -> Answer:
    repository = call.repository
    if call.github.is_actions_bot(call.user) and not repository.actions_may_approve:
        raise forbidden("GitHub Actions is not permitted to create or approve pull requests.")
    source, head = _source(call)
    base = call.body["base"]
    head_sha, base_sha = _shas(repository, source, head, base)
    check_body("PullRequest", call.get("body"))
    if not call.get("title", "").strip():
        raise invalid("PullRequest", "title", "missing_field")
    issue = open_issue(repository, call.user, call.body["title"], call.get("body"))
    pull = PullRequest(call.github.next_id(), issue, head, base, head_sha, base_sha, source, source.owner)
    pull.draft = call.get("draft", False)
    pull.maintainer_can_modify = call.get("maintainer_can_modify", False)
    issue.pull = pull
    refresh(repository, pull)
    return created(full_pull_json(repository, pull, call.user))


def _source(call: Call) -> tuple[Repository, str]:
    """The repository that has the head, and the branch there: this one, or a fork by its owner."""
    owner, _, head = call.body["head"].rpartition(":")
    for one in call.github.repositories.values():
        near = one is call.repository or one.fork_of is call.repository
        if near and one.owner.login.lower() == (owner or call.repository.owner.login).lower():
            return one, head
    raise invalid("PullRequest", "head", "invalid")


def _shas(repository: Repository, source: Repository, head: str, base: str) -> tuple[str, str]:
    head_sha, base_sha = source.branch(head), repository.branch(base)
    if head_sha is None or base_sha is None:
        raise invalid("PullRequest", "base" if head_sha else "head", "invalid")
    for pull in pulls_of(repository):
        if pull.is_open and (pull.source, pull.head, pull.base) == (source, head, base):
            message = f"A pull request already exists for {source.owner.login}:{head}."
            raise invalid("PullRequest", "", "custom", message)
    take_over(repository, source, head)
    if not repository.git.count(f"{base_sha}..{head_sha}"):
        raise invalid("PullRequest", "", "custom", f"No commits between {base} and {head}")
    return head_sha, base_sha


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests=read")
def show_pull(call: Call) -> Json:
    return full_pull_json(call.repository, existing_pull(call), call.user)


@route("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests=write")
def update_pull(call: Call) -> Json:
    pull = existing_pull(call)
    if pull.issue.author is not call.user and LEVELS.index(call.repository.level(call.user)) < LEVELS.index("write"):
        raise forbidden("Must have push access to repository.")
    if call.get("state") == "open" and pull.merged_at:
        raise invalid("PullRequest", "state", "invalid")
    if call.get("state") == "open" and (pull.source is None or pull.source.branch(pull.head) is None):
        raise invalid("PullRequest", "state", "custom", "state cannot be changed. The branch was deleted.")
    if base := call.get("base"):
        if call.repository.branch(base) is None:
            raise invalid("PullRequest", "base", "invalid")
        if base != pull.base:
            pull.retargetings.append(Retargeting(call.github.next_id(), call.user, call.github.clock.tick()))
        pull.base = base
    pull.maintainer_can_modify = call.get("maintainer_can_modify", pull.maintainer_can_modify)
    change_issue(call, pull.issue)
    refresh(call.repository, pull)
    return full_pull_json(call.repository, pull, call.user)


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", "pull_requests=read")
def files_of_pull(call: Call) -> Page:
    repository, pull = call.repository, existing_pull(call)
    return Page(files_of(repository, pull), lambda file: file_json(repository, pull.head_sha, file))


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", "pull_requests=read")
def commits_of_pull(call: Call) -> Page:
    repository = call.repository
    return Page(commits_of(repository, existing_pull(call)), lambda one: commit_json(repository, one))


@route("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests=read")
def pulls_of_commit(call: Call) -> Page:
    repository = call.repository
    sha = repository.commit_sha(call.path["commit_sha"])
    found = [
        one
        for one in pulls_of(repository)
        if sha == one.merge_commit or any(sha == commit.sha for commit in commits_of(repository, one))
    ]
    return Page(found, lambda pull: pull_json(repository, pull, call.user))


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", "pull_requests=read")
def requested_reviewers(call: Call) -> Json:
    pull, url = existing_pull(call), call.github.url
    return {
        "users": [user_json(url, user) for user in pull.reviewers],
        "teams": [team_json(url, team) for team in pull.teams],
    }


@route("POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", "pull_requests=write", level="triage")
def request_reviewers(call: Call) -> Answer:
    pull = existing_pull(call)
    users = [call.github.users.get(login.lower(), call.github.ghost) for login in call.get("reviewers", [])]
    if pull.issue.author in users:
        raise unprocessable_review("Review cannot be requested from pull request author.")
    if any(call.repository.level(user) == "none" for user in users):
        raise unprocessable_review(
            "Reviews may only be requested from collaborators. "
            f"One or more of the users or teams you specified is not a collaborator of the {call.repository.full_name} "
            "repository."
        )
    pull.reviewers += [user for user in users if user not in pull.reviewers]
    teams = [call.github.existing_team(call.repository.owner.login, slug) for slug in call.get("team_reviewers", [])]
    pull.teams += [team for team in teams if team not in pull.teams]
    return created(pull_json(call.repository, pull, call.user))


@route("DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", "pull_requests=write", level="triage")
def unrequest_reviewers(call: Call) -> Json:
    pull = existing_pull(call)
    logins = {login.lower() for login in call.get("reviewers", [])}
    pull.reviewers = [user for user in pull.reviewers if user.login.lower() not in logins]
    pull.teams = [team for team in pull.teams if team.slug not in call.get("team_reviewers", [])]
    return pull_json(call.repository, pull, call.user)
