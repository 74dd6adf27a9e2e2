"""`github` is a running GitHub; tests/github/README.md says how a test arranges it and what it answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.validation import description

_NODE = Path(__file__).parent / "node" / "node_modules"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub of this test's own."""
    with listening(GitHub(tmp_path / "github", description(_description_file()))) as running:
        yield running
    assert running.violations == []


def _description_file() -> Path:
    file = _NODE / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    assert file.exists(), "GitHub's description is not installed: make test (or make dev) does it"
    return file
