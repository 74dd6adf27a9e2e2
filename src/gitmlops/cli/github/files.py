"""gitmlops github files: what lies below .github/, written from gitmlops.yaml."""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, say, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.report import Report
    from gitmlops.scaffold.templates import NewFile


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not as it would be written.")
@options.dry_run
def files(check: bool, dry_run: bool) -> None:
    """Write what belongs below .github/ by gitmlops.yaml: workflows, CODEOWNERS, rulesets, settings.

    `ci:` says where jobs run, which workflows are wanted, and whose App posts verdicts; roles and stages are in them,
    too. A file that git does not have as it is, is not overwritten: commit it first, and the diff shows what changed.
    """
    from gitmlops.adapters.files import write_atomic
    from gitmlops.scaffold import github

    repository = workspace.repository()
    wanted = github.files(workspace.definitions(repository))
    differing = [file for file in wanted if _there(repository, file) != file.content]
    if check:
        report = _compared(repository, differing, len(wanted))
        show(report)
        finish(report)
        return
    if not dry_run:
        _require_committed(repository, differing)
    for file in differing:
        if not dry_run:
            write_atomic(repository.root / file.path, file.content)
        say(f"{'would write' if dry_run else 'wrote'} {file.path}")
    say(f"{len(wanted) - len(differing)} of {len(wanted)} files are as gitmlops.yaml says")


def _there(repository: "Repository", file: "NewFile") -> bytes | None:
    from gitmlops.errors import InputError

    path = repository.root / file.path
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InputError("is no plain file", where=str(file.path), mend="move it")
    return path.read_bytes() if path.exists() else None


def _require_committed(repository: "Repository", differing: "Sequence[NewFile]") -> None:
    """Raises Refusal where something would be lost."""
    from gitmlops.errors import Refusal

    at_risk = [str(file.path) for file in differing if (repository.root / file.path).exists()]
    if at_risk and (changed := repository.git("status", "--porcelain", "-z", "--", *at_risk)):
        names = ", ".join(sorted(line[3:] for line in changed.split("\0") if line))
        raise Refusal(f"git does not have {names} as it is: nothing was written", mend="commit it, or move it")


def _compared(repository: "Repository", differing: "Sequence[NewFile]", count: int) -> "Report":
    from gitmlops.report import Finding, Location, Report, Severity

    findings = [
        Finding(
            "github/files",
            Severity.ERROR,
            f"is {'not as' if (repository.root / file.path).exists() else 'missing, by what'} gitmlops.yaml says",
            Location(str(file.path)),
            "run `gitmlops github files`",
        )
        for file in differing
    ]
    fine = Finding("github/files", Severity.PASS, f"{count} files are as gitmlops.yaml says")
    return Report("Files below .github/", tuple(findings or [fine]), outcomes=("as wanted", "not as wanted"))
