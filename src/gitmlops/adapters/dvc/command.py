"""The dvc command, of the same Python as ours."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.system import process
from gitmlops.adapters.system.commands import search_path
from gitmlops.errors import InputError, ToolError

# -P: `python -m` would import from the repository, where a stranger's dvc.py may lie.
_DVC = (sys.executable, "-P", "-m", "dvc")
_ENVIRONMENT = {"DVC_NO_ANALYTICS": "1", "PYTHONUNBUFFERED": "1"}
INSTALL = 'install the ML extra: pip install "gitmlops[ml]"'


def initialise(repository: Repository) -> None:
    """`dvc init`, unless it is done. Raises ToolError."""
    if not (repository.root / ".dvc" / "config").exists():
        _run(repository, "init", "--quiet")


def require_installed() -> None:
    """Raises ToolError, with the extra to install, if DVC is not there. DVC itself is not imported."""
    if find_spec("dvc") is None:
        raise ToolError("dvc is not installed", mend=INSTALL)


def require(repository: Repository) -> None:
    """Raises InputError unless DVC is set up in the repository."""
    if not (repository.root / ".dvc").is_dir():
        raise InputError("DVC is not initialised", where=str(repository.root), mend="run `dvc init`")


def reproduce(
    repository: Repository,
    stages: Sequence[str] = (),
    *,
    force: bool = False,
    keep_going: bool = False,
    programs: Path | None = None,
) -> None:
    """`dvc repro`, of every dvc.yaml without stages, its output on standard error. Raises ToolError if a stage fails.

    programs: a folder in which the stages' commands are looked for first.
    """
    flags = [*(["--force"] if force else []), *(["--keep-going"] if keep_going else [])]
    command = [*_DVC, "repro", *flags, *(stages or ["--all-pipelines"])]
    path = f"{programs}{os.pathsep}{search_path()}" if programs else search_path()
    if process.follow(*command, cwd=repository.root, environment={**_ENVIRONMENT, "PATH": path}):
        raise ToolError("a stage failed; what it said stands above", where="dvc repro", mend="mend it and run again")


def reasons(repository: Repository, stages: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Why DVC would run each of these stages, by stage; those that are up to date are left out. Raises ToolError."""
    said = json.loads(_run(repository, "status", "--json", *stages))
    return {stage: tuple(told(changes)) for stage, changes in said.items()}


def told(changes: Iterable[Any]) -> Iterator[str]:
    """Changes in words: DVC has `changed command`, or {"changed deps": {path: word, or {parameter: word}}}."""
    for change in changes:
        if not isinstance(change, dict):
            yield str(change)
            continue
        for path, word in ((path, word) for changed in change.values() for path, word in changed.items()):
            parts = {f"{path}:{key}": item for key, item in word.items()} if isinstance(word, dict) else {path: word}
            yield from (f"{part} is {item}" for part, item in parts.items())


def add(repository: Repository, paths: Sequence[str]) -> None:
    """`dvc add`: DVC tracks these paths as they are now. Raises ToolError."""
    _run(repository, "add", *paths)


def push(repository: Repository) -> None:
    """`dvc push`: content that the remote lacks goes there. Raises ToolError."""
    _run(repository, "push")


def has_remote(repository: Repository) -> bool:
    """Whether the repository has a remote storage in its configuration."""
    files = [repository.root / ".dvc" / name for name in ("config", "config.local")]
    return any("['remote " in file.read_text() for file in files if file.exists())


def fetch(repository: Repository, paths: Sequence[str], *, remote: str = "") -> None:
    """`dvc fetch`: the content of these paths goes to the cache, from the default remote or this. Raises ToolError."""
    _run(repository, "fetch", *(["--remote", remote] if remote else []), *paths)


def lacking(repository: Repository, pointers: Sequence[str], *, remote: str) -> frozenset[str]:
    """Paths of the outputs of pointer files whose content a remote has not; nothing is brought. Raises ToolError."""
    said = json.loads(_run(repository, "status", "--cloud", "--json", "--remote", remote, *pointers) or "{}")
    # `new`: it is in the cache alone; `missing`: nowhere. What only the remote has is `deleted`.
    return frozenset(path for path, word in said.items() if word in ("new", "missing"))


def checkout(repository: Repository, paths: Sequence[str] = ()) -> None:
    """`dvc checkout`: the work tree, or these paths, get what the pointers name, from the cache. Raises ToolError."""
    _run(repository, "checkout", *paths)


def _run(repository: Repository, *arguments: str) -> str:
    # Not --quiet: DVC is then quiet about what went wrong, too.
    try:
        return process.run(*_DVC, *arguments, cwd=repository.root, environment=_ENVIRONMENT)
    except ToolError as error:
        if "No module named dvc" in error.what:
            raise ToolError("dvc is not installed", mend=INSTALL) from error
        raise
