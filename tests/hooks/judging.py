"""Hooks called as pre-commit calls them, on what is staged."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.conftest import GitRepo

from gitmlops.adapters.git.repository import Repository
from gitmlops.hooks.staged import StagedFile, gather
from gitmlops.report import Report, Severity

Check = Callable[[Sequence[StagedFile]], Report]


def of(check: Check, files: dict[str, str | bytes]) -> Report:
    """What a check says of files with this content."""
    contents = {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}
    return check([StagedFile(path, content) for path, content in contents.items()])


def judge(repo: GitRepo, check: Check, *names: str, folder: Path | None = None) -> Report:
    """What a check says of the files of these names."""
    return check(gather(Repository(repo.root), names, folder=folder or repo.root))


def refused(report: Report) -> list[str]:
    """Paths of what is refused."""
    return [finding.location.path for finding in report.of(Severity.ERROR) if finding.location]
