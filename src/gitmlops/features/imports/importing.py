"""Imports brought to what gitmlops.yaml says: what has to be fetched, what is written for it, what changed."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.adapters.git import elsewhere
from gitmlops.adapters.git.elsewhere import Resolved
from gitmlops.definitions import Tree, kind_of, within_import
from gitmlops.errors import InputError
from gitmlops.features.imports import folders as imports
from gitmlops.features.imports.vendoring import vendored
from gitmlops.records import import_lock
from gitmlops.records.import_lock import ImportLock, Locked
from gitmlops.report import Finding, Location, Report, Severity, Table
from gitmlops.specs.hints import nearest
from gitmlops.specs.project import Import, Project


@dataclass(frozen=True)
class Imported:
    """One import as it was and as it is to be. files: its files here, None where they are as they should be."""

    wanted: Import
    before: Locked | None
    after: Locked
    files: Mapping[str, bytes] | None = None
    tag_moved: bool = False

    @property
    def is_edited(self) -> bool:
        """Whether the lock said of the same commit what that commit does not hold."""
        return self.before is not None and self.before.commit == self.after.commit and self.before != self.after


def bring(project: Project, tree: Tree, lock: ImportLock, *, update: Collection[str]) -> tuple[Imported, ...]:
    """Every import, fetched where it is new, changed in gitmlops.yaml, not as it came, or named in `update`.

    A file that was edited comes back from the commit that is locked. Raises InputError, ToolError.
    """
    return tuple(
        _bring(wanted, tree, lock.imports.get(wanted.name), update=wanted.name in update) for wanted in project.imports
    )


def names(project: Project, name: str | None) -> tuple[str, ...]:
    """The imports that a name means, all of them for None. Raises InputError with the nearest one if there is none."""
    known = tuple(wanted.name for wanted in project.imports)
    if name is not None and name not in known:
        raise InputError(f"there is no import {name!r} in gitmlops.yaml", mend=nearest(name, known))
    return known if name is None else (name,)


def writes(tree: Tree, lock: ImportLock, found: Sequence[Imported]) -> Mapping[str, bytes | None]:
    """What has to be written (None: removed) for these imports, the lock last; empty if all is as it should be."""
    kept = {one.wanted.name for one in found}
    changed: dict[str, bytes | None] = {}
    for path in tree.paths():
        name = within_import(path)[0]
        if name in lock.imports and name not in kept:
            changed[path] = None
    for one in found:
        if one.files is not None:
            there = [path for path in tree.paths() if within_import(path)[0] == one.wanted.name]
            changed |= dict.fromkeys(there, None) | dict(one.files)
    after = import_lock.write({one.wanted.name: one.after for one in found}, lock.components)
    if changed or lock.imports.keys() - kept or any(one.before != one.after for one in found):
        changed[import_lock.PATH] = after
    return changed


def report(lock: ImportLock, found: Sequence[Imported], written: Mapping[str, bytes | None]) -> Report:
    """What is imported from where, and what this run changed."""
    rows = tuple(
        (
            one.wanted.name,
            one.wanted.git,
            one.wanted.rev,
            one.after.commit[:12],
            one.before.commit[:12] if one.before and one.before.commit != one.after.commit else "",
            sum(kind_of(path) is not None for path in one.after.sha256),
            _outcome(one),
        )
        for one in found
    )
    columns = ("import", "repository", "rev", "commit", "before", "definitions", "outcome")
    removed = sorted(lock.imports.keys() - {one.wanted.name for one in found})
    tables = tuple(
        Table(title, columns, rows) for title, columns, rows in (("", columns, rows), *_changes(found)) if rows
    )
    gone = tuple(f"removed: {name}" for name in removed)
    nothing = () if tables or gone else ("gitmlops.yaml imports nothing",)
    pulls = any(path.endswith(".dvc") for path, content in written.items() if content is not None)
    next_action = "commit imports/ and gitmlops.lock" + ("; `dvc pull` fetches the data" if pulls else "")
    return Report(
        "Imports",
        findings=(
            *(_moved(one) for one in found if one.tag_moved),
            *(_edited(one) for one in found if one.is_edited),
        ),
        summary=gone + nothing,
        tables=tables,
        next_action=next_action if written else "",
        outcomes=("done", "refused"),
    )


def _bring(wanted: Import, tree: Tree, before: Locked | None, *, update: bool) -> Imported:
    same = before is not None and (before.source, before.rev) == (wanted.git, wanted.rev)
    if before is not None and same and not update:
        if not imports.changed(tree, wanted.name, before):
            return Imported(wanted, before, before)
        return _fetched(wanted, before, Resolved(before.commit, ""))
    resolved = elsewhere.resolve(wanted.git, wanted.rev)
    if before is not None and same and before.commit == resolved.commit:
        # Files and lock here may have been edited to agree with each other: only the other repository knows.
        there = _fetched(wanted, before, resolved)
        is_intact = there.after == before and not imports.changed(tree, wanted.name, before)
        return Imported(wanted, before, before) if is_intact else there
    return _fetched(wanted, before, resolved, tag_moved=same and resolved.is_tag)


def _fetched(wanted: Import, before: Locked | None, resolved: Resolved, *, tag_moved: bool = False) -> Imported:
    with elsewhere.fetched(wanted.git, resolved) as there:
        files = vendored(there, wanted.name)
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
        after = Locked(wanted.git, wanted.rev, there.commit, digests)
    return Imported(wanted, before, after, files, tag_moved)


def _outcome(one: Imported) -> str:
    if one.files is None:
        return "as it was"
    if one.before is None:
        return "imported"
    return "restored" if one.before == one.after else "updated"


def _moved(one: Imported) -> Finding:
    before = one.before.commit[:12] if one.before else ""
    message = f"the tag {one.wanted.rev} of {one.wanted.name} was moved: from {before} to {one.after.commit[:12]}"
    mend = "tags are not supposed to move: ask its owners why before you merge this"
    return Finding("imports", Severity.WARNING, message, Location(import_lock.PATH), mend)


def _edited(one: Imported) -> Finding:
    message = f"gitmlops.lock and imports/{one.wanted.name} did not say what the commit {one.after.commit[:12]} holds"
    mend = "find out who edited them, and since when they are merged; now they are as the commit has them"
    return Finding("imports", Severity.WARNING, message, Location(import_lock.PATH), mend)


def _changes(found: Sequence[Imported]) -> Iterator[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]]:
    """Which files an update changes, by import."""
    for one in found:
        if one.before is None or one.before.sha256 == one.after.sha256:
            continue
        before, after = one.before.sha256, one.after.sha256
        words = [
            *((path, "new") for path in after.keys() - before.keys()),
            *((path, "gone") for path in before.keys() - after.keys()),
            *((path, "changed") for path in before.keys() & after.keys() if before[path] != after[path]),
        ]
        yield f"What changes in {one.wanted.name}", ("file", "change"), tuple(sorted(words))
