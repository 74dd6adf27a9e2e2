import click

from gitmlops.cli import options


@click.command("test")
@click.argument("policies", metavar="[ID]...", nargs=-1)
@options.format
@options.output
def test(policies: tuple[str, ...], format_: str, output: str | None) -> None:
    """Judge the cases of policies/tests by the checks of their policies, as the gate judges models.

    Exits with 1 if a check comes to something else than a case expects, if no case touches a check, or if a policy
    lacks one of the four kinds that it can have: passing, failing, small-n (of checks that ask for a least number of
    rows) and missing.
    """
    from gitmlops.cli import workspace
    from gitmlops.cli.show import finish, show
    from gitmlops.gate.policy_tests import reporting
    from gitmlops.gate.rules import wiring
    from gitmlops.report import raise_errors
    from gitmlops.specs.policy import Policy

    definitions = workspace.definitions(workspace.repository())
    raise_errors(wiring.check(definitions))
    for name in policies:
        definitions.get(Policy, name)
    report = reporting.test(definitions, policies or sorted(definitions.all(Policy)))
    show(report, format_, output)
    finish(report)
