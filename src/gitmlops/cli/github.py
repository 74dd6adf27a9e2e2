"""gitmlops github"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import github_reports, github_settings
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions


@click.group()
def github() -> None:
    """What a workflow calls: comments, checks, issues, settings."""


for command in (
    github_reports.comment,
    github_reports.check_run,
    github_reports.summary,
    github_reports.annotate,
    github_reports.issue,
    github_reports.pull_request,
    github_reports.release,
    github_settings.rulesets,
    github_settings.settings,
):
    github.add_command(command)


@github.command()
def fetch() -> None:
    """Fetch what the gate reads from the DVC remote: models and evaluation data of HEAD, models in any stage, anchors.

    An anchor is the first version of a model's highest major. Training rows are fetched where a policy asks for them.
    """
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import sharing
    from gitmlops.adapters.git import second_tree
    from gitmlops.cli import workspace
    from gitmlops.gate.sides.affected import judged_on
    from gitmlops.specs.model import Model

    repository = workspace.repository()
    definitions = workspace.definitions_at(repository, "HEAD")
    models = [placed.spec for placed in definitions.all(Model).values()]
    if not dvc.has_remote(repository):
        say("there is no DVC remote: nothing was fetched")
        return
    wanted = {path for model in models for path in judged_on(model)}
    wanted |= _training_tables(repository, definitions)
    if paths := _under_dvc(repository, "HEAD", wanted):
        dvc.fetch(repository, paths)
    for commit, names in _released(repository).items():
        definitions = workspace.definitions_at(repository, commit)
        if paths := _under_dvc(repository, commit, {definitions.get(Model, name).spec.artifact for name in names}):
            # Not `dvc fetch --all-tags`: it looks for a relative remote in the root of the file system.
            with second_tree.at_commit(repository, commit) as second:
                sharing.share(repository, second)
                dvc.fetch(second, paths)


def _training_tables(repository: "Repository", definitions: "Definitions") -> set[str]:
    """The tables that models of HEAD were trained on, if a policy compares them with the evaluation rows."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.gate.families.training import training_tables
    from gitmlops.gate.rules.extending import extended
    from gitmlops.gate.rules.metrics import metric_of
    from gitmlops.specs.model import Model
    from gitmlops.specs.policy import Policy

    asked = {one.check.metric for name in definitions.all(Policy) for one in extended(definitions, name).checks}
    if not any(metric_of(metric).family == "training" for metric in asked):
        return set()
    tree = CommitTree(repository, repository.resolve("HEAD"))
    outputs, models = pointers.read(tree), definitions.all(Model).values()
    return {table.path for model in models for table in training_tables(tree, outputs, model.spec.artifact)}


def _released(repository: "Repository") -> Mapping[str, Sequence[str]]:
    """Commit -> names of the models of which it is the version in some deployment stage, or the anchor."""
    from gitmlops.registry import history
    from gitmlops.registry.production import anchor_version

    found: dict[str, list[str]] = {}
    tags = history.read(repository)
    for artifact in tags.artifacts.values():
        versions = (*(artifact.in_stage(stage) for stage in artifact.stages), anchor_version(tags, artifact.name))
        for commit in sorted({version.commit for version in versions if version}):
            found.setdefault(commit, []).append(artifact.name)
    return found


def _under_dvc(repository: "Repository", commit: str, paths: set[str]) -> Sequence[str]:
    """Those of the paths that DVC keeps, in a commit."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree

    outputs = pointers.read(CommitTree(repository, commit))
    return sorted(path for path in paths if pointers.held(path, outputs))


@github.command("push-receipts")
@click.option(
    "--sign",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Sign the receipt in this file first, and keep it.",
)
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]")
def push_receipts(sign: Path | None, key: Path | None) -> None:
    """Push the gate's receipts to origin, where `model register` finds them. Those that others pushed stay."""
    from gitmlops.adapters.git import notes
    from gitmlops.cli import workspace

    repository = workspace.repository()
    if sign:
        _sign(repository, sign, key)
    if notes.share(repository, notes.RECEIPTS, workspace.REMOTE):
        say(f"receipts pushed to {workspace.REMOTE}")
    else:
        say(f"{workspace.REMOTE} has every receipt that is here")


def _sign(repository: "Repository", file: Path, key: Path | None) -> None:
    """Where the key is in no process that has judged: it is in this one alone."""
    from gitmlops.cli.gate import keep, signing_key
    from gitmlops.records import statement
    from gitmlops.registry import receipt_notes

    receipt = statement.read(file.read_bytes(), path=str(file))
    line = receipt_notes.signed(receipt_notes.written(receipt), key=signing_key(repository, key))
    if keep(repository, receipt, line):
        say(f"signed receipt kept as a note on tree {receipt.tree[:12]}")
