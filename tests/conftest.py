"""Real git repositories for every test: `repo` is empty, `project` is a small gitmlops project."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from gitmlops.cli.main import main

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from tests.gate_lab import Lab

# A job in the background of a shell ignores interrupts, and so would every command that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class GitRepo:
    """A work tree on disk with verbs for arranging a test."""

    root: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def git_bytes(self, *arguments: str) -> bytes:
        return subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True).stdout

    def write(self, files: dict[str, str | bytes]) -> None:
        for path, content in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: dict[str, str | bytes] | None = None, *, branch: str = "", message: str = "change") -> str:
        if branch:
            self.git("checkout", "-q", "-B", branch)
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def run(self, *arguments: str, input: str | None = None) -> Result:
        """Call the command line in this folder; afterwards this process is where it was."""
        with chdir(Path.cwd()):
            return CliRunner().invoke(main, ["-C", str(self.root), *arguments], input=input)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on Spark are slow, and run in one process after the other: a cluster is as much as two cores bear."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("spark"))


@pytest.fixture(scope="session")
def spark() -> "Iterator[SparkSession]":
    """Spark with two processes that work, as on a cluster; whatever asks for the engine gets this one."""
    from tests.spark_cluster import running

    with running() as session:
        yield session


@pytest.fixture(autouse=True)
def _own_git_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test Person")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(autouse=True)
def _stay_here() -> object:
    """`-C` changes the folder of the process that runs the tests."""
    here = Path.cwd()
    yield
    os.chdir(here)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "repo")], check=True)
    return GitRepo(tmp_path / "repo")


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> "Lab":
    """A project with a trained model under DVC, its policy on main."""
    from tests.gate_lab import build, copy  # it needs GitRepo of this file, and loads scikit-learn

    return copy(build(tmp_path_factory.getbasetemp() / "toy"), tmp_path / "toy")


@pytest.fixture
def project(repo: GitRepo) -> GitRepo:
    repo.commit({"gitmlops.yaml": "project: test\n"})
    return repo
