"""gitmlops model rollback in a workflow: whoever dispatched it must be of a role that may."""

import os
from typing import TYPE_CHECKING

from gitmlops.cli import approval_source as sources

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository

ON_CALL = "on-call"


def dispatcher(repo: "Repository", remote: str | None, stage: str) -> str:
    """Who dispatched this run and in which role, `@login role (address of the run)`; empty anywhere else.

    A workflow pushes with its own rights, whoever starts it: so they must be of the role on-call, or of one that the
    stage asks for approvals, where gitmlops.yaml of the default branch names people for any. Raises Refusal.
    """
    if remote is None or not _dispatched() or not sources.github_repository(repo, remote):
        return ""
    from gitmlops.registry.approvals import accounts, dispatching

    base = sources.base_project_if_any(repo, remote, fetch=False)
    roles = dispatching.roles(base, stage, ON_CALL) if base else ()
    if base is None or not roles:
        return ""
    from gitmlops.adapters.github.reviews import GitHubReviews
    from gitmlops.cli.forge import workflow_run

    forge = GitHubReviews(sources.github_client(repo, remote))
    members = {team: forge.team(team) for team in sorted(accounts.teams(base, roles))}
    started = forge.dispatchers(int(os.environ["GITHUB_RUN_ID"]))
    return f"{dispatching.require(started, roles, accounts.holders(base, roles, members))} ({workflow_run()})"


def _dispatched() -> bool:
    return os.environ.get("GITHUB_EVENT_NAME") == "workflow_dispatch" and bool(os.environ.get("GITHUB_RUN_ID"))
