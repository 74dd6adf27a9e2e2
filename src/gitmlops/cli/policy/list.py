from datetime import UTC, datetime

import click

from gitmlops.cli import options


@click.command("list")
@options.format
@options.output
def list_(format_: str, output: str | None) -> None:
    """List the policies: scope, standing of the source, checks by enforcement, models that they judge, cases."""
    from gitmlops.cli import workspace
    from gitmlops.cli.show import show
    from gitmlops.gate.rules import overview

    definitions = workspace.definitions(workspace.repository())
    show(overview.listed(definitions, datetime.now(UTC).date()), format_, output)


@click.command("show")
@click.argument("policy", metavar="ID")
@options.format
@options.output
def show_(policy: str, format_: str, output: str | None) -> None:
    """Show a policy: source, checks, what extends what, waivers, models and the last verdict on them.

    Verdicts are those of receipts that this clone has; `git fetch` brings those of others.
    """
    from gitmlops.cli import workspace
    from gitmlops.cli.show import show
    from gitmlops.gate.rules import overview
    from gitmlops.registry.files import receipts
    from gitmlops.specs.policy import Policy

    repository = workspace.repository()
    definitions = workspace.definitions(repository)
    definitions.get(Policy, policy)
    verdicts = receipts.last_verdicts(repository, policy)
    show(overview.shown(definitions, policy, verdicts, datetime.now(UTC).date()), format_, output)
