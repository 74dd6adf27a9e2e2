"""gitmlops github proposals, dispatch: what a workflow begins with, and how one starts another."""

import click

from gitmlops.cli.forge import github_client
from gitmlops.cli.github.reports import whole_commit
from gitmlops.cli.show import print_text, say


@click.command()
@click.argument("commit", callback=whole_commit)
def proposals(commit: str) -> None:
    """Print `pulls=`, and as JSON in one line number and base of every open pull request whose head is COMMIT.

    For a matrix of jobs: what a run says of itself is not asked, only GitHub is.
    """
    import json

    from gitmlops.adapters.github import pull_requests

    found = pull_requests.of_head(github_client(), commit)
    print_text("pulls=" + json.dumps([{"number": one.number, "base": one.base} for one in found]))


@click.command()
@click.argument("workflow")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input of the workflow.")
@click.option("--ref", default="", help="Branch whose workflow it is.  [default: the default branch]")
def dispatch(workflow: str, inputs: tuple[str, ...], ref: str) -> None:
    """Start WORKFLOW, a file of .github/workflows, once. Takes `actions: write`."""
    from gitmlops.adapters.github import workflows
    from gitmlops.cli import workspace

    pairs = dict(_pair(one) for one in inputs)
    branch = ref or workspace.repository().default_branch()
    workflows.dispatch(github_client(), workflow, branch, pairs)
    say(f"{workflow} started on {branch}")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--input")
    return name, value
