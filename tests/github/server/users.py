"""People, bots, organisations and the tokens they send."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.github.server.answers import Page, forbidden, not_found
from tests.github.server.routing import Call, route

Json = Any
READ_BY = {"read": ("read", "write", "admin"), "write": ("write", "admin"), "admin": ("admin",)}


@dataclass
class User:
    """An account; a deleted one is shown as the ghost."""

    id: int
    login: str
    type: str = "User"
    email: str = ""


@dataclass(frozen=True)
class Token:
    """A secret of a user; `permissions` of None allow all that the user may do."""

    secret: str
    user: User
    permissions: dict[str, str] | None = None

    def allows(self, alternative: str) -> bool:
        """Say whether the token holds all of e.g. `contents=write,pull_requests=read`."""
        if self.permissions is None:
            return True
        asked = [one.split("=") for one in alternative.split(",")]
        return all(self.permissions.get(name, "none") in READ_BY[access] for name, access in asked)


@dataclass
class Team:
    """A team of an organisation; its members by id with their role."""

    id: int
    organization: User
    slug: str
    members: dict[int, str] = field(default_factory=dict)


def user_json(url: str, user: User | None) -> Json:
    """Give what GitHub calls a simple user."""
    if user is None:
        return None
    own = f"{url}/users/{quote(user.login)}"
    html = f"{url}/{quote(user.login)}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": f"U_{user.id}",
        "avatar_url": f"{url}/avatars/{user.id}",
        "gravatar_id": "",
        "url": own,
        "html_url": html,
        "followers_url": f"{own}/followers",
        "following_url": f"{own}/following{{/other_user}}",
        "gists_url": f"{own}/gists{{/gist_id}}",
        "starred_url": f"{own}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{own}/subscriptions",
        "organizations_url": f"{own}/orgs",
        "repos_url": f"{own}/repos",
        "events_url": f"{own}/events{{/privacy}}",
        "received_events_url": f"{own}/received_events",
        "type": user.type,
        "site_admin": False,
        "user_view_type": "public",
    }


def public_user_json(url: str, user: User) -> Json:
    """Give the page of a user."""
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    empty = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    times = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    return user_json(url, user) | empty | counts | times


def team_json(url: str, team: Team) -> Json:
    """Give a team as lists show it."""
    organization = team.organization
    own = f"{url}/orgs/{organization.login}/teams/{team.slug}"
    return {
        "id": team.id,
        "node_id": f"T_{team.id}",
        "name": team.slug,
        "slug": team.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "type": "organization",
        "organization_id": organization.id,
        "url": own,
        "html_url": own,
        "members_url": f"{own}/members{{/member}}",
        "repositories_url": f"{own}/repos",
        "parent": None,
    }


def full_team_json(url: str, team: Team) -> Json:
    """Give a team's own page."""
    organization = team.organization
    own = f"{url}/orgs/{organization.login}"
    return team_json(url, team) | {
        "members_count": len(team.members),
        "repos_count": 0,
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "organization": {
            "login": organization.login,
            "id": organization.id,
            "node_id": f"O_{organization.id}",
            "url": own,
            "repos_url": f"{own}/repos",
            "events_url": f"{own}/events",
            "hooks_url": f"{own}/hooks",
            "issues_url": f"{own}/issues",
            "members_url": f"{own}/members{{/member}}",
            "public_members_url": f"{own}/public_members{{/member}}",
            "avatar_url": f"{url}/avatars/{organization.id}",
            "description": None,
            "html_url": f"{url}/{organization.login}",
            "has_organization_projects": True,
            "has_repository_projects": True,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "type": "Organization",
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
            "archived_at": None,
        },
    }


@route("GET /user", level="none")
def authenticated(call: Call) -> Json:
    if call.user.type == "Bot":  # an installation is no user; GraphQL tells it who it is
        raise forbidden("Resource not accessible by integration")
    return public_user_json(call.github.url, call.user)


@route("GET /users/{username}", level="none")
def by_login(call: Call) -> Json:
    return public_user_json(call.github.url, call.github.existing_user(call.path["username"]))


@route("GET /user/{account_id}", level="none")
def by_id(call: Call) -> Json:
    for user in call.github.users.values():
        if user.id == call.number("account_id"):
            return public_user_json(call.github.url, user)
    raise not_found()


@route("GET /orgs/{org}/teams/{team_slug}", "members=read", level="none")
def team(call: Call) -> Json:
    return full_team_json(call.github.url, call.github.existing_team(call.path["org"], call.path["team_slug"]))


@route("GET /orgs/{org}/teams/{team_slug}/members", "members=read", level="none")
def members(call: Call) -> Page:
    team = call.github.existing_team(call.path["org"], call.path["team_slug"])
    found = [user for user in call.github.users.values() if user.id in team.members]
    return Page(found, lambda user: user_json(call.github.url, user))


@route("GET /orgs/{org}/teams/{team_slug}/memberships/{username}", "members=read", level="none")
def membership(call: Call) -> Json:
    team = call.github.existing_team(call.path["org"], call.path["team_slug"])
    user = call.github.existing_user(call.path["username"])
    if user.id not in team.members:
        raise not_found()
    own = f"{call.github.url}/orgs/{team.organization.login}/teams/{team.slug}/memberships/{user.login}"
    return {"url": own, "role": team.members[user.id], "state": "active"}
