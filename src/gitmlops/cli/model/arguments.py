"""What the arguments of the model commands mean: which version, which moment, which stage where none is named."""

from typing import TYPE_CHECKING

from gitmlops.cli import missing_tags
from gitmlops.errors import InputError

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.history import Artifact, History, Version
    from gitmlops.specs.project import Project


def choose(repo: "Repository", text: str, *, at: int | None = None) -> "tuple[Artifact, Version]":
    """The model and the version that `NAME[@VERSION|#STAGE]` means, now or at a moment. Raises InputError."""
    from gitmlops.registry.tags import history, references

    reference = references.parse(text)
    production = production_stage_name(repo) if reference.is_bare else ""
    with missing_tags.minded(repo):
        artifact = history.read_artifact(repo, reference.artifact)
        return artifact, references.pick(artifact, reference, production=production, at=at)


def choose_in(told: "History", text: str, *, at: int | None = None) -> "tuple[Artifact, Version]":
    """The same of a history, whose production stage nobody knows. Raises InputError."""
    from gitmlops.registry.tags import references

    reference = references.parse(text)
    artifact = told.artifact(reference.artifact)
    return artifact, references.pick(artifact, reference, production="", at=at)


def production_stage_name(repo: "Repository") -> str:
    """Name of the production stage by the work tree's gitmlops.yaml; empty without one. Raises InputError(s)."""
    from gitmlops.registry.tags.production import production_stage

    project = _project(repo)
    stage = production_stage(project.stages) if project else None
    return stage.name if stage else ""


def signs_releases(repo: "Repository") -> bool:
    """Whether tags are to be signed by the work tree's gitmlops.yaml. Raises InputError(s)."""
    project = _project(repo)
    return bool(project and project.signers.releases)


def moment(repo: "Repository | None", text: str | None) -> int | None:
    """Seconds since 1970 of a date, a time or (of a repository here) a commit; None for None. Raises InputError."""
    if text is None:
        return None
    from gitmlops.registry.tags import moments

    found = moments.parse(text)
    if found is not None:
        return found
    if repo is None:
        raise InputError(f"{text!r} is no date", mend="write e.g. 2026-03-03 or 2026-03-03T09:00:00Z")
    from gitmlops.registry.changing.candidates import commit_time

    try:
        return commit_time(repo, repo.resolve(text))
    except InputError as error:
        mend = "write e.g. 2026-03-03 or 2026-03-03T09:00:00Z, or name a branch, a tag or a commit"
        raise InputError(f"{text!r} is no date, and no commit either", mend=mend) from error


def _project(repo: "Repository") -> "Project | None":
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.definitions import PROJECT_FILE, load_project

    return load_project(WorkTree(repo)) if (repo.root / PROJECT_FILE).exists() else None
