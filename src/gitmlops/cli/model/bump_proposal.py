"""gitmlops model register without a number: what is counted up, by what changed, shown and asked for."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitmlops.cli.model import features as model_features
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.registry.comparing.bumps import Proposal
    from gitmlops.registry.tags.history import Artifact, Version


def number(repo: "Repository", artifact: "Artifact | None", name: str, commit: str, *, ask: bool) -> str:
    """The number that a commit should get, told with its reason; the first one is v1.0.0.

    ask: whether somebody at a terminal is asked whether it shall be so.
    """
    from gitmlops.registry.changing import transitions

    if artifact is None or not artifact.versions:
        return transitions.FIRST if artifact is None else transitions.next_version(artifact, bump="minor")
    proposal = _proposal(repo, artifact.versions[-1], name, commit)
    found = transitions.next_version(artifact, bump=proposal.bump)
    say(f"proposed: {found} ({proposal.bump}), as {proposal.reason}; name another with --bump or --version")
    # A workflow that registers what was merged has nobody to ask, and a number does no harm.
    if ask and sys.stdin.isatty():
        click.confirm(f"Register {name} {found}?", abort=True, err=True)
    return found


def _proposal(repo: "Repository", last: "Version", name: str, commit: str) -> "Proposal":
    from msgspec.structs import replace

    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.registry.comparing import bumps, sides

    versions = (last, replace(last, version="the commit", commit=commit, message=""))
    known = [load(CommitTree(repo, version.commit)) for version in versions]
    before, after = (sides.gather(repo, version, one) for version, one in zip(versions, known, strict=True))
    return bumps.propose(before, after, tuple(_interface(repo, name, versions, known)))


def _interface(
    repo: "Repository", name: str, versions: "tuple[Version, Version]", known: "list[Definitions]"
) -> "Iterator[str]":
    """What changed of what the model reads and answers."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.errors import InputErrors
    from gitmlops.features.versions import comparison
    from gitmlops.features.versions.changes import Change
    from gitmlops.specs.model import Model

    old, new = (one.all(Model).get(name) for one in known)
    if old and new and (old.spec.task.kind, old.spec.task.label) != (new.spec.task.kind, new.spec.task.label):
        yield f"{new.spec.task.kind} of {new.spec.task.label} in place of {old.spec.task.kind} of {old.spec.task.label}"
    was, now = (model_features.pins(one, name) for one in known)
    yield from (f"{pin} is new" for pin in now if pin not in was)
    yield from (f"{pin} is gone" for pin in was if pin not in now)
    if not set(was) & set(now):
        return
    trees = [CommitTree(repo, version.commit) for version in versions]
    try:
        compared = comparison.compare(known[0], trees[0], known[1], trees[1])
    except InputErrors:
        return  # the gate has refused, or judged without, features that cannot be told
    broken = {one.pin for one in compared.changed if one.change is Change.BREAKING}
    yield from (f"{pin} has another interface" for pin in now if pin in was and pin in broken)
