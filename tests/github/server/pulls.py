"""Pull requests: real branches, real merge bases, mergeability from git itself."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.github.server.answers import Answer, Page, created, forbidden, invalid, not_found, unprocessable_review
from tests.github.server.clock import stamp
from tests.github.server.commits import changed_files, commit_json, file_json, log
from tests.github.server.issues import Issue, association, change_issue, check_body, open_issue
from tests.github.server.labels import label_json
from tests.github.server.merging import trial_merge
from tests.github.server.repository import Repository, repository_json
from tests.github.server.routing import LEVELS, Call, route
from tests.github.server.rules import dismisses_stale_reviews, missing_for_merge
from tests.github.server.users import Team, User, team_json, user_json

if TYPE_CHECKING:
    from tests.github.server.reviews import Review

Json = Any
_MOST_FILES = 3000
_MOST_COMMITS = 250


@dataclass
class PullRequest:
    """The pull-request side of an issue; SHAs stay as they were when it is closed."""

    id: int
    issue: Issue
    head: str
    base: str
    head_sha: str
    base_sha: str
    head_owner: User
    draft: bool = False
    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit: str | None = None
    reviewers: list[User] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    reviews: list["Review"] = field(default_factory=list)
    seen: tuple[str, str] | None = None  # head and base when it was last brought up to date
    asked: tuple[str, str] | None = None  # those whose mergeability was asked for
    tried: tuple[str, str] | None = None  # those whose merge was tried, with `merge_commit`

    @property
    def is_open(self) -> bool:
        return self.issue.state == "open"


def refresh(repository: Repository, pull: PullRequest, heads: dict[str, str] | None = None) -> None:
    """Bring an open pull request to where its branches are now; without its head branch it is closed."""
    if not pull.is_open:
        return
    heads = repository.git.refs("refs/heads/") if heads is None else heads
    head, base = heads.get(f"refs/heads/{pull.head}"), heads.get(f"refs/heads/{pull.base}")
    if head is None or base is None:
        pull.issue.state, pull.issue.closed = "closed", repository.github.clock.tick()
        return
    if pull.seen == (head, base):
        return
    pull.seen = (head, base)
    if repository.git.is_ancestor(head, base):
        _close_as_contained(repository, pull, head)
        return
    if head != pull.head_sha and dismisses_stale_reviews(repository, pull.base):
        for review in pull.reviews:
            review.state = "DISMISSED" if review.state == "APPROVED" else review.state
    if (head, base) != (pull.head_sha, pull.base_sha):
        pull.head_sha, pull.base_sha = head, base
        pull.issue.updated = repository.github.clock.tick()
    repository.git.run("update-ref", f"refs/pull/{pull.issue.number}/head", pull.head_sha)


def _close_as_contained(repository: Repository, pull: PullRequest, head: str) -> None:
    """The base has the head: a merge by whom it was pushed, if it is not the head that went back."""
    now = repository.github.clock.tick()
    pull.issue.state, pull.issue.closed = "closed", now
    if head == pull.head_sha:
        pushers = [one.user for one in repository.pushes if one.ref == f"refs/heads/{pull.base}"]
        pull.merged_at, pull.merge_commit, pull.merged_by = now, head, pushers[-1] if pushers else None
    pull.head_sha = head


def pulls_of(repository: Repository) -> list[PullRequest]:
    """Give all pull requests, brought up to date."""
    found = [issue.pull for issue in repository.issues.values() if issue.pull]
    heads = repository.git.refs("refs/heads/")
    for pull in found:
        refresh(repository, pull, heads)
    return found


def existing_pull(call: Call) -> PullRequest:
    """Give the pull request of the path, brought up to date. Raises: Refused."""
    issue = call.repository.issues.get(call.number("pull_number"))
    if issue is None or issue.pull is None:
        raise not_found()
    refresh(call.repository, issue.pull)
    return issue.pull


def pull_json(repository: Repository, pull: PullRequest, viewer: User) -> Json:
    """Give a pull request as lists show it."""
    issue, url = pull.issue, repository.github.url
    own, html = f"{repository.url}/pulls/{issue.number}", f"{repository.html_url}/pull/{issue.number}"
    issue_url = f"{repository.url}/issues/{issue.number}"
    addresses = {
        "url": own,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_url,
        "commits_url": f"{own}/commits",
        "review_comments_url": f"{own}/comments",
        "review_comment_url": f"{repository.url}/pulls/comments{{/number}}",
        "comments_url": f"{issue_url}/comments",
        "statuses_url": f"{repository.url}/statuses/{pull.head_sha}",
    }
    links = {
        "self": own,
        "html": html,
        "issue": issue_url,
        "comments": addresses["comments_url"],
        "review_comments": addresses["review_comments_url"],
        "review_comment": addresses["review_comment_url"],
        "commits": addresses["commits_url"],
        "statuses": addresses["statuses_url"],
    }
    assignees = [user_json(url, user) for user in issue.assignees]
    return addresses | {
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "number": issue.number,
        "state": issue.state,
        "locked": issue.locked,
        "active_lock_reason": None,
        "title": issue.title,
        "body": issue.body,
        "user": user_json(url, issue.author),
        "labels": [label_json(repository, label) for label in issue.labels],
        "milestone": None,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "requested_reviewers": [user_json(url, user) for user in pull.reviewers],
        "requested_teams": [team_json(url, team) for team in pull.teams],
        "created_at": stamp(issue.created),
        "updated_at": stamp(issue.updated),
        "closed_at": stamp(issue.closed),
        "merged_at": stamp(pull.merged_at),
        "merge_commit_sha": pull.merge_commit,
        "draft": pull.draft,
        "auto_merge": None,
        "author_association": association(repository, issue.author),
        "head": _side_json(repository, pull.head_owner, pull.head, pull.head_sha, viewer),
        "base": _side_json(repository, repository.owner, pull.base, pull.base_sha, viewer),
        "_links": {name: {"href": address} for name, address in links.items()},
    }


def _side_json(repository: Repository, owner: User, branch: str, sha: str, viewer: User) -> Json:
    return {
        "label": f"{owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user_json(repository.github.url, owner),
        "repo": repository_json(repository, viewer),
    }


def full_pull_json(repository: Repository, pull: PullRequest, viewer: User) -> Json:
    """Give a pull request's own page, with mergeability as GitHub tells it: null until it was asked for once."""
    mergeable, state = _mergeability(repository, pull)
    files = _files(repository, pull)
    comments = [one for one in repository.comments.values() if one.issue is pull.issue]
    return pull_json(repository, pull, viewer) | {
        "merged": pull.merged_at is not None,
        "merged_by": user_json(repository.github.url, pull.merged_by),
        "mergeable": mergeable,
        "mergeable_state": state,
        "rebaseable": mergeable,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "comments": len(comments),
        "review_comments": 0,
        "commits": len(_commits(repository, pull)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def _mergeability(repository: Repository, pull: PullRequest) -> tuple[bool | None, str]:
    if not pull.is_open:
        return None, "unknown"
    now = (pull.head_sha, pull.base_sha)
    if pull.asked != now:
        pull.asked, pull.merge_commit = now, None
        return None, "unknown"
    if pull.tried != now:
        pull.tried = now
        pull.merge_commit = trial_merge(repository.git, pull.base_sha, pull.head_sha, pull.issue.number)
    if pull.merge_commit is None:
        return False, "dirty"
    if pull.draft:
        return True, "draft"
    return True, "blocked" if missing_for_merge(repository, pull, repository.github.ghost) else "clean"


def _fork_point(repository: Repository, pull: PullRequest) -> str:
    base = repository.git.merge_base(pull.base_sha, pull.head_sha)
    return base or repository.git.line("hash-object", "-t", "tree", "--stdin", given="")


def _files(repository: Repository, pull: PullRequest) -> list[Any]:
    return changed_files(repository.git, _fork_point(repository, pull), pull.head_sha)[:_MOST_FILES]


def _commits(repository: Repository, pull: PullRequest) -> list[Any]:
    newest_first = log(repository.git, f"{_fork_point(repository, pull)}..{pull.head_sha}")
    return newest_first[::-1][:_MOST_COMMITS]


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
    owner, head = _head_owner(call)
    base = call.body["base"]
    _check_branches(repository, owner, head, base)
    check_body("PullRequest", call.get("body"))
    if not call.get("title", "").strip():
        raise invalid("PullRequest", "title", "missing_field")
    issue = open_issue(repository, call.user, call.body["title"], call.get("body"))
    shas = (repository.branch(head), repository.branch(base))
    issue.pull = PullRequest(call.github.next_id(), issue, head, base, *shas, owner)
    issue.pull.draft = call.get("draft", False)
    issue.pull.maintainer_can_modify = call.get("maintainer_can_modify", False)
    refresh(repository, issue.pull)
    return created(full_pull_json(repository, issue.pull, call.user))


def _head_owner(call: Call) -> tuple[User, str]:
    owner, _, head = call.body["head"].rpartition(":")
    if owner and owner.lower() != call.repository.owner.login.lower():
        raise invalid("PullRequest", "head", "invalid")
    return call.repository.owner, head


def _check_branches(repository: Repository, owner: User, head: str, base: str) -> None:
    for name, branch in (("head", head), ("base", base)):
        if repository.branch(branch) is None:
            raise invalid("PullRequest", name, "invalid")
    for pull in pulls_of(repository):
        if pull.is_open and (pull.head, pull.base) == (head, base):
            message = f"A pull request already exists for {owner.login}:{head}."
            raise invalid("PullRequest", "", "custom", message)
    if not repository.git.count(f"{repository.branch(base)}..{repository.branch(head)}"):
        raise invalid("PullRequest", "", "custom", f"No commits between {base} and {head}")


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
    if call.get("state") == "open" and call.repository.branch(pull.head) is None:
        raise invalid("PullRequest", "state", "custom", "state cannot be changed. The branch was deleted.")
    if base := call.get("base"):
        if call.repository.branch(base) is None:
            raise invalid("PullRequest", "base", "invalid")
        pull.base = base
    pull.maintainer_can_modify = call.get("maintainer_can_modify", pull.maintainer_can_modify)
    change_issue(call, pull.issue)
    refresh(call.repository, pull)
    return full_pull_json(call.repository, pull, call.user)


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", "pull_requests=read")
def files_of_pull(call: Call) -> Page:
    repository, pull = call.repository, existing_pull(call)
    return Page(_files(repository, pull), lambda file: file_json(repository, pull.head_sha, file))


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", "pull_requests=read")
def commits_of_pull(call: Call) -> Page:
    repository = call.repository
    return Page(_commits(repository, existing_pull(call)), lambda one: commit_json(repository, one))


@route("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests=read")
def pulls_of_commit(call: Call) -> Page:
    repository = call.repository
    sha = repository.commit_sha(call.path["commit_sha"])
    found = [
        one
        for one in pulls_of(repository)
        if sha == one.merge_commit or any(sha == commit.sha for commit in _commits(repository, one))
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
