"""gitmlops model rollback: whether the version to go back to is believed, can be had, and would pass today."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitmlops.cli import approval_source as sources
from gitmlops.cli.model import features as model_features

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import Definitions, Tree
    from gitmlops.gate.rules.required import Required
    from gitmlops.records.receipt import Receipt
    from gitmlops.registry.preflight import Look
    from gitmlops.registry.tags.history import Artifact, Event, Version
    from gitmlops.specs.project import Project

_DVC = ".dvc/config"


def look(
    repo: "Repository",
    remote: str | None,
    artifact: "Artifact",
    good: "Version",
    stage: str,
    now: int,
    required_policies: str | None,
) -> "tuple[Look, ...]":
    """Everything that is looked at before a rollback. What main says counts as the remote has it now.

    required_policies: where those of another repository are that ask today, too, as `GIT_URL@REF`.
    Raises ToolError if the remote or git does not answer, InputError if main's own files or these are broken.
    """
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.registry.changing import candidates
    from gitmlops.specs.project import Project

    known = sources.base_project_if_any(repo, remote, fetch=True)
    merged = candidates.merged_ref(repo, remote)
    tree, then_tree = CommitTree(repo, repo.resolve(merged)), CommitTree(repo, good.commit)
    base, then = load(tree), load(then_tree)
    return (
        *_tags(repo, artifact, good, stage, known or Project(project=repo.root.name), merged),
        *files(repo, good, then, tree),
        *_features(good, then, then_tree, base, tree),
        *_rules(repo, remote, tree, good, then, base, now, required_policies),
    )


def _tags(
    repo: "Repository", artifact: "Artifact", good: "Version", stage: str, base: "Project", merged: str
) -> "Iterator[Look]":
    """Whether it was in the stage by tags that are believed; a deprecated model begins nowhere by itself."""
    from gitmlops.registry.preflight import Look, State
    from gitmlops.registry.verifying import verification
    from gitmlops.report import Severity

    for event in _grounds(artifact, good, stage):
        found = verification.verify(repo, artifact, event, base=base, merged=merged)
        wrong = [one.message for one in found if one.severity is Severity.ERROR]
        yield (
            Look("tag", State.MISSING, f"unverified: {wrong[0]}")
            if wrong
            else Look("tag", State.FINE, found[0].message)
        )
    if said := artifact.deprecation:
        yield Look(
            "model", State.REFUSED, f"{artifact.name} is deprecated: {said.trailers.one('Reason') or 'no reason'}"
        )


def _grounds(artifact: "Artifact", good: "Version", stage: str) -> "list[Event]":
    """What made it a version, and what put it into the stage."""
    tags = {good.tag, *(one.tag.name for one in artifact.standing(stage) if one.tag.commit == good.commit)}
    return [event for event in artifact.events if event.tag.name in tags]


def files(repo: "Repository", good: "Version", then: "Definitions", tree: "Tree") -> "Iterator[Look]":
    """Whether the files of a version can be had, by the DVC remotes that a tree names. then: its own definitions."""
    from gitmlops.errors import InputError
    from gitmlops.registry.files import artifacts, stored_files
    from gitmlops.registry.files.contents import Contents
    from gitmlops.registry.preflight import Look, State
    from gitmlops.specs.model import Model

    contents, model = Contents(repo, good.commit), then.all(Model).get(good.name)
    try:
        path = model.spec.artifact if model else artifacts.before_adoption(contents.tree, good.name)
    except InputError as error:
        yield Look("files", State.UNKNOWN, str(error))
        return
    if not path:
        yield Look("files", State.UNKNOWN, f"commit {good.commit[:12]} defines no model {good.name}")
        return
    configuration = tree.read(_DVC) if _DVC in tree.paths() else b""
    yield from stored_files.look(contents, good, path, configuration)


def _features(
    good: "Version", then: "Definitions", then_tree: "CommitTree", base: "Definitions", tree: "CommitTree"
) -> "Iterator[Look]":
    """Whether main still defines what the model reads: what serves features is made from it."""
    from gitmlops.errors import InputErrors
    from gitmlops.features.versions import comparison
    from gitmlops.features.versions.changes import Change
    from gitmlops.registry.preflight import Look, State

    pins = model_features.pins(then, good.name)
    if not pins:
        return
    try:
        changed = {one.pin: one for one in comparison.compare(then, then_tree, base, tree).changed}
    except InputErrors as errors:
        yield Look("features", State.UNKNOWN, f"main cannot tell its features: {errors.errors[0]}")
        return
    told = [changed[pin] for pin in pins if pin in changed and changed[pin].alters]
    for one in told:
        said = "; ".join(one.details)
        if one.after is None:
            yield Look(one.pin, State.REFUSED, "main does not define it any more")
        elif one.change is Change.BREAKING:
            yield Look(one.pin, State.REFUSED, f"its interface is another one on main: {said}")
        else:
            yield Look(one.pin, State.UNKNOWN, f"its values may be others on main: {said}")
    if not told:
        yield Look("features", State.FINE, f"main defines all {len(pins)} as they were")


def _rules(
    repo: "Repository",
    remote: str | None,
    tree: "CommitTree",
    good: "Version",
    then: "Definitions",
    base: "Definitions",
    now: int,
    required_policies: str | None,
) -> "Iterator[Look]":
    """What hard-mandatory checks of today make of what the gate found then, and of documents that may have aged."""
    from gitmlops.adapters.git import notes
    from gitmlops.audit import card_facts
    from gitmlops.cli.model.promotion import evidence
    from gitmlops.registry.preflight import Look, State

    if not good.gated:
        yield Look("policies", State.UNKNOWN, "it is ungated: no receipt tells what a gate found")
        return
    if remote:
        notes.fetch(repo, notes.RECEIPTS, remote)
    receipt = card_facts.receipt_of(repo, good)
    if receipt is None:
        yield Look("policies", State.UNKNOWN, "the receipt that its tag names is not here")
    required, unknown = _required(receipt, required_policies)
    yield from unknown
    hard, today = ("hard-mandatory",), evidence.day(now)
    refused: list[str] = []
    if receipt:
        refused += evidence.refusals(receipt, good, base, then, today, enforcement=hard, required=required)
    refused += evidence.missing(repo, tree, good, base, then, today, enforcement=hard, required=required)
    for one in refused:
        yield Look("policies", State.REFUSED, one)
    if receipt and not refused:
        yield Look("policies", State.FINE, "what the gate found then passes the hard-mandatory checks of today")


def _required(receipt: "Receipt | None", asked: str | None) -> "tuple[Required | None, tuple[Look, ...]]":
    """The policies of another repository as they are now, and why they are not known: a rollback waits for nobody."""
    from gitmlops.cli.gate.command import required_from
    from gitmlops.errors import ToolError
    from gitmlops.registry.preflight import Look, State

    about = "required policies"
    if asked is None and receipt and receipt.required:
        said = f"those of {receipt.required.url} judged it, too: --required-policies asks what they say today"
        return None, (Look(about, State.UNKNOWN, said),)
    try:
        return required_from(asked), ()
    except ToolError as error:
        return None, (Look(about, State.UNKNOWN, f"they cannot be read: {error}"),)
