"""`catalog build`: what its pages say of a repository, and what it leaves alone."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import done, released, team


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """A repository with two released versions of one model, each judged, registered and in production."""
    folder = tmp_path_factory.mktemp("catalog")
    with pytest.MonkeyPatch.context() as patch:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test Person")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
        repo = team(folder)
        released(repo, "first", "second")
    return repo


def build(repo: GitRepo, folder: Path, *options: str, exit_code: int = 0) -> str:
    result = repo.run("catalog", "build", "--output", str(folder), *options)
    assert result.exit_code == exit_code, result.output
    return result.output


def words(page: Path) -> str:
    """The text of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.read_text())).split())


def stages_on(page: Path, seconds: int) -> list[dict[str, object]]:
    """What the data of the date picker say of a moment."""
    data = json.loads(re.search(r'id="stages-data">(.*?)</script>', page.read_text())[1])
    standing = [rows for moment, rows in data["moments"] if moment <= seconds]
    return [dict(zip(data["columns"], data["rows"][row], strict=True)) for row in (standing[-1] if standing else [])]


def test_a_model_page_says_what_is_where_and_how_to_go_back(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    said = words(tmp_path / "site/test/models/churn.html")
    assert "prod v1.1.0" in said
    assert 'gitmlops model rollback churn --stage prod --reason "..."' in said
    assert "quality/auc roc_auc >= 0.68 0.71" in said


def test_the_date_picker_answers_what_model_show_at_answers(churn: GitRepo, tmp_path: Path) -> None:
    build(churn, tmp_path / "site")
    times = churn.git("for-each-ref", "--format=%(taggerdate:unix)", "refs/tags").split()
    for seconds in sorted({int(time) for time in times}):
        at = json.loads(done(churn, "show", "churn@v1.0.0", "--at", iso(seconds), "--format", "json"))
        [table] = [table for table in at["tables"] if table["title"] == "Deployment stages"]
        assert stages_on(tmp_path / "site/test/models/churn.html", seconds) == table["rows"]


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def test_the_same_repository_gives_the_same_bytes(churn: GitRepo, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(churn, tmp_path / name)
    one, two = (
        {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two


def test_a_folder_that_holds_something_else_stays(churn: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years")
    assert "holds something else than a catalogue" in build(churn, tmp_path / "mine", exit_code=3)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years"
