"""Environments of a repository: where secrets are, and which branches may use them."""

from typing import Any

import msgspec

from gitmlops.adapters.github.client import Client

_READ, _WRITE = "actions: read", "administration: write"


class Environment(msgspec.Struct, frozen=True):
    """An environment. deployment_branch_policy: None where every branch may use it."""

    name: str
    deployment_branch_policy: dict[str, bool] | None = None


def read(client: Client) -> tuple[Environment, ...]:
    """Those that there are. Raises GitHubError."""
    return tuple(client.pages(client.path("environments"), Environment, _READ, key="environments"))


def create(client: Client, name: str, *, protected: bool) -> None:
    """Make an environment, for protected branches alone or for all; doing it twice does it once. Raises GitHubError."""
    policy = {"protected_branches": True, "custom_branch_policies": False} if protected else None
    body: dict[str, Any] = {"deployment_branch_policy": policy}
    client.put("PUT", client.path("environments", name), body, msgspec.Raw, _WRITE)
