"""What is to be made again."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.registry.tags.history import Version
from gitmlops.specs.model import Model


@dataclass(frozen=True)
class Subject:
    """A version, and what its commit says of it. outputs: everything that DVC keeps there, by path."""

    version: Version
    definitions: Definitions
    model: Model
    tree: CommitTree
    outputs: Mapping[str, Output]

    @property
    def lock_file(self) -> str:
        """The lock file of the environment; empty if the project names none."""
        project = self.definitions.project
        return (project.environment if project else None) or ""


def of(repository: Repository, version: Version, definitions: Definitions) -> Subject:
    """What a version's commit says. Raises InputError if no stage of a pipeline wrote its model file."""
    model = definitions.get(Model, version.name).spec
    tree = CommitTree(repository, version.commit)
    outputs = pointers.read(tree)
    _require_pipeline(outputs, tree, model.artifact, version)
    return Subject(version, definitions, model, tree, outputs)


def _require_pipeline(outputs: Mapping[str, Output], tree: CommitTree, artifact: str, version: Version) -> None:
    output = pointers.covering(artifact, outputs)
    if output is not None and output.stage:
        return
    how = "it is not there"
    if output or tree.digest(artifact):
        how = "it was added with `dvc add`" if output else "it is a file in git"
    mend = "there is nothing to run again; `gitmlops model get` brings the file"
    raise InputError(f"no stage of a pipeline wrote it in {version.tag}: {how}", where=artifact, mend=mend)
