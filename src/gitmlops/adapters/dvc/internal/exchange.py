"""Results of stages between clones: by DVC's remotes and, for what DVC does not keep, as files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dvc.exceptions import CheckoutError, ConfirmRemoveError
from dvc.output import Output

from gitmlops.adapters.dvc.internal import shortcuts
from gitmlops.adapters.dvc.internal.transfer import Content, transfer
from gitmlops.adapters.dvc.internal.workspace import Workspace, translated
from gitmlops.adapters.dvc.pointers import md5_of

Files = Mapping[str, bytes]
"""Content of files by their paths from the repository's root."""


def push(workspace: Workspace, names: Iterable[str]) -> None:
    """Give these stages' outputs to the remotes. Raises ToolError."""
    outputs = (out for name in names for out in _cached(workspace, name) if out.can_push)
    transfer(Path(workspace.repo.root_dir), "push", map(_content, outputs))


def pull(workspace: Workspace) -> None:
    """Put in place what stages have made and what `dvc add` tracks, as far as it is here or at a remote.

    A file that is in the way stays, unless the cache has it. Raises ToolError.
    """
    with translated("dvc"):
        changed = [out for name in workspace.stages for out in _cached(workspace, name) if out.changed()]
        transfer(Path(workspace.repo.root_dir), "fetch", (_content(out) for out in changed if out.changed_cache()))
        for out in changed:
            if not out.changed_cache():
                _check_out(out)


def uncached(workspace: Workspace, name: str) -> Mapping[str, str]:
    """The outputs of a stage that DVC does not keep: how its lines of dvc.lock call them, by path from the root."""
    outputs = (out for out in workspace.stages[name].outs if not out.use_cache and out.is_in_repo)
    return {Path(out.fs_path).relative_to(workspace.repo.root_dir).as_posix(): out.def_path for out in outputs}


def files_of(workspace: Workspace, path: str) -> Files:
    """The file at a path from the root, or all that are in the folder; none if it is not there."""
    root = Path(workspace.repo.root_dir)
    place = root / path
    inside = [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in inside}


def digest(files: Files, path: str) -> str:
    """What dvc.lock has for an output at a path with these files; of a folder it is the digest of DVC's list."""
    md5s = {name: md5_of(content) for name, content in files.items()}
    if {*md5s} == {path}:
        return md5s[path]
    listed = [{"md5": md5s[name], "relpath": name.removeprefix(f"{path}/")} for name in sorted(md5s)]
    return md5_of(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _cached(workspace: Workspace, name: str) -> Iterator[Output]:
    """What the cache keeps of a stage. Imports from other DVC repositories come from there, and not from a remote."""
    stage = workspace.stages[name]
    if not stage.is_repo_import:
        yield from (out for out in stage.outs if out.use_cache and out.is_in_repo and out.hash_info)


def _content(out: Output) -> Content:
    return Content(out.remote or "", out.hash_name, out.hash_info.value)


def _check_out(out: Output) -> None:
    with suppress(CheckoutError, ConfirmRemoveError), shortcuts.unasked():
        out.checkout()
