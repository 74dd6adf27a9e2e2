"""gitmlops adopt"""

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.report import Report
    from gitmlops.scaffold.adopting.numbers import Measured
    from gitmlops.scaffold.adopting.plan import Plan
    from gitmlops.scaffold.adopting.project import Project

NEXT = (
    ("see what is there", "gitmlops check, gitmlops model list, gitmlops pipeline status"),
    ("mend each draft: task, owner, intended use", "models/*.yaml"),
    ("write evaluation rows, labels and predictions", "in a stage, docs/how-to/adopt-a-dvc-project.md"),
    ("commit to the default branch, then judge a branch", "gitmlops gate"),
    ("once in every clone", "gitmlops merge-driver --install, pre-commit install"),
)


@click.command()
@click.option("--project", help="Name of the project.  [default: the folder's name]")
@options.dry_run
@options.format
def adopt(project: str | None, dry_run: bool, format_: str) -> None:
    """Make a gitmlops project of the DVC project around the current folder, and leave all that is there as it is.

    Reads every dvc.yaml, the artifacts and metrics in them and the tags of GTO; writes gitmlops.yaml, a draft of each
    model and of a policy, workflows and hooks, where there are none. All files or none are written; none is committed.
    """
    from gitmlops.adapters.files import replace_all
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import repository
    from gitmlops.scaffold.adopting.plan import plan
    from gitmlops.scaffold.adopting.project import gather

    repo = repository()
    name = _name(project) if project else _fitted(repo.root.name)
    found = gather(repo)
    planned = plan(found, name)
    if not dry_run:
        replace_all(repo.root, {str(file.path): file.content for file in planned.files})
    show(_report(name, found, planned, dry_run=dry_run), format_)


def _report(name: str, found: "Project", planned: "Plan", *, dry_run: bool) -> "Report":
    from gitmlops.report import Report, Table

    undo = " ".join(["git clean -fd --", *(shlex.quote(str(file.path)) for file in planned.files)])
    return Report(
        title=f"adopt {name}",
        findings=planned.findings,
        summary=(_found(found), f"{len(planned.files)} files {'would be ' * dry_run}written, nothing else touched"),
        facts=() if dry_run else (("to undo", undo),),
        tables=(
            Table(
                "drafts of models",
                ("model", "file", "task", "metrics"),
                tuple(
                    (draft.name, draft.candidate.path, draft.kind, _metrics(draft.candidate.numbers))
                    for draft in planned.drafts
                ),
            ),
            Table("files", ("file",), tuple((str(file.path),) for file in planned.files)),
            *(() if dry_run else (Table("next", ("what", "where"), NEXT),)),
        ),
        outcomes=("would be adopted" if dry_run else "adopted", "refused"),
    )


def _found(found: "Project") -> str:
    stages = sum(len(file.stages) for file in found.files)
    counts = (
        (len(found.folders), "DVC project"),
        (len(found.files), "dvc.yaml file"),
        (stages, "stage"),
        (len(found.models), "model file"),
        (sum(found.tagged.values()), "version"),
    )
    return "found " + ", ".join(f"{number} {word}{'s' * (number != 1)}" for number, word in counts) + " in the tags"


def _metrics(measured: "Sequence[Measured]") -> str:
    return ", ".join(f"{one.known.metric} {one.value:.4f}" for one in measured)


def _name(text: str) -> str:
    from gitmlops.errors import UsageError

    if re.fullmatch(r"[A-Za-z]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?", text):
        return text
    mend = "use letters, digits, `-` and `_`, starting with a letter, at most 64"
    raise UsageError(f"{text!r} is no name", where="--project", mend=mend)


def _fitted(folder: str) -> str:
    """A folder's name as a project's."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", folder)[:60].strip("-_")
    return plain if re.match("[A-Za-z]", plain) else f"project-{plain}".rstrip("-")
