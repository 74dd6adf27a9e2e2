"""gitmlops.yaml: the project, its roles, its deployment stages, and the repositories that it draws on."""

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import GitUrl, Name, RepositoryPath, Revision


class DeploymentStage(Spec, frozen=True):
    """A place a version can be promoted to; `production` marks the one that serves users."""

    name: Name
    after: Name | None = None
    production: bool = False


class Import(Spec, frozen=True):
    """Another repository, whose features are used here as `name/view@vN:feature`; pinned by commit in gitmlops.lock."""

    name: Name
    git: GitUrl
    rev: Revision


class Project(Spec, frozen=True):
    """The one file that makes a repository a gitmlops project.

    environment: the lock file of what is installed (uv.lock, requirements.txt, conda-lock.yml), on which every step of
    a pipeline depends; imports: repositories whose features are used here; registries: repositories that
    `feature search` looks in, too.
    """

    project: Name
    roles: dict[Name, list[str]] = {}
    stages: tuple[DeploymentStage, ...] = (
        DeploymentStage(name="staging"),
        DeploymentStage(name="prod", after="staging", production=True),
    )
    environment: RepositoryPath | None = None
    imports: list[Import] = []
    registries: list[GitUrl] = []
