"""Which version serves users."""

from collections.abc import Sequence

from gitmlops.registry.grammar import version_key
from gitmlops.registry.history import History, Version
from gitmlops.specs.project import DeploymentStage


def production_version(history: History, stages: Sequence[DeploymentStage], name: str) -> Version | None:
    """The version of a model that is in the production stage; None if there is none, or no such stage or model."""
    artifact, stage = history.artifacts.get(name), production_stage(stages)
    return artifact.in_stage(stage.name) if artifact and stage else None


def anchor_version(history: History, name: str) -> Version | None:
    """The first version of a model's highest major, below which later ones may not sink; None without versions."""
    artifact = history.artifacts.get(name)
    numbered = artifact.versions if artifact else ()
    if not numbered:
        return None
    major = max(version_key(version.version)[0] for version in numbered)
    of_major = (version for version in numbered if version_key(version.version)[0] == major)
    return min(of_major, key=lambda version: version_key(version.version))


def production_stage(stages: Sequence[DeploymentStage]) -> DeploymentStage | None:
    """The stage marked `production: true`, or None."""
    return next((stage for stage in stages if stage.production), None)
