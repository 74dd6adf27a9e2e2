"""Workflows started by name."""

from collections.abc import Mapping
from itertools import islice

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.refusals import GitHubError, NotFound
from gitmlops.errors import InputError

_NEEDS = "actions: write"


class _Run(msgspec.Struct, frozen=True):
    id: int


def dispatch(client: Client, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
    """Start a workflow, named by its file, on a branch or tag, once.

    Raises InputError if there is no such workflow, branch or input, GitHubError.
    """
    path = client.path("actions", "workflows", workflow)
    try:
        _start(client, path, ref, inputs)
    except NotFound as error:
        mend = f"look into .github/workflows, or at the token: it needs `{_NEEDS}`"
        raise InputError(f"there is no workflow {workflow}", where=client.access.repository, mend=mend) from error
    except GitHubError as error:
        if error.status == 422:
            raise InputError(error.what, where=workflow, mend="look at the workflow's inputs and its branch") from error
        raise


def _start(client: Client, path: str, ref: str, inputs: Mapping[str, str]) -> None:
    before = _newest(client, path, ref)

    def happened() -> bool | None:
        return _newest(client, path, ref) > before or None

    client.once(f"{path}/dispatches", {"ref": ref, "inputs": dict(inputs)}, object, _NEEDS, happened)


def _newest(client: Client, path: str, ref: str) -> int:
    """Id of the newest run that was dispatched on a ref, 0 if there is none."""
    runs = client.pages(f"{path}/runs", _Run, _NEEDS, key="workflow_runs", event="workflow_dispatch", branch=ref)
    return max((run.id for run in islice(runs, 100)), default=0)
