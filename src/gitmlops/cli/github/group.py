"""gitmlops github"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli.github import files as github_files
from gitmlops.cli.github import reports, retraining, starting
from gitmlops.cli.github import settings as github_settings
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitmlops.adapters.dvc.pointers import Output
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions


_CONFIGURATION = ".dvc/config"
_LARGEST_RECEIPT = 16 << 20


@click.group()
def github() -> None:
    """What a workflow calls: comments, checks, issues, settings; and the workflows themselves."""


for command in (
    reports.comment,
    reports.check_run,
    reports.summary,
    reports.annotate,
    reports.issue,
    reports.pull_request,
    reports.release,
    retraining.retraining,
    starting.proposals,
    starting.dispatch,
    github_files.files,
    github_settings.rulesets,
    github_settings.settings,
):
    github.add_command(command)


@github.command()
@click.option("--base", default="", help="Branch whose DVC remotes are asked.  [default: the default branch]")
@click.option("--head", default="HEAD", show_default=True, help="Commit that is to be judged.")
@click.option("--training-rows", is_flag=True, help="Fetch these in any case: required policies may ask for them.")
def fetch(base: str, head: str, training_rows: bool) -> None:
    """Fetch what the gate reads from the DVC remote: models and evaluation data of the head, the base's evaluation
    data, models in any stage, anchors.

    Remotes and their settings are the base's: what the head has in `.dvc/config` counts for nothing. An anchor is the
    first version of a model's highest major. Training rows are fetched where a policy asks for them.
    """
    from gitmlops.adapters.dvc import fetching
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.cli import workspace
    from gitmlops.gate.sides.base_and_head import base_tip

    repository = workspace.repository()
    tip = base_tip(repository, base or repository.default_branch())
    tree = CommitTree(repository, tip)
    of_base = {root: tree.read(path) for root, path in _dvc_projects(repository.root, tree.paths()).items()}
    # A machine may know of remotes that the base does not name.
    configured = {repository.root: b"", **of_base}
    asked = {root: text for root, text in configured.items() if fetching.remotes(Repository(root), text)}
    if not asked:
        say("there is no DVC remote: nothing was fetched")
        return
    wanted = _wanted(repository, tip, repository.resolve(head), training_rows=training_rows)
    for root, outputs in fetching.by_project(repository, asked, wanted).items():
        fetching.fetch(Repository(root), asked[root], outputs)


def _dvc_projects(root: Path, paths: "Sequence[str]") -> Mapping[Path, str]:
    """Folder of each DVC project of a commit, in full -> the path of its configuration."""
    inside = f"/{_CONFIGURATION}"
    return {(root / path).parents[1]: path for path in paths if path == _CONFIGURATION or path.endswith(inside)}


def _wanted(repository: "Repository", base: str, head: str, *, training_rows: bool) -> "Iterator[Output]":
    """All that the gate reads by digest, of the head, the base and the releases.

    training_rows: whether to take these whatever the policies of the head ask.
    """
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.cli import workspace
    from gitmlops.definitions import load
    from gitmlops.gate.sides.affected import judged_on
    from gitmlops.specs.model import Model

    definitions = workspace.definitions_at(repository, head)
    models = [placed.spec for placed in definitions.all(Model).values()]
    judged = {path for model in models for path in judged_on(model)}
    needed = training_rows or _compares_training(definitions)
    learned = _training_tables(repository, head, definitions) if needed else set()
    yield from _under_dvc(repository, head, judged | learned)
    pins = [placed.spec.evaluation for placed in load(CommitTree(repository, base)).all(Model).values()]
    yield from _under_dvc(repository, base, {path for pin in pins for path in (pin.data, pin.labels)})
    for commit, names in _released(repository).items():
        definitions = workspace.definitions_at(repository, commit)
        released = [definitions.get(Model, name).spec for name in names]
        compared = {path for one in released for path in (one.artifact, one.evaluation.predictions) if path}
        yield from _under_dvc(repository, commit, compared)


def _compares_training(definitions: "Definitions") -> bool:
    """Whether a policy compares the rows that a model was trained on with the evaluation rows."""
    from gitmlops.gate.rules.extending import extended
    from gitmlops.gate.rules.metrics import metric_of
    from gitmlops.specs.policy import Policy

    asked = {one.check.metric for name in definitions.all(Policy) for one in extended(definitions, name).checks}
    return any(metric_of(metric).family == "training" for metric in asked)


def _training_tables(repository: "Repository", head: str, definitions: "Definitions") -> set[str]:
    """The tables that models of the head were trained on."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.gate.families.training import training_tables
    from gitmlops.specs.model import Model

    tree = CommitTree(repository, repository.resolve(head))
    outputs, models = pointers.read(tree), definitions.all(Model).values()
    return {table.path for model in models for table in training_tables(tree, outputs, model.spec.artifact)}


