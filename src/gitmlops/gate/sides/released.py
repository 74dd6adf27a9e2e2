"""The registry's versions as the feature store asks about them."""

from gitmlops.features.versions.impact import Release
from gitmlops.registry.tags.history import Artifact, History


def releases(history: History, *, live: bool = False) -> tuple[Release, ...]:
    """Every version that is registered or in a deployment stage, with its stages; `live`: only those in a stage."""
    found = (release for artifact in history.artifacts.values() for release in _of(artifact))
    return tuple(release for release in found if release.stages or not live)


def _of(artifact: Artifact) -> list[Release]:
    placed = {stage: version for stage in artifact.stages if (version := artifact.in_stage(stage))}
    # GTO lets a commit be promoted that is no version.
    versions = {version.tag: version for version in (*artifact.versions, *placed.values())}
    return [
        Release(artifact.name, tag, version.commit, tuple(stage for stage in placed if placed[stage].tag == tag))
        for tag, version in versions.items()
    ]
