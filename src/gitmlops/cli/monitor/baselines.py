"""What a model's predictions are compared with: the baselines of its versions, and which one is in production."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.monitor.alarm import Production
    from gitmlops.monitor.observing.observation import Anchor
    from gitmlops.records.baseline import Baseline
    from gitmlops.registry.tags.history import Version


def in_production(repository: "Repository", name: str, until: datetime) -> "Production | None":
    """The version that was in production then, None if the tags of that time name none."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import load_project
    from gitmlops.monitor.alarm import Production
    from gitmlops.registry.tags.history import read_artifact
    from gitmlops.registry.tags.production import production_stage

    stage = production_stage(load_project(WorkTree(repository)).stages)
    artifact = read_artifact(repository, name).until(int(until.timestamp()))
    promotion = artifact.promotion(stage.name) if stage else None
    if promotion is None:
        return None
    return Production(artifact.version_at(promotion.tag.commit, promotion).version, promotion.tag.time * 1_000_000)


def baselines(repository: "Repository", name: str, served: "Sequence[str]") -> "Mapping[str, Baseline]":
    """The baselines of the registered versions of a model that the log names, each from the commit of its tag.

    Raises Refusal if one is not what its tag pins, InputError or ToolError if it cannot be had.
    """
    from gitmlops.registry.tags.history import read_artifact

    versions = read_artifact(repository, name).versions
    return {version.version: _baseline(repository, version) for version in versions if version.version in served}


def anchor(repository: "Repository", name: str, known: "Mapping[str, Baseline]") -> "Anchor | None":
    """The first version's baseline; None if there is none, or git alone has it not."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.monitor.observing.observation import Anchor
    from gitmlops.registry.files.contents import companion
    from gitmlops.registry.tags.history import read_artifact
    from gitmlops.specs.model import Model

    first = next(iter(read_artifact(repository, name).versions), None)
    if first is None or first.version in known:
        return Anchor(first.version, known[first.version]) if first else None
    tree = CommitTree(repository, first.commit)
    placed = load(tree).all(Model).get(name)
    if placed is None or not tree.digest(companion(placed.spec.artifact, ".baseline.json")):
        return None
    return Anchor(first.version, _baseline(repository, first))


def _baseline(repository: "Repository", version: "Version") -> "Baseline":
    from gitmlops.records.baseline_file import read_baseline
    from gitmlops.registry.files import delivery
    from gitmlops.registry.files.contents import Contents, companion

    contents = Contents(repository, version.commit)
    artifact = _artifact(contents.tree, version)
    content = delivery.baseline(contents, version, artifact)
    path = f"{version.tag}:{companion(artifact, '.baseline.json')}"
    return read_baseline(content, path=path)


def _artifact(tree: "CommitTree", version: "Version") -> str:
    """The model file's path as the version's own commit defines it: today's definition may have moved on.

    Raises InputError if the commit does not define the model; what else is wrong there does not matter here.
    """
    from gitmlops.definitions import load
    from gitmlops.errors import InputError
    from gitmlops.report import raise_errors
    from gitmlops.specs.model import Model

    definitions = load(tree)
    placed = definitions.all(Model).get(version.name)
    if placed is None:
        raise_errors(definitions.findings)
        mend = "take its rows out of the log, or `git tag --delete` what is no version"
        raise InputError(f"its commit does not define the model {version.name}", where=version.tag, mend=mend)
    return placed.spec.artifact
