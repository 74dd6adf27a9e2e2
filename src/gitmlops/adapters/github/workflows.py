"""Workflows started by name."""

from collections.abc import Mapping

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.refusals import GitHubError, NotFound
from gitmlops.errors import InputError

_NEEDS = "actions: write"


class Run(msgspec.Struct, frozen=True):
    """A run of a workflow."""

    id: int
    html_url: str = ""


def dispatch(client: Client, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
    """Start a workflow, named by its file, on a branch or tag, once.

    Raises InputError if there is no such workflow, branch or input, GitHubError.
    """
    path = client.path("actions", "workflows", workflow)
    before = _newest(client, path, ref)

    def happened() -> bool | None:
        return _newest(client, path, ref) > before or None

    try:
        client.once(f"{path}/dispatches", {"ref": ref, "inputs": dict(inputs)}, object, _NEEDS, happened)
    except NotFound as error:
        mend = f"look into .github/workflows, or at the token: it needs `{_NEEDS}`"
        raise InputError(f"there is no workflow {workflow}", where=client.access.repository, mend=mend) from error
    except GitHubError as error:
        if error.status == 422:
            raise InputError(error.what, where=workflow, mend="look at the workflow's inputs and its branch") from error
        raise


def _newest(client: Client, path: str, ref: str) -> int:
    """Id of the newest run that was dispatched on a ref, 0 if there is none."""
    runs = client.pages(f"{path}/runs", Run, _NEEDS, key="workflow_runs", event="workflow_dispatch", branch=ref)
    return max((run.id for run, _ in zip(runs, range(100), strict=False)), default=0)
