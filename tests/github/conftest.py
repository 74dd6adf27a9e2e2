"""`github` is a running GitHub; README.md says how a test arranges it and what it answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.github import emulated as emulating
from tests.github.emulated import Emulated
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.repository import Repository
from tests.github.server.validation import githubs_description


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """A GitHub of this test's own."""
    with listening(GitHub(tmp_path / "github", githubs_description())) as running:
        yield running


@pytest.fixture
def acme_shop(github: GitHub, repo: GitRepo) -> Repository:
    """acme/shop with a commit on main and one more on feature, where ada and bob may write."""
    repo.commit({"README.md": "# shop\n"}, message="Initial commit")
    repo.commit({"b.txt": "two\n"}, branch="feature", message="add b")
    repo.git("checkout", "-q", "main")
    shop = github.repository("acme", "shop", repo.root)
    for login in ("ada", "bob"):
        github.collaborator("acme/shop", login)
    return shop


@pytest.fixture(scope="session")
def _emulate() -> Iterator[Emulated]:
    with emulating.running() as emulated:
        yield emulated


@pytest.fixture
def emulated(_emulate: Emulated) -> Emulated:
    """Somebody else's GitHub, in the state of `acme_shop`."""
    _emulate.start_again()
    return _emulate


@pytest.fixture(params=["ours", "emulate"])
def any_github(request: pytest.FixtureRequest) -> GitHub | Emulated:
    """Each of the two in turn, in the state of `acme_shop`: `.url`, `.token("acme" | "ada" | "bob")`."""
    if request.param == "emulate":
        return request.getfixturevalue("emulated")
    request.getfixturevalue("acme_shop")
    return request.getfixturevalue("github")
