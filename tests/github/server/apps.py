"""GitHub Apps: each bot account is one."""

from typing import Any

from tests.github.server.users import User, user_json

Json = Any
_ACTIONS_APP = 15368


def app_id(user: User) -> int | None:
    """Give the id of the App behind a bot, None for people."""
    if user.type != "Bot":
        return None
    return _ACTIONS_APP if user.login == "github-actions[bot]" else user.id


def app_json(url: str, user: User) -> Json:
    """Give the App behind an account, null for people."""
    if user.type != "Bot":
        return None
    slug = user.login.removesuffix("[bot]")
    return {
        "id": app_id(user),
        "slug": slug,
        "node_id": f"A_{app_id(user)}",
        "owner": user_json(url, user),
        "name": slug,
        "description": None,
        "external_url": f"{url}/apps/{slug}",
        "html_url": f"{url}/apps/{slug}",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": {"checks": "write"},
        "events": [],
    }
