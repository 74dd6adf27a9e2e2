"""gitmlops policy"""

import click

from gitmlops.cli.lazy import Entry, LazyGroup

COMMANDS = {
    "diff": Entry("gitmlops.cli.policy_diff:diff", "What got tighter, and what looser, between two commits."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def policy() -> None:
    """Policies: what changed in what models must show."""
