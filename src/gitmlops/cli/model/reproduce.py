"""gitmlops model reproduce"""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.arguments import choose
from gitmlops.cli.show import finish, show

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.reproduction.subject import Subject
    from gitmlops.registry.tags.history import Version


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-6,
    show_default=True,
    help="How far numbers may differ: relative to the larger one, absolutely below 1.",
)
@click.option(
    "--environment",
    type=click.Choice(["here", "recorded"]),
    default="here",
    show_default=True,
    help="Run with what is installed here, or install what the version's lock file pins.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="CPUs to use at once; all of the machine's unless given.")
@options.format
@options.output
def reproduce(
    reference: str, tolerance: float, environment: str, jobs: int | None, format_: str, output: str | None
) -> None:
    """Make a version again from its tag, and compare each output with what was released.

    Data, code, parameters and packages are compared with what dvc.lock, the tag and the manifest say. Then the stages
    that lead to the model file run, without any cache, in a second work tree: your files, your cache and your branches
    are left alone. Exits with 1 if an input is not as recorded or an output is different.
    """
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.git import second_tree

    repo = workspace.repository()
    _, version = choose(repo, reference)
    subject = _subject(repo, version)
    dvc.require_installed()
    dvc.require(repo)

    from gitmlops.cli.model.reproducing import Reproducing
    from gitmlops.registry.reproduction.verdicts import Tolerance

    with second_tree.at_commit(repo, version.commit) as second:
        report = Reproducing(repo, second, subject, jobs).report(
            Tolerance(tolerance), recorded=environment == "recorded"
        )
    show(report, format_, output)
    finish(report)


def _subject(repo: "Repository", version: "Version") -> "Subject":
    """Raises InputError(s) if the version's commit cannot be run, or must not be."""
    from gitmlops.features.imports import folders as imports
    from gitmlops.pipelines.contracts import presence
    from gitmlops.registry.reproduction import subject
    from gitmlops.report import raise_errors

    found = subject.of(repo, version, workspace.definitions_at(repo, version.commit))
    # What came from other repositories must be what was reviewed here: DVC would run a stage of theirs, too.
    raise_errors((*imports.check(found.definitions, found.tree), *presence.check(found.definitions, found.tree)))
    return found
