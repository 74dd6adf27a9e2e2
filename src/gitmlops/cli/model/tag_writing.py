"""How the commands that write tags find the repository, write and tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.show import show
from gitmlops.errors import ToolError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.changing.transitions import Plan
    from gitmlops.registry.preflight import Look
    from gitmlops.registry.tags.history import History

sign_option = click.option("--sign", is_flag=True, help="Sign the tags as `git tag --sign` does.")
local_option = click.option("--local", is_flag=True, help="Keep the tags in this clone; others do not see them.")


@dataclass(frozen=True)
class Writing:
    """How tags are written, if they are, and told. looks: what was looked at before."""

    repo: "Repository"
    remote: str | None
    sign: bool
    dry_run: bool
    format_: str
    looks: "Sequence[Look]" = ()

    def finish(self, told: "History", plan: "Plan", *, then: str) -> None:
        """Write the tags of a plan and show what was written, or would be. Raises Refusal, ToolError."""
        from gitmlops.adapters.git import tags
        from gitmlops.registry.reporting import outcomes
        from gitmlops.registry.tags import grammar

        fence = grammar.fence(plan.artifact)
        if plan.tags and self.dry_run and self.remote:
            tags.require_known(self.repo, fence=fence, seen=told.tags, remote=self.remote)
        elif plan.tags and not self.dry_run:
            tags.write(self.repo, plan.tags, fence=fence, seen=told.tags, remote=self.remote, sign=self.sign)
        done = outcomes.written(plan, remote=self.remote, dry_run=self.dry_run, then=then, looks=self.looks)
        show(done, self.format_)


def where(local: bool) -> "tuple[Repository, str | None]":
    """The repository, and the remote that has the tags first. Raises ToolError if there is none."""
    repo = workspace.repository()
    if not local and not repo.has_remote(workspace.REMOTE):
        mend = f"run `git remote add {workspace.REMOTE} URL`, or keep the tags in this clone with --local"
        raise ToolError(f"there is no remote {workspace.REMOTE}, so nobody else would see the tags", mend=mend)
    return repo, None if local else workspace.REMOTE
