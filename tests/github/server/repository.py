"""A repository: a bare git repository with what GitHub keeps beside it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.github.server.answers import NOTHING, Answer, Page, not_found
from tests.github.server.clock import stamp
from tests.github.server.git import Git
from tests.github.server.routing import LEVELS, Call, route
from tests.github.server.users import User, user_json

if TYPE_CHECKING:
    from tests.github.server.actions import WorkflowRun
    from tests.github.server.checks import CheckRun, Status
    from tests.github.server.comments import Comment
    from tests.github.server.deployments import Deployment, Environment
    from tests.github.server.github import GitHub
    from tests.github.server.issues import Issue
    from tests.github.server.labels import Label
    from tests.github.server.releases import Release
    from tests.github.server.rulesets import Ruleset

Json = Any


ZERO = "0" * 40


@dataclass(frozen=True)
class Push:
    """Who moved a ref, from what to what; `kind` as the activity page names it."""

    id: int
    user: User
    ref: str
    old: str
    new: str
    kind: str
    time: datetime


@dataclass
class Repository:
    """State of one repository; `git` are its commits and refs."""

    github: "GitHub"
    id: int
    owner: User
    name: str
    git: Git
    private: bool = True
    fork_of: "Repository | None" = None
    default_branch: str = "main"
    collaborators: dict[int, str] = field(default_factory=dict)  # level by user id
    teams: dict[int, str] = field(default_factory=dict)  # level by team id
    issues: dict[int, "Issue"] = field(default_factory=dict)  # pull requests too: they are issues
    comments: dict[int, "Comment"] = field(default_factory=dict)
    labels: dict[str, "Label"] = field(default_factory=dict)  # by name in lower case
    merge_methods: set[str] = field(default_factory=lambda: {"merge", "squash", "rebase"})
    delete_branch_on_merge: bool = False
    actions_may_approve: bool = False
    default_workflow_permissions: str = "read"
    actions_permissions: dict[str, Json] = field(default_factory=lambda: {"enabled": True, "allowed_actions": "all"})
    pushes: list[Push] = field(default_factory=list)
    checks: list["CheckRun"] = field(default_factory=list)
    statuses: list["Status"] = field(default_factory=list)
    rulesets: dict[int, "Ruleset"] = field(default_factory=dict)
    protections: dict[str, Json] = field(default_factory=dict)  # as they were sent, by branch
    releases: dict[int, "Release"] = field(default_factory=dict)
    workflow_runs: dict[int, "WorkflowRun"] = field(default_factory=dict)
    deployments: dict[int, "Deployment"] = field(default_factory=dict)
    environments: dict[str, "Environment"] = field(default_factory=dict)
    deleted_numbers: set[int] = field(default_factory=set)

    @cached_property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @cached_property
    def url(self) -> str:
        return f"{self.github.url}/repos/{self.full_name}"

    @cached_property
    def html_url(self) -> str:
        return f"{self.github.url}/{self.full_name}"

    def level(self, user: User) -> str:
        """Give a user's role: the highest of owner, collaborator and teams."""
        if user.id == self.owner.id:
            return "admin"
        levels = [self.collaborators.get(user.id, "none" if self.private else "read")]
        levels += [level for team, level in self.teams.items() if user.id in self.github.teams_by_id[team].members]
        return max(levels, key=LEVELS.index)

    def delete_issue(self, number: int) -> None:
        """Delete an issue, as administrators do on its page: REST answers 410 from then on."""
        issue = self.issues.pop(number)
        self.deleted_numbers.add(number)
        self.comments = {id: one for id, one in self.comments.items() if one.issue is not issue}

    def next_number(self) -> int:
        return max([0, *self.issues, *self.deleted_numbers]) + 1

    def record_push(self, user: User, ref: str, old: str, new: str, kind: str = "") -> None:
        """Keep who moved a ref."""
        if not kind:
            kind = "branch_creation" if old == ZERO else "branch_deletion" if new == ZERO else "push"
        if kind == "push" and not self.git.is_ancestor(old, new):
            kind = "force_push"
        self.pushes.append(Push(self.github.next_id(), user, ref, old, new, kind, self.github.clock.tick()))

    def branch(self, name: str) -> str | None:
        """Give the commit that a branch points at."""
        return self.git.sha(f"refs/heads/{name}^{{commit}}")

    def commit_sha(self, name: str) -> str:
        """Give the commit that a branch, tag or SHA stands for. Raises: Refused."""
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if found := self.git.sha(f"{candidate}^{{commit}}"):
                return found
        raise not_found()


_ADDRESSES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = (
    "forks_count",
    "stargazers_count",
    "watchers_count",
    "size",
    "open_issues_count",
    "forks",
    "open_issues",
    "watchers",
    "network_count",
    "subscribers_count",
)
_SWITCHES = {
    "is_template": False,
    "has_issues": True,
    "has_projects": False,
    "has_wiki": False,
    "has_pages": False,
    "has_downloads": True,
    "has_discussions": False,
    "archived": False,
    "disabled": False,
    "web_commit_signoff_required": False,
    "allow_auto_merge": False,
    "allow_update_branch": False,
    "allow_forking": True,
}


