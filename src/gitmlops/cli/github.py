"""gitmlops github"""

import click

from gitmlops.cli.show import say


@click.group()
def github() -> None:
    """What only a workflow calls."""


@github.command()
def fetch() -> None:
    """Fetch what the gate reads from the DVC remote: models and evaluation data, as here and as of every tag."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.cli import workspace
    from gitmlops.specs.model import Model

    repository = workspace.repository()
    models = [placed.spec for placed in workspace.definitions(repository).all(Model).values()]
    paths = {path for model in models for path in (model.artifact, model.evaluation.data, model.evaluation.labels)}
    if not dvc.has_remote(repository):
        say("there is no DVC remote: nothing was fetched")
    elif paths:
        dvc.fetch_with_tags(repository, sorted(paths))


@github.command("push-receipts")
def push_receipts() -> None:
    """Push the gate's receipts to origin, where `model register` finds them. Those that others pushed stay."""
    from gitmlops.adapters.git import notes
    from gitmlops.cli import workspace

    if notes.share(workspace.repository(), notes.RECEIPTS, workspace.REMOTE):
        say(f"receipts pushed to {workspace.REMOTE}")
    else:
        say(f"{workspace.REMOTE} has every receipt that is here")
