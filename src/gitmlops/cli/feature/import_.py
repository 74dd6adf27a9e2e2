"""gitmlops feature import"""

import click

from gitmlops.cli import options


@click.command("import")
@click.argument("name", required=False)
@click.option("--update", is_flag=True, help="Look whether `rev:` names another commit by now, and take that one.")
@options.dry_run
@options.format
@options.output
def import_(name: str | None, update: bool, dry_run: bool, format_: str, output: str | None) -> None:
    """Take over the feature definitions of the repositories that `imports:` in gitmlops.yaml names.

    They are written to imports/NAME, with pointers to their data, and pinned by commit in gitmlops.lock: commit both.
    What is pinned is not fetched again; a file that was edited is restored. Nothing of theirs is run.
    """
    from gitmlops.adapters.files import replace_all
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.adapters.taken_over import locked
    from gitmlops.cli.show import say, show
    from gitmlops.cli.workspace import repository, require_project
    from gitmlops.definitions import load_project
    from gitmlops.features.imports import importing

    if name and not update:
        raise click.UsageError("NAME says which import to update: add --update")
    repo = repository()
    require_project(repo)
    tree = WorkTree(repo)
    project, lock = load_project(tree), locked(tree)
    chosen = importing.names(project, name)
    found = importing.bring(project, tree, lock, update=chosen if update else ())
    written = importing.writes(tree, lock, found)
    if dry_run:
        say("nothing was written (--dry-run)")
    else:
        replace_all(repo.root, written)
    show(importing.report(lock, found, written), format_, output)
