"""gitmlops policy diff"""

import click

from gitmlops.cli import options


@click.command()
@click.argument("before")
@click.argument("after", default="HEAD")
@options.format
@options.output
def diff(before: str, after: str, format_: str, output: str | None) -> None:
    """Say per check whether AFTER asks for more or for less than BEFORE, both commits or branches.

    `changed` is what is neither stricter nor looser for every model: another metric, other groups.
    """
    from gitmlops.cli import workspace
    from gitmlops.cli.show import show
    from gitmlops.gate.rules import policy_diff

    repository = workspace.repository()
    old, new = repository.resolve(before), repository.resolve(after)
    found = policy_diff.differences(
        workspace.definitions_at(repository, old), workspace.definitions_at(repository, new)
    )
    show(policy_diff.report(old, new, found), format_, output)