def _released(repository: "Repository") -> Mapping[str, Sequence[str]]:
    """Commit -> names of the models of which it is the version in some deployment stage, or the anchor."""
    from gitmlops.registry.tags import history
    from gitmlops.registry.tags.production import anchor_version, since_adoption

    found: dict[str, list[str]] = {}
    tags, counts = history.read(repository), since_adoption(repository)
    for artifact in tags.artifacts.values():
        versions = (
            *(artifact.in_stage(stage) for stage in artifact.stages),
            anchor_version(tags, artifact.name, counts),
        )
        for commit in sorted({version.commit for version in versions if version and counts(version)}):
            found.setdefault(commit, []).append(artifact.name)
    return found


def _under_dvc(repository: "Repository", commit: str, paths: set[str]) -> "Iterator[Output]":
    """What DVC keeps at these paths in a commit."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree

    outputs = pointers.read(CommitTree(repository, repository.resolve(commit)))
    for path in sorted(paths):
        yield from pointers.held(path, outputs).values()


@github.command("push-looks")
@click.argument("receipt", type=click.Path(path_type=Path))
def push_looks(receipt: Path) -> None:
    """Count the looks at evaluation sets that RECEIPT tells of, and push them to origin.

    For the workflow that judges pull requests: its receipts are no ground for a version, and are not kept, but a model
    file that was judged is a look. Nothing else of RECEIPT is believed.
    """
    from gitmlops.adapters.files import read_regular
    from gitmlops.adapters.git import notes
    from gitmlops.cli import workspace
    from gitmlops.cli.gate.keeping import count
    from gitmlops.records import statement

    repository = workspace.repository()
    told = statement.read(read_regular(receipt, _LARGEST_RECEIPT), path=str(receipt))
    notes.fetch(repository, notes.LOOKS, workspace.REMOTE)
    count(repository, told)
    if notes.share(repository, notes.LOOKS, workspace.REMOTE):
        say(f"looks pushed to {workspace.REMOTE}")


@github.command("push-receipts")
@click.option(
    "--sign",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Sign the receipt in this file first, and keep it.",
)
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]")
def push_receipts(sign: Path | None, key: Path | None) -> None:
    """Push the gate's receipts to origin, where `model register` finds them, and the looks that it has counted.

    Those that others pushed stay.
    """
    from gitmlops.adapters.git import notes
    from gitmlops.cli import workspace

    repository = workspace.repository()
    if sign:
        _sign(repository, sign, key)
    if notes.share(repository, notes.RECEIPTS, workspace.REMOTE):
        say(f"receipts pushed to {workspace.REMOTE}")
    else:
        say(f"{workspace.REMOTE} has every receipt that is here")
    if notes.share(repository, notes.LOOKS, workspace.REMOTE):
        say(f"looks pushed to {workspace.REMOTE}")


def _sign(repository: "Repository", file: Path, key: Path | None) -> None:
    """Where the key is in no process that has judged: it is in this one alone."""
    from gitmlops.cli.gate.keeping import keep, signing_key
    from gitmlops.records import statement
    from gitmlops.registry.files import receipt_notes

    receipt = statement.read(file.read_bytes(), path=str(file))
    line = receipt_notes.signed(receipt_notes.written(receipt), key=signing_key(repository, key))
    if keep(repository, receipt, line):
        say(f"signed receipt kept as a note on tree {receipt.tree[:12]}")
