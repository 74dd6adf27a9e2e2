"""gitmlops.yaml: the project, its roles and its deployment stages."""

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Name


class DeploymentStage(Spec, frozen=True):
    """A place a version can be promoted to; `production` marks the one that serves users."""

    name: Name
    after: Name | None = None
    production: bool = False


class Project(Spec, frozen=True):
    """The one file that makes a repository a gitmlops project."""

    project: Name
    roles: dict[Name, list[str]] = {}
    stages: tuple[DeploymentStage, ...] = (
        DeploymentStage(name="staging"),
        DeploymentStage(name="prod", after="staging", production=True),
    )
