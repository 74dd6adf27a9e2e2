"""The example project with its pipeline run, made once: what the gate, the registry and monitoring work on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sharing import locked, shared

ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    "DVC_NO_ANALYTICS": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{role}_{what}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
TABLES = ("data/flights", "data/arrivals", "data/weather", "data/planes.parquet")


@pytest.fixture(scope="session")
def trained_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights project: January trains, February evaluates, everything committed. Copy it before you change it."""
    root = shared(tmp_path_factory, "trained")
    with locked(root):
        if not (root / ".trained").exists():
            _make(root / "flights")
            (root / ".trained").touch()
    return root / "flights"


def _make(root: Path) -> None:
    root.mkdir(parents=True)
    _run(root, "gitmlops", "init", ".", "--template", "flights", "--project", "flights", "--yes")
    _run(root, "python", "scripts/import_data.py", "--until", "2013-02")
    _run(root, "dvc", "add", "--quiet", *TABLES)
    _commit(root, "Start the project")
    settings = ("params.train_until=2013-01-31", "params.evaluate_until=2013-02-28")
    _run(root, "gitmlops", "pipeline", "run", "delay", *(word for each in settings for word in ("--set", each)))
    _commit(root, "Train on January")


def _commit(root: Path, message: str) -> None:
    _run(root, "git", "add", "--all")
    _run(root, "git", "commit", "--quiet", "--message", message)


def _run(root: Path, program: str, *arguments: str) -> None:
    modules = {"gitmlops": ("-m", "gitmlops"), "dvc": ("-m", "dvc"), "python": ()}
    command = (sys.executable, *modules[program]) if program in modules else (program,)
    done = subprocess.run(
        [*command, *arguments], cwd=root, env={**os.environ, **ENVIRONMENT}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
