"""gitmlops policy"""

import click

from gitmlops.cli.lazy import Entry, LazyGroup

COMMANDS = {
    "list": Entry("gitmlops.cli.policy.list:list_", "List the policies and what they judge."),
    "show": Entry("gitmlops.cli.policy.list:show_", "Show a policy with all that hangs on it."),
    "test": Entry("gitmlops.cli.policy.test:test", "Judge the cases of policies/tests as the gate judges."),
    "measure": Entry("gitmlops.cli.policy.measure:measure", "Hold predictions that no memory holds against policies."),
    "approve": Entry("gitmlops.cli.policy.approve:approve", "Approve changed rules with a signed note."),
    "packs": Entry("gitmlops.cli.policy.packs:packs", "Regulations that come with gitmlops, for policies to extend."),
    "diff": Entry("gitmlops.cli.policy.diff:diff", "What got tighter, and what looser, between two commits."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def policy() -> None:
    """Policies: what models must show, tested by cases, compared between commits."""
