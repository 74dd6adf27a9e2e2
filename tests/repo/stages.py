"""Repositories with hand-written DVC stages, run by us and by `dvc repro`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import GitRepo

Files = dict[str, str | bytes]


def make(root: Path, files: Files) -> GitRepo:
    """A git and DVC repository with these files."""
    root.mkdir(parents=True)
    made = GitRepo(root)
    made.git("init", "-q", "-b", "main")
    dvc(root, "init", "-q")
    made.commit({"gitmlops.yaml": "project: test\n", **files})
    return made


def twin(of: GitRepo) -> GitRepo:
    """A copy of a repository, with a cache of its own."""
    root = of.root.with_name(of.root.name + "-twin")
    shutil.copytree(of.root, root, symlinks=True)
    return GitRepo(root)


def dvc(root: Path, *arguments: str, code: int | None = 0) -> str:
    """What a DVC command says; `code` is the exit code that it must have, None for any."""
    command = [sys.executable, "-m", "dvc", *arguments]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=root, check=False, capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def lock(of: GitRepo) -> str:
    """The text of dvc.lock."""
    return (of.root / "dvc.lock").read_text()


def require_clean(of: GitRepo) -> None:
    """Neither `dvc status` nor `dvc repro` finds anything to do."""
    before = lock(of)
    assert "Data and pipelines are up to date." in dvc(of.root, "status")
    assert "Running stage" not in dvc(of.root, "repro")
    assert lock(of) == before
    assert not dvc_lock_is_held(of.root)


def dvc_lock_is_held(root: Path) -> bool:
    """Whether a file of the repository is locked by somebody."""
    rwlock = root / ".dvc/tmp/rwlock"
    return rwlock.exists() and rwlock.read_text() not in ("{}", '{"read": {}, "write": {}}')
