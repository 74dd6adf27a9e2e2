"""Settings of a repository: read, compared with those that are wanted, set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.refusals import unseen
from gitmlops.adapters.github.wanted import missing
from gitmlops.errors import InputError

_READ, _WRITE = "administration: read", "administration: write"


class Merging(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How pull requests are merged; None: as it is."""

    allow_merge_commit: bool | None = None
    allow_squash_merge: bool | None = None
    allow_rebase_merge: bool | None = None
    allow_auto_merge: bool | None = None
    allow_update_branch: bool | None = None
    delete_branch_on_merge: bool | None = None


class Workflows(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What GITHUB_TOKEN may do where a workflow does not say; None: as it is."""

    default_workflow_permissions: str | None = None
    can_approve_pull_request_reviews: bool | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings that are wanted: `repository` (how it merges) and `workflow` (what workflows may do)."""

    repository: Merging = Merging()
    workflow: Workflows = Workflows()


@dataclass(frozen=True)
class SettingsDifference:
    """The names of settings that are not as wanted."""

    repository: tuple[str, ...] = ()
    workflow: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, with where they stand."""
        return (*(f"repository.{one}" for one in self.repository), *(f"workflow.{one}" for one in self.workflow))


def parse(content: bytes, where: str) -> Settings:
    """The settings of a JSON file. Raises InputError."""
    try:
        return msgspec.json.decode(content, type=Settings)
    except (msgspec.MsgspecError, RecursionError) as error:
        mend = "it has `repository` and `workflow`, with GitHub's own names in them"
        raise InputError(f"not settings in JSON: {error}", where=where, mend=mend) from error


def compare(client: Client, wanted: Settings) -> SettingsDifference:
    """What is not as wanted. Raises GitHubError."""
    repository, workflow = _wanted(wanted.repository), _wanted(wanted.workflow)
    # Each is asked only where something is wanted of it: reading them takes a right, too.
    return SettingsDifference(
        _differing(client, client.path(), repository) if repository else (),
        _differing(client, _workflow(client), workflow) if workflow else (),
    )


def _differing(client: Client, path: str, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    actual = client.get(path, dict[str, Any], _READ)
    if hidden := sorted(wanted.keys() - actual.keys()):
        raise unseen(", ".join(hidden), client.access.repository, _WRITE)
    return missing(wanted, actual)


def apply(client: Client, wanted: Settings, differences: SettingsDifference) -> None:
    """Set what differs, and nothing else; doing it twice does it once. Raises GitHubError."""
    if differences.repository:
        body = {name: value for name, value in _wanted(wanted.repository).items() if name in differences.repository}
        client.put("PATCH", client.path(), body, msgspec.Raw, _WRITE)
    if differences.workflow:
        client.put("PUT", _workflow(client), _wanted(wanted.workflow), object, _WRITE)


def _workflow(client: Client) -> str:
    return client.path("actions", "permissions", "workflow")


def _wanted(settings: Merging | Workflows) -> Mapping[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(settings).items() if value is not None}
