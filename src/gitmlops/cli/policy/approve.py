"""gitmlops policy approve: who agrees to changed rules, where there is no GitHub."""

import time
from pathlib import Path

import click

from gitmlops.cli import approval_source as sources
from gitmlops.cli import workspace
from gitmlops.cli.approval_signing import Signing, sign, signing_options


@click.command()
@click.argument("commit", default="HEAD")
@signing_options
@click.option("--local", is_flag=True, help="Work offline: nothing is fetched or pushed.")
def approve(commit: str, role: str, key: Path | None, days: int, withdraw: bool, local: bool) -> None:
    """Approve what COMMIT, the head of a branch, changes of rules and workflows, with a signed note.

    On GitHub reviews of the pull request are approvals. Models are approved with `gitmlops model approve`.
    """
    from gitmlops.registry.approvals.votes import Subject

    repo = workspace.repository()
    remote = workspace.REMOTE if repo.has_remote(workspace.REMOTE) else None
    page = sources.github_address(repo, remote)
    sha = repo.resolve(commit)
    subject = Subject("", "", "", sha, repo.tree(sha), int(time.time()))
    signing = Signing(role, key, days, withdraw)
    sign(repo, None if local else remote, subject, signing, named=sha[:12], page=page)
