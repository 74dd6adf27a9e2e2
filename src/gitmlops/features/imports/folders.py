"""Whether what lies below `imports/` is what gitmlops.yaml and gitmlops.lock say. Nothing is fetched for it."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops.adapters.taken_over import is_as_locked, locked, wrong
from gitmlops.definitions import Definitions, Placed, Tree, kind_of, within_import
from gitmlops.errors import GitmlopsError
from gitmlops.records import import_lock
from gitmlops.records.import_lock import ImportLock, Locked
from gitmlops.report import Finding, Location
from gitmlops.specs.project import Project

_RUN = "run `gitmlops feature import`"


def check(definitions: Definitions, tree: Tree) -> tuple[Finding, ...]:
    """What does not hold between `imports:`, gitmlops.lock and the files below `imports/`."""
    if definitions.project_file is None:
        return ()
    try:
        lock = locked(tree)
    except GitmlopsError as error:
        return (wrong(error.what, Location(import_lock.PATH), error.mend or _RUN),)
    found = [*_wanted(definitions.project_file, lock)]
    for name, entry in lock.imports.items():
        found += _files(tree, name, entry)
    return (*found, *_strays(tree, lock))


def changed(tree: Tree, name: str, entry: Locked) -> bool:
    """Whether a file of an import is not as it came: edited, gone, or one too many."""
    return any(_files(tree, name, entry)) or bool(_surplus(tree, name, entry.sha256))


def _wanted(project: Placed[Project], lock: ImportLock) -> Iterator[Finding]:
    names = [wanted.name for wanted in project.spec.imports]
    for i, wanted in enumerate(project.spec.imports):
        if wanted.name in names[:i]:
            yield wrong(f"the import {wanted.name!r} is here twice", project.at("imports", i, "name"), "rename one")
        elif wanted.name not in lock.imports:
            yield wrong(f"{wanted.name!r} is not imported yet", project.at("imports", i, "name"), _RUN)
        else:
            yield from _same(project, i, lock.imports[wanted.name])
    for name in lock.imports:
        if name not in names:
            message = f"{import_lock.PATH} has {name!r}, gitmlops.yaml imports nothing of that name"
            yield wrong(message, Location(import_lock.PATH), f"{_RUN}, which removes it")


def _same(project: Placed[Project], index: int, entry: Locked) -> Iterator[Finding]:
    wanted = project.spec.imports[index]
    for key, here, there in (("git", wanted.git, entry.source), ("rev", wanted.rev, entry.rev)):
        if here != there:
            message = f"{import_lock.PATH} has {there!r} of {wanted.name}, this says {here!r}"
            yield wrong(message, project.at("imports", index, key), _RUN)


def _files(tree: Tree, name: str, entry: Locked) -> Iterator[Finding]:
    paths = set(tree.paths())
    for path, digest in entry.sha256.items():
        if within_import(path)[0] != name:
            yield wrong(f"{import_lock.PATH} counts {path} to the import {name!r}", Location(import_lock.PATH), _RUN)
        elif path not in paths:
            yield wrong(f"a file of the import {name!r} is not there", Location(path), f"{_RUN}, which fetches it")
        elif not is_as_locked(tree, path, digest):
            message = f"edited by hand: it is not what {name} has at {entry.commit[:12]}"
            yield wrong(message, Location(path), f"{_RUN}, which restores it; define a view of your own for a change")


def _strays(tree: Tree, lock: ImportLock) -> Iterator[Finding]:
    names = sorted({name for path in tree.paths() if (name := within_import(path)[0])})
    # What begins with `_` are components of other repositories, which pipelines look after.
    for name in (name for name in names if not name.startswith("_")):
        known = lock.imports[name].sha256 if name in lock.imports else {}
        surplus = _surplus(tree, name, known)
        # A folder of this name that has nothing to do with us is left in peace.
        for path in surplus if name in lock.imports else filter(kind_of, surplus):
            yield wrong(f"{import_lock.PATH} does not know this file", Location(path), "move it out of imports/")


def _surplus(tree: Tree, name: str, known: Mapping[str, str]) -> Sequence[str]:
    return [path for path in tree.paths() if within_import(path)[0] == name and path not in known]
