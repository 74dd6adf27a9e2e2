"""DVC's pointer files before they are committed: well-formed, and about files that git does not keep as well."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.cache import is_digest
from gitmlops.adapters.git import ignoring
from gitmlops.adapters.git.trees import StagedTree
from gitmlops.errors import InputError
from gitmlops.hooks.findings import of_error
from gitmlops.report import Finding, Location, Report, Severity


def check(tree: StagedTree) -> Report:
    """A finding for each file of DVC's that is broken, and for each output that git keeps or does not ignore."""
    files = pointers.files(tree)
    findings = tuple(_found(tree, files))
    return Report("DVC files", findings, summary=(f"{len(files)} files, {len(findings)} findings",))


def _found(tree: StagedTree, files: tuple[str, ...]) -> Iterator[Finding]:
    cached: dict[str, str] = {}
    for path in files:
        try:
            outputs = pointers.outputs_of(tree, path)
            kept_by_git = frozenset(_kept_by_git(tree, path))
        except InputError as error:
            yield of_error(error, rule="dvc-file", path=path)
            continue
        yield from _of_pointer(tree, path) if path.endswith(".dvc") else ()
        for output in outputs:
            if output.md5 and not is_digest(output.md5):
                mend = "run `dvc add` or `dvc repro` again"
                yield _finding(path, f"{output.path}: {output.md5[:40]!r} is not an MD5 digest", mend)
            if output.path not in kept_by_git:
                cached.setdefault(output.path, path)
    yield from _of_git(tree, cached)


def _of_pointer(tree: StagedTree, path: str) -> Iterator[Finding]:
    """A `.dvc` file tracks something, by its content unless it says where that comes from."""
    said = pointers.document(tree, path)
    outs = said.get("outs")
    if not isinstance(outs, list) or not outs:
        yield _finding(path, "there are no `outs`: it tracks nothing", "run `dvc add` again, or remove the file")
        return
    known = {"md5", "files", "etag", "checksum", "version_id"}
    for out in outs:
        if isinstance(out, dict) and not known & out.keys() and "deps" not in said:
            yield _finding(path, f"{out.get('path', '')} has no digest", "run `dvc add` or `dvc commit`")


def _kept_by_git(tree: StagedTree, path: str) -> Iterator[str]:
    """Outputs that are small and belong to git: `cache: false`, in a pointer or in the dvc.yaml beside a lock."""
    if path.endswith(".dvc"):
        yield from _uncached(pointers.document(tree, path).get("outs"), PurePosixPath(path).parent)
        return
    source = str(PurePosixPath(path).with_name("dvc.yaml"))
    stages = pointers.document(tree, source).get("stages") if tree.digest(source) else None
    for recorded in pointers.recorded(tree, path):
        name = recorded.name.partition("@")[0]
        stage = stages.get(name) if isinstance(stages, dict) else None
        if not isinstance(stage, dict):
            continue
        said = stage["do"] if isinstance(stage.get("do"), dict) else stage
        if pointers.is_template(stage):
            # Only DVC knows these paths: what git keeps is taken for meant.
            yield from (output.path for output in pointers.outputs_of(tree, path) if output.stage == recorded.name)
        for kind in ("outs", "metrics", "plots"):
            yield from _uncached(said.get(kind), recorded.folder)


def _uncached(listed: object, folder: PurePosixPath) -> Iterator[str]:
    for out in listed if isinstance(listed, list) else ():
        fields = _fields(out)
        if fields.get("cache") == "false" and (place := pointers.joined(folder, str(fields.get("path", "")))):
            yield place


def _fields(out: object) -> Mapping[str, Any]:
    """An output's settings with its path: `{path: p, cache: false}`, or `{p: {cache: false}}` as dvc.yaml has it."""
    if not isinstance(out, dict):
        return {}
    if "path" in out:
        return out
    path, settings = next(iter(out.items()), ("", {}))
    return {**(settings if isinstance(settings, dict) else {}), "path": path}


def _of_git(tree: StagedTree, cached: Mapping[str, str]) -> Iterator[Finding]:
    """What git makes of outputs that DVC keeps; by path the file that tracks it."""
    ignored, known = ignoring.patterns(tree, cached), _with_folders(tree)
    for output, path in sorted(cached.items()):
        if output in known:
            mend = f"run `git rm -r --cached {shlex.quote(output)}`"
            yield _finding(path, f"{output} is in git, too: DVC tracks it", mend)
        elif output not in ignored:
            mend = f"add `/{PurePosixPath(output).name}` to .gitignore beside it, and add that file"
            yield _finding(path, f"{output} is not ignored by git: `git add --all` would take it", mend)
        elif ignored[output] and not tree.digest(ignored[output]):
            message = f"{output} is ignored by {ignored[output]}, which other clones will not have"
            yield _finding(path, message, f"run `git add {ignored[output]}`")


def _with_folders(tree: StagedTree) -> frozenset[str]:
    """Every file of a tree, and every folder that has one."""
    folders = {str(folder) for path in tree.paths() for folder in PurePosixPath(path).parents}
    return frozenset({*tree.paths(), *folders})


def _finding(path: str, message: str, mend: str) -> Finding:
    return Finding("dvc-file", Severity.ERROR, message, Location(path), mend)
