"""gitmlops gate"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.forge import workflow_run
from gitmlops.cli.gate.judging import judge
from gitmlops.cli.gate.keeping import count, signing_key, write
from gitmlops.cli.progress import progress
from gitmlops.cli.show import finish, say, show

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.gate.rules.required import Required


@click.command()
@click.option("--base", default="", help="Branch whose policies judge.  [default: the default branch]")
@click.option("--head", default="HEAD", show_default=True, help="Commit that is judged.")
@options.required_policies("Judge by the policies of another repository, too.")
@click.option("--model", "models", multiple=True, help="Judge this model too, even if nothing of it changed.")
@options.format
@options.output
@click.option("--without-approvals", is_flag=True, help="Judge all else; no release rests on the receipt.")
@click.option("--receipt", "receipt_file", type=click.Path(dir_okay=False), help="Write the receipt to a file, too.")
@click.option("--counted", is_flag=True, help="Count this look at the evaluation set: for the workflow on main alone.")
@click.option("--sign", is_flag=True, help="Sign the receipt with an SSH key.")
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]")
@options.dry_run
def gate(
    base: str,
    head: str,
    required_policies: str | None,
    models: tuple[str, ...],
    format_: str,
    output: str | None,
    without_approvals: bool,
    receipt_file: str | None,
    counted: bool,
    sign: bool,
    key: Path | None,
    dry_run: bool,
) -> None:
    """Judge the models that a branch changes, by the policies of its base.

    Reads commits, never the work tree. The receipt is kept as a note on the tree that was judged. Approvals that
    policies ask for are reviews of the pull request on GitHub, signed notes elsewhere; who is missing refuses.

    Required policies judge every model in their scope beside those of the base, which cannot replace, loosen or waive
    them; where they cannot be fetched, nothing is decided.
    """
    repository = workspace.repository()
    required = required_from(required_policies)
    _fetch_looks(repository, counted=counted)
    with progress("judging"):
        branch = base or repository.default_branch()
        report, receipt = judge(
            repository, base=branch, head=head, models=models, approvals=not without_approvals, required=required
        )
    show(report, format_, output)
    if counted and not dry_run:
        count(repository, receipt)
    if not dry_run:
        write(repository, receipt, receipt_file, signing_key(repository, key) if sign or key else None)
    finish(report)


def required_from(address: str | None) -> "Required | None":
    """The policies at `GIT_URL@REF`, fetched. Raises UsageError, ToolError, InputError."""
    if address is None:
        return None
    from gitmlops.gate.sides import required_policies

    asked = required_policies.address(address)
    with progress(f"fetching the policies of {asked.url}"):
        return required_policies.fetch(asked)


def _fetch_looks(repository: "Repository", *, counted: bool) -> None:
    """A verdict that counts must know of every look before it; another one in a workflow tells what it will be."""
    from gitmlops.adapters.git import notes
    from gitmlops.errors import ToolError

    if not repository.has_remote(workspace.REMOTE) or not (counted or workflow_run()):
        return
    try:
        notes.fetch(repository, notes.LOOKS, workspace.REMOTE)
    except ToolError as error:
        if counted:
            raise
        say(f"looks at evaluation sets are not known here: {error.what}")
