"""A catalogue of a repository in which strangers wrote, and a browser that looks at it: each made once."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.evidence import GROUPED_CHECKS, GROUPED_POLICY, measure, watch
from tests.browser.strangers import DEFINITIONS, EVE, REASON
from tests.conftest import GitRepo
from tests.releasing import done, judge, share, team, train

from gitmlops.adapters.git.repository import Repository

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DAYS = {
    "churn@v1.0.0": "2026-02-03T12:00:00",
    "churn#staging#1": "2026-02-03T12:00:01",
    "churn#prod#2": "2026-02-03T12:00:02",
    "churn@v1.1.0": "2026-04-05T12:00:00",
    "churn#staging#3": "2026-04-05T12:00:01",
    "churn#prod#4": "2026-05-06T23:59:59",
    "churn#prod!#5": "2026-07-08T00:00:00",
    "churn#prod#6": "2026-07-08T00:00:00",
}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Site:
    """A catalogue on disk, and the repository that it tells of."""

    folder: Path
    repo: GitRepo

    def url(self, path: str) -> str:
        return (self.folder / path).as_uri()

    @property
    def pages(self) -> list[str]:
        return sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*.html"))

    def one_of_each_kind(self) -> list[str]:
        """The lists, and of each folder of a repository its first page."""
        kinds = {"/".join(Path(path).parts[1:-1]) or path: path for path in reversed(self.pages)}
        return sorted(kinds.values())


@dataclass
class Looking:
    """A page of the browser, and what it complained of or asked others for."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, url: str) -> None:
        """A request; only those for files of the folder are welcome."""
        if not url.startswith("file:"):
            self.complaints.append(f"asks for {url}")

    def at(self, url: str) -> Page:
        self.page.goto(url)
        return self.page


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two versions of a model, of which the second was released and rolled back within half a year."""
    root = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", EVE)
            patch.setenv(f"GIT_{role}_EMAIL", "eve@example.com")
            patch.setenv(f"GIT_{role}_DATE", "2026-02-01T12:00:00Z")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        repo = team(root)
        repo.commit(GROUPED_POLICY)
        for version in ("v1.0.0", "v1.1.0"):
            train(repo, version)
            judge(repo, checks=GROUPED_CHECKS)
            share(repo)
            done(repo, "register", "churn")
            for stage in ("staging", "prod"):
                done(repo, "promote", f"churn@{version}", "--to", stage)
        done(repo, "rollback", "churn", "--stage", "prod", "--reason", REASON, "--yes")
        for tag, day in DAYS.items():
            _redate(repo, tag, day)
        repo.commit(DEFINITIONS)
        measure(repo)
        watch(repo)
        result = repo.run("catalog", "build", "--output", str(root / "site"))
    assert result.exit_code == 0, result.output
    return Site(root / "site", repo)


def _redate(repo: GitRepo, tag: str, day: str) -> None:
    """A tag is dated by the clock: it is written again as if that had shown another day."""
    seconds = int(datetime.fromisoformat(f"{day}+00:00").timestamp())
    content = re.sub(r"(?m)^(tagger .*>) \d+ ", rf"\1 {seconds} ", repo.git("cat-file", "tag", tag), count=1)
    written = Repository(repo.root).git("mktag", stdin=content.encode()).strip()
    repo.git("update-ref", f"refs/tags/{tag}", written)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, "the tests of the catalogue need Chromium (Debian, Ubuntu: apt install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def looking(browser: Browser) -> Iterator[Looking]:
    yield from _look(browser, "light", 1280)


@pytest.fixture
def looking_in_the_dark(browser: Browser) -> Iterator[Looking]:
    yield from _look(browser, "dark", 1280)


@pytest.fixture
def looking_on_a_phone(browser: Browser) -> Iterator[Looking]:
    yield from _look(browser, "light", 375)


def _look(browser: Browser, scheme: Literal["light", "dark"], width: int) -> Iterator[Looking]:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    looking = Looking(context.new_page())
    looking.page.on("console", lambda message: looking.complaints.append(message.text))
    looking.page.on("pageerror", lambda error: looking.complaints.append(str(error)))
    looking.page.on("request", lambda request: looking.hear(request.url))
    yield looking
    context.close()
