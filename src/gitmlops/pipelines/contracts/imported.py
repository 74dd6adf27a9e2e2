"""Whether the components of other repositories are here as gitmlops.lock says. Nothing is fetched for it."""

from collections.abc import Iterator, Mapping

from gitmlops.adapters.taken_over import is_as_locked, locked, wrong
from gitmlops.definitions import Definitions, Placed, Tree
from gitmlops.errors import GitmlopsError, InputError
from gitmlops.pipelines.contracts import library
from gitmlops.pipelines.contracts.sources import PREFIX, Source, parse
from gitmlops.records import import_lock
from gitmlops.records.import_lock import ImportLock, LockedComponent
from gitmlops.report import Finding, Location
from gitmlops.specs.imported import FOLDER
from gitmlops.specs.pipeline import Pipeline

_RUN = "run `gitmlops pipeline compile`"


def check(definitions: Definitions, tree: Tree) -> tuple[Finding, ...]:
    """What does not hold between the `uses` of pipelines, gitmlops.lock, and the components below `imports/`."""
    try:
        lock = locked(tree)
    except GitmlopsError as error:
        return (wrong(error.what, Location(import_lock.PATH), error.mend or _RUN),)
    found = [finding for placed in definitions.all(Pipeline).values() for finding in _wanted(placed, lock)]
    for uses, entry in lock.components.items():
        found += _files(tree, uses, entry)
    return (*found, *_strays(tree, lock))


def here(definitions: Definitions, tree: Tree, lock: ImportLock) -> Mapping[str, bool]:
    """Every component of another repository that a pipeline uses, and whether it is here as it came."""
    known = {uses for uses, entry in lock.components.items() if not any(_files(tree, uses, entry))}
    return {uses: uses in known for uses in library.source_of(definitions)}


def _wanted(placed: Placed[Pipeline], lock: ImportLock) -> Iterator[Finding]:
    taken: dict[str, Source] = {}
    for name, step in placed.spec.steps.items():
        if step.uses is None or not step.uses.startswith(PREFIX):
            continue
        try:
            source = parse(step.uses)
        except InputError:  # told by the wiring
            continue
        place = placed.at("steps", name, "uses")
        if taken.setdefault(source.key, source) != source:
            other = taken[source.key].path
            yield wrong(f"{other} is a component of the same name, from the same commit", place, "use one of them")
        elif step.uses not in lock.components:
            yield wrong(f"the component {source.name!r} is not fetched yet", place, _RUN)


def _files(tree: Tree, uses: str, entry: LockedComponent) -> Iterator[Finding]:
    try:
        source = parse(uses)
    except InputError as error:
        yield wrong(error.what, Location(import_lock.PATH), error.mend)
        return
    paths = [path for path in tree.paths() if path.startswith(f"{source.folder}/")]
    for path, digest in entry.sha256.items():
        if not path.startswith(f"{source.folder}/"):
            yield wrong(f"{path} is counted to the component {source.name!r}", Location(import_lock.PATH), _RUN)
        elif path not in paths:
            yield wrong(f"a file of {source.name!r} is not there", Location(path), f"{_RUN}, which fetches it")
        elif not is_as_locked(tree, path, digest):
            message = f"edited by hand: it is not what {source.url} has at {source.commit[:12]}"
            yield wrong(message, Location(path), f"{_RUN}, which restores it; copy it to components/ for a change")
    for path in sorted(set(paths) - set(entry.sha256)):
        yield wrong(f"{source.name!r} has no such file", Location(path), f"{_RUN}, which removes it")


def _strays(tree: Tree, lock: ImportLock) -> Iterator[Finding]:
    folders = tuple(f"{_folder(uses)}/" for uses in lock.components)
    for path in tree.paths():
        if path.startswith(f"{FOLDER}/_") and not path.startswith(folders):
            yield wrong(f"{import_lock.PATH} does not know this file", Location(path), f"{_RUN}, or move it away")


def _folder(uses: str) -> str:
    try:
        return parse(uses).folder
    except InputError:
        return uses
