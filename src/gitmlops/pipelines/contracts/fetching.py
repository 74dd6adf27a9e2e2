"""Components of other repositories, taken over as they are at their commit. Their code is read, never run."""

import hashlib
from collections.abc import Iterator, Mapping

from gitmlops.adapters import python_source
from gitmlops.adapters.git import elsewhere
from gitmlops.adapters.git.elsewhere import Elsewhere, Resolved
from gitmlops.adapters.taken_over import RUN_BY_DVC, RUN_BY_PYTEST, locked
from gitmlops.definitions import Definitions, Tree
from gitmlops.errors import InputError, InputErrors
from gitmlops.pipelines.contracts import imported, library
from gitmlops.pipelines.contracts.library import CONTRACT
from gitmlops.pipelines.contracts.sources import Source
from gitmlops.records import import_lock
from gitmlops.records.import_lock import LockedComponent
from gitmlops.report import raise_errors
from gitmlops.specs import reader
from gitmlops.specs.component import Component
from gitmlops.specs.imported import FOLDER
from gitmlops.specs.yaml import compose


def writes(definitions: Definitions, tree: Tree) -> Mapping[str, bytes | None]:
    """What has to be written (None: removed) so that every component that a pipeline uses is here, the lock last.

    What is here as it came is not fetched again; what no pipeline uses any more goes. Empty if all is as it should be.
    Raises InputErrors for a component that cannot be used here, ToolError if a repository cannot be reached.
    """
    lock, sources = locked(tree), library.source_of(definitions)
    is_here = imported.here(definitions, tree, lock)
    entries = {uses: lock.components[uses] for uses, intact in is_here.items() if intact}
    kept = {path for entry in entries.values() for path in entry.sha256}
    ours = (path for path in tree.paths() if path.startswith(f"{FOLDER}/_"))
    written: dict[str, bytes | None] = {path: None for path in ours if path not in kept}
    for uses in (uses for uses, intact in is_here.items() if not intact):
        files = fetched(sources[uses])
        entries[uses] = LockedComponent({path: hashlib.sha256(text).hexdigest() for path, text in files.items()})
        written |= files
    if written or entries != lock.components:
        written[import_lock.PATH] = import_lock.write(lock.imports, entries)
    return written


def fetched(source: Source) -> Mapping[str, bytes]:
    """The files of a component by their paths here, without those that DVC or pytest would run by themselves.

    Raises InputErrors, InputError, ToolError.
    """
    with elsewhere.fetched(source.url, Resolved(source.commit, "")) as there:
        where = f"{source.url}@{source.commit[:12]}"
        if there.commit != source.commit:
            raise InputError(f"{source.commit} is a tag, not a commit", where=where, mend=f"write {there.commit}")
        theirs = there.read(entry for entry in there.below(source.path) if not _runs_by_itself(entry.path))
        contract = f"{source.path}/{CONTRACT}"
        if contract not in theirs:
            raise InputError(f"there is no {contract}", where=where, mend="name the folder of a component")
        _require_usable(theirs[contract], contract, source)
        wrong = tuple(_imports_of_theirs(there, source, theirs))
        if wrong:
            raise InputErrors(wrong)
    return {source.folder + path.removeprefix(source.path): text for path, text in theirs.items()}


def _runs_by_itself(path: str) -> bool:
    return bool(RUN_BY_DVC.fullmatch(path) or RUN_BY_PYTEST.fullmatch(path))


def _require_usable(content: bytes, path: str, source: Source) -> None:
    roots = compose(content, path=path)
    if len(roots) != 1:
        raise InputError(f"{len(roots)} documents, a contract is one", where=path, mend="ask its owners")
    spec, findings = reader.read(roots[0], Component, path=path)
    raise_errors(findings)
    if spec is not None and spec.name != source.name:
        raise InputError(f"{spec.name!r} is in the folder {source.name!r}", where=path, mend="ask its owners")


def _imports_of_theirs(there: Elsewhere, source: Source, theirs: Mapping[str, bytes]) -> Iterator[InputError]:
    """Imports of modules that lie elsewhere in their repository, which are not here."""
    for path, text in theirs.items():
        if not path.endswith(".py"):
            continue
        for module, line in python_source.imports(text, path):
            top = module.partition(".")[0]
            inside = any(name in theirs for name in (f"{source.path}/{top}.py", f"{source.path}/{top}/__init__.py"))
            if top and not inside and (there.file(f"{top}.py") or _has_modules(there, top)):
                what = f"it imports {module!r} of its own repository, which does not come with it"
                yield InputError(
                    what, where=f"{path}:{line}", mend="ask its owners to put it into the component's folder"
                )


def _has_modules(there: Elsewhere, folder: str) -> bool:
    return any(entry.path.endswith(".py") for entry in there.listed(folder))
