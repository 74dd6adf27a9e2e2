"""Installed packages: what a lock file pins, what a Python has, and a new environment with what was pinned."""

import json
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from gitmlops.adapters.system import process
from gitmlops.adapters.system.commands import search_path
from gitmlops.errors import InputError, ToolError

Versions = Mapping[str, str]
"""Name, as package indexes write it -> version."""

# Not those with a marker: they may be for other machines.
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\#]+)(?![^\n]*;)", re.MULTILINE)
_ASK = """
import importlib.metadata, json, platform
packages = {each.name: each.version for each in importlib.metadata.distributions() if each.name}
print(json.dumps([platform.python_version(), packages]))
"""


def canonical(name: str) -> str:
    """A package's name as indexes compare it: `Typing_Extensions` is `typing-extensions`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path: str, content: bytes) -> Versions:
    """What a `uv.lock` or a requirements file pins; nothing of what it pins twice, for other machines, or of others.

    Raises InputError if it cannot be read.
    """
    try:
        text = content.decode()
        if PurePosixPath(path).name == "uv.lock":
            packages = tomllib.loads(text).get("package", [])
            pairs = [(str(each["name"]), str(each["version"])) for each in packages if "version" in each]
        else:
            pairs = _PINNED.findall(text)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"not a lock file: {error}", where=path, mend="write it with your package manager") from error
    found: dict[str, set[str]] = {}
    for name, version in pairs:
        found.setdefault(canonical(name), set()).add(version)
    return {name: versions.pop() for name, versions in found.items() if len(versions) == 1}


def installed(programs: Path | None = None) -> tuple[str, Versions]:
    """The version of Python, and what is installed for it: for ours, or the one in a folder. Raises ToolError."""
    python = str(programs / "python") if programs else sys.executable
    version, packages = json.loads(process.run(python, "-I", "-c", _ASK))
    return version, {canonical(name): found for name, found in packages.items()}


def make(root: Path, lock: str, folder: Path) -> Path:
    """A new environment with what a repository's lock file pins by hash; the folder of its programs.

    Raises InputError for another kind of lock file, ToolError if it cannot be made.
    """
    if PurePosixPath(lock).name == "uv.lock":
        _with_uv(root / lock, folder)
    elif lock.endswith(".txt"):
        _with_pip(root / lock, folder)
    else:
        mend = "make the environment with the tool that wrote it, and run this command in it with --environment here"
        raise InputError("only uv.lock and requirements.txt with hashes can be installed", where=lock, mend=mend)
    return folder / "bin"


def _with_uv(lock: Path, folder: Path) -> None:
    uv = shutil.which("uv", path=search_path())
    if uv is None:
        raise ToolError("uv is not installed", where=str(lock.name), mend="pip install uv")
    environment = {"UV_PROJECT_ENVIRONMENT": str(folder), "UV_NO_PROGRESS": "1"}
    _require(process.follow(uv, "sync", "--frozen", "--project", str(lock.parent), environment=environment), lock)


def _with_pip(lock: Path, folder: Path) -> None:
    process.run(sys.executable, "-m", "venv", str(folder))
    flags = ("--require-hashes", "--no-deps", "--disable-pip-version-check", "--quiet", "-r", lock.name)
    # In its folder: a requirements file may name others, and files beside it.
    _require(
        process.follow(str(folder / "bin" / "python"), "-I", "-m", "pip", "install", *flags, cwd=lock.parent), lock
    )


def _require(code: int, lock: Path) -> None:
    if code:
        mend = "see what is missing, or use --environment here"
        raise ToolError("it could not be installed; what the installer said stands above", where=lock.name, mend=mend)
