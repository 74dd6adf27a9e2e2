"""Where the model file of a version is: by its definition or, before there was one, by `artifacts:` of a dvc.yaml."""

from pathlib import PurePosixPath

from gitmlops.adapters.dvc import described
from gitmlops.definitions import PROJECT_FILE, Tree, load_valid
from gitmlops.errors import InputError
from gitmlops.registry.tags.history import Version
from gitmlops.specs.model import Model


def path_of(tree: Tree, version: Version) -> str:
    """The path of a version's model file in the tree of its commit. Raises InputError if nothing says it."""
    if PROJECT_FILE in tree.paths():
        return load_valid(tree).get(Model, version.name).spec.artifact
    if path := before_adoption(tree, version.name):
        return path
    what = f"the commit has no gitmlops.yaml, and no dvc.yaml with an artifact {version.name} whose file is there"
    raise InputError(what, where=version.tag, mend="check out the commit, and look for the file")


def before_adoption(tree: Tree, name: str) -> str:
    """The path of an artifact, called as GTO calls it (`folder:name`); empty if no dvc.yaml has it, or not its file.

    Raises InputError for a dvc.yaml that only DVC could read.
    """
    folder, _, plain = name.rpartition(":")
    found = (
        one.path
        for file in described.read(tree)
        if PurePosixPath(file.path).parent == PurePosixPath(folder)
        for one in file.artifacts
        if one.name == plain
    )
    return next(found, "")
