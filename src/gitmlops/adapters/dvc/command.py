"""The dvc command, of the same Python as ours."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from gitmlops.adapters import process
from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import InputError, ToolError

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


def reproduce(repository: Repository, stages: Sequence[str] = (), *, force: bool = False) -> None:
    """`dvc repro`, its output on standard error. Raises ToolError if a stage fails."""
    flags = ["--force"] if force else []
    command = [sys.executable, "-m", "dvc", "repro", *flags, *stages]
    if process.follow(*command, cwd=repository.root, environment=_ENVIRONMENT):
        raise ToolError("a stage failed; what it said stands above", where="dvc repro", mend="mend it and run again")


def changed_stages(repository: Repository) -> str:
    """What `dvc status` says, empty when everything is up to date."""
    said = _run(repository, "status").strip()
    return "" if said == "Data and pipelines are up to date." else said


def push(repository: Repository) -> None:
    """`dvc push`: content that the remote lacks goes there. Raises ToolError."""
    _run(repository, "push", "--quiet")


def checkout(repository: Repository) -> None:
    """`dvc checkout`: the work tree gets what its pointers name, from the cache. Raises ToolError."""
    _run(repository, "checkout", "--quiet")


def _run(repository: Repository, *arguments: str) -> str:
    try:
        return process.run(sys.executable, "-m", "dvc", *arguments, cwd=repository.root, environment=_ENVIRONMENT)
    except ToolError as error:
        if "No module named dvc" in error.what:
            raise ToolError("dvc is not installed", mend=INSTALL) from error
        raise