def repository_json(repository: Repository, user: User) -> Json:
    """Give a full repository as `user` sees it."""
    level = LEVELS.index(repository.level(user))
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": user_json(repository.github.url, repository.owner),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "html_url": repository.html_url,
        "url": repository.url,
        "description": None,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "topics": [],
        "default_branch": repository.default_branch,
        "clone_url": f"{repository.html_url}.git",
        "git_url": f"{repository.html_url}.git",
        "ssh_url": f"git@localhost:{repository.full_name}.git",
        "svn_url": repository.html_url,
        "pushed_at": "2020-01-01T00:00:00Z",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {name: level >= LEVELS.index(least) for name, least in names.items()},
        "allow_merge_commit": "merge" in repository.merge_methods,
        "allow_squash_merge": "squash" in repository.merge_methods,
        "allow_rebase_merge": "rebase" in repository.merge_methods,
        "delete_branch_on_merge": repository.delete_branch_on_merge,
        "fork": repository.fork_of is not None,
        **_SWITCHES,
        **dict.fromkeys(_COUNTS, 0),
        **{name: repository.url + rest for name, rest in _ADDRESSES.items()},
    }


@route("GET /repos/{owner}/{repo}", "metadata=read")
def show(call: Call) -> Json:
    return repository_json(call.repository, call.user)


@route("PATCH /repos/{owner}/{repo}", "administration=write", level="admin")
def update(call: Call) -> Json:
    repository = call.repository
    for method in ("merge", "squash", "rebase"):
        name = "allow_merge_commit" if method == "merge" else f"allow_{method}_merge"
        if call.get(name, method in repository.merge_methods):
            repository.merge_methods.add(method)
        else:
            repository.merge_methods.discard(method)
    repository.delete_branch_on_merge = call.get("delete_branch_on_merge", repository.delete_branch_on_merge)
    repository.private = call.get("private", repository.private)
    repository.default_branch = call.get("default_branch", repository.default_branch)
    return show(call)


@route("GET /repos/{owner}/{repo}/collaborators/{username}/permission", "metadata=read")
def permission(call: Call) -> Json:
    """`permission` knows four levels only: maintain is told as write, triage as read; `role_name` tells them."""
    repository = call.repository
    user = call.github.existing_user(call.path["username"])
    level = repository.level(user)
    told = {"maintain": "write", "triage": "read"}.get(level, level)
    return {"permission": told, "role_name": level, "user": _collaborator_json(repository, user)}


@route("GET /repos/{owner}/{repo}/collaborators", "metadata=read", level="write")
def collaborators(call: Call) -> Page:
    repository = call.repository
    found = [user for user in call.github.users.values() if repository.level(user) != "none" and user.type == "User"]
    return Page(found, lambda user: _collaborator_json(repository, user))


def _collaborator_json(repository: Repository, user: User) -> Json:
    permissions = repository_json(repository, user)["permissions"]
    own = {"permissions": permissions, "role_name": repository.level(user)}
    return user_json(repository.github.url, user) | own


@route("GET /repos/{owner}/{repo}/collaborators/{username}", "metadata=read", level="write")
def is_collaborator(call: Call) -> Answer:
    if call.repository.level(call.github.existing_user(call.path["username"])) == "none":
        raise not_found()
    return NOTHING


@route("PUT /repos/{owner}/{repo}/collaborators/{username}", "administration=write", level="admin")
def add_collaborator(call: Call) -> Answer:
    """Everybody accepts the invitation at once."""
    asked: str = call.get("permission", "push")
    level = {"pull": "read", "push": "write"}.get(asked, asked)
    call.repository.collaborators[call.github.existing_user(call.path["username"]).id] = level
    return NOTHING


@route("DELETE /repos/{owner}/{repo}/collaborators/{username}", "administration=write", level="admin")
def remove_collaborator(call: Call) -> Answer:
    call.repository.collaborators.pop(call.github.existing_user(call.path["username"]).id, None)
    return NOTHING


@route("GET /repos/{owner}/{repo}/activity", "contents=read")
def activity(call: Call) -> Page:
    query = call.query
    found = [
        push
        for push in reversed(call.repository.pushes)
        if query.get("ref", push.ref) in (push.ref, push.ref.removeprefix("refs/heads/"))
        and query.get("actor", push.user.login) == push.user.login
        and query.get("activity_type", push.kind) == push.kind
    ]
    return Page(found, lambda push: _activity_json(call.repository, push))


def _activity_json(repository: Repository, push: Push) -> Json:
    return {
        "id": push.id,
        "node_id": f"PSH_{push.id}",
        "before": push.old,
        "after": push.new,
        "ref": push.ref,
        "timestamp": stamp(push.time),
        "activity_type": push.kind,
        "actor": user_json(repository.github.url, push.user),
    }
