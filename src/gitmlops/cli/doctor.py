"""gitmlops doctor: what is wrong with a repository that no single command would notice."""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.history import History
    from gitmlops.report import Finding

_WORKFLOWS = ".github/workflows/"


@click.command()
@click.option("--apply", "applies", is_flag=True, help="Set at GitHub what .github/ says; `administration: write`.")
@options.format
@options.output
def doctor(applies: bool, format_: str, output: str | None) -> None:
    """Look whether the registry is as GTO, DVC and gitmlops need it, and GitHub as the gate does. Exit code 1: it is
    not. Without --apply nothing is changed.

    Tags that GTO fails on or that are not what they say; files of versions in a stage, or that a rollback may go back
    to, which no DVC remote has; commands that collect garbage without regard to tags. CODEOWNERS, attributes, traps in
    workflows and workflows that are missing; with GITHUB_TOKEN rulesets, required checks and who must write them,
    settings, environments and owners who may not write.
    """
    from gitmlops.cli.github.examining import of_github
    from gitmlops.report import Report

    repo = workspace.repository()
    findings = (*_registry(repo), *_code(repo), *_workflows(repo), *of_github(repo, applies=applies))
    report = Report(f"Doctor of {repo.root.name}", findings, outcomes=("healthy", "not healthy"))
    show(report, format_, output)
    finish(report)


def _registry(repo: "Repository") -> "Iterator[Finding]":
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.registry import health
    from gitmlops.registry.tags import history
    from gitmlops.registry.verifying import suspicion

    told = history.read(repo)
    doubts = suspicion.of_all(repo, *told.artifacts.values())
    yield from health.of_tags(told, health.nested(repo), doubts)
    yield from _files(repo, told)
    yield from health.of_garbage(WorkTree(repo))


def _code(repo: "Repository") -> "Iterator[Finding]":
    """Who is asked about changes, where GitHub asks anybody."""
    from contextlib import suppress

    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load_project
    from gitmlops.errors import InputError, InputErrors
    from gitmlops.hosting import owners

    tree = WorkTree(repo)
    project = None
    with suppress(InputError, InputErrors):  # `gitmlops check` says what is wrong with it
        project = load_project(tree)
    if any(path.startswith(".github/") or path in owners.PLACES for path in tree.paths()):
        yield from owners.of_code(tree, project)
    yield from owners.of_attributes(tree)


def _workflows(repo: "Repository") -> "Iterator[Finding]":
    """What lets a stranger in, or a pull request past the gate; what gitmlops.yaml wants and nobody wrote."""
    from dataclasses import replace

    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load
    from gitmlops.hooks.staged import StagedFile
    from gitmlops.hooks.workflows import LOOSE, check
    from gitmlops.report import Finding, Location, Severity
    from gitmlops.scaffold import github

    tree = WorkTree(repo)
    there = {path for path in tree.paths() if path.startswith(_WORKFLOWS) and path.endswith((".yml", ".yaml"))}
    if not there:
        return
    found = check([StagedFile(path, tree.read(path)) for path in sorted(there)]).findings
    # Other people's workflows may be as loose as they like: that is no way past the gate.
    yield from (replace(one, severity=Severity.WARNING) if one.rule in LOOSE else one for one in found)
    definitions = load(tree)
    wanted = [str(file.path) for file in github.files(definitions)] if definitions.project else []
    missing = [path for path in wanted if path.startswith(_WORKFLOWS) and path not in there]
    for path in missing:
        mend = "run `gitmlops github files`, or leave it out of `ci: workflows` in gitmlops.yaml"
        yield Finding("doctor/workflow", Severity.WARNING, "is missing, gitmlops.yaml wants it", Location(path), mend)
    if not found and not missing:
        yield Finding("doctor/workflow", Severity.PASS, f"{len(there)} workflows, no traps in them")


def _files(repo: "Repository", told: "History") -> "Iterator[Finding]":
    """Files of the versions that somebody will ask for, by the DVC remotes that the work tree names."""
    from gitmlops.adapters.git.trees import CommitTree, WorkTree
    from gitmlops.cli.model.rollback.preflight import files
    from gitmlops.definitions import load
    from gitmlops.registry import health
    from gitmlops.report import Finding, Severity

    if repo.is_shallow():
        mend = "run `git fetch --unshallow --tags`"
        yield Finding("doctor/files", Severity.WARNING, "not looked at: this clone is shallow", mend=mend)
        return
    versions = [version for artifact in told.artifacts.values() for version in health.needed(artifact)]
    wrong = False
    for version in versions:
        looks = tuple(files(repo, version, load(CommitTree(repo, version.commit)), WorkTree(repo)))
        for finding in health.of_files(version, looks):
            wrong = True
            yield finding
    if not wrong:
        said = f"the files of {len(versions)} versions in stages, and to go back to, can be had"
        yield Finding("doctor/files", Severity.PASS, said)
