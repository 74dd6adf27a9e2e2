"""Which released versions a model is compared with: the one that serves users, and the anchor."""

from collections.abc import Callable, Sequence
from functools import cache

from gitmlops.adapters.git.repository import Repository
from gitmlops.definitions import PROJECT_FILE
from gitmlops.registry.tags.grammar import version_key
from gitmlops.registry.tags.history import History, Version
from gitmlops.specs.project import DeploymentStage

Counts = Callable[[Version], bool]
"""Whether a version can be compared with."""


def since_adoption(repository: Repository) -> Counts:
    """Versions of commits that have a gitmlops.yaml: nothing says how one from before it was adopted is judged."""

    @cache
    def is_project(commit: str) -> bool:
        return bool(repository.git("ls-tree", "--name-only", "--full-tree", commit, "--", PROJECT_FILE))

    return lambda version: is_project(version.commit)


def production_version(
    history: History, stages: Sequence[DeploymentStage], name: str, counts: Counts
) -> Version | None:
    """The version of a model that is in the production stage; None if there is none that counts, or no such stage."""
    artifact, stage = history.artifacts.get(name), production_stage(stages)
    version = artifact.in_stage(stage.name) if artifact and stage else None
    return version if version and counts(version) else None


def anchor_version(history: History, name: str, counts: Counts) -> Version | None:
    """The first version of a model's highest major, below which later ones may not sink; None without versions.

    Versions that do not count are passed over.
    """
    artifact = history.artifacts.get(name)
    numbered = [version for version in artifact.versions if counts(version)] if artifact else []
    if not numbered:
        return None
    major = max(version_key(version.version)[0] for version in numbered)
    of_major = (version for version in numbered if version_key(version.version)[0] == major)
    return min(of_major, key=lambda version: version_key(version.version))


def production_stage(stages: Sequence[DeploymentStage]) -> DeploymentStage | None:
    """The stage marked `production: true`, or None."""
    return next((stage for stage in stages if stage.production), None)
