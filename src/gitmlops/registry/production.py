"""Which version serves users."""

from collections.abc import Sequence

from gitmlops.registry.history import History, Version
from gitmlops.specs.project import DeploymentStage


def production_version(history: History, stages: Sequence[DeploymentStage], name: str) -> Version | None:
    """The version of a model that is in the production stage; None if there is none, or no such stage or model."""
    artifact, stage = history.artifacts.get(name), production_stage(stages)
    return artifact.in_stage(stage.name) if artifact and stage else None


def production_stage(stages: Sequence[DeploymentStage]) -> DeploymentStage | None:
    """The stage marked `production: true`, or None."""
    return next((stage for stage in stages if stage.production), None)
