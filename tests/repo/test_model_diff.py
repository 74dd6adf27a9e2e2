"""gitmlops model diff: two versions of a real project side by side."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import tiny_project
from tests.conftest import GitRepo
from tests.releasing import done, merge, released, team

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """tiny@v1.0.0, and v1.1.0 of a later month, with one feature less, another policy and another component."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("AUTHOR_NAME", "Ann"), ("COMMITTER_NAME", "Ann")):
            patch.setenv(f"GIT_{name}", value)
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_EMAIL", "ann@example.com")
        repo = tiny_project.make(tmp_path_factory.mktemp("tiny"))
        changes = {
            "pipelines/tiny.yaml": ('train_until: "2020-03-31"', 'train_until: "2020-02-29"'),
            "features/sets/tiny.yaml": ("[rows@v1:history, rows@v1:temp]", "[rows@v1:history]"),
            "components/fit/fit.py": ('FEATURES = ["history", "temp"]', 'FEATURES = ["history"]'),
            "policies/quality.yaml": ("version: 1.0.0", "version: 1.1.0"),
        }
        for path, (old, new) in changes.items():
            text = (repo.root / path).read_text()
            assert old in text
            repo.write({path: text.replace(old, new)})
        tiny_project.command(repo, "gitmlops", "pipeline", "run", "tiny")
        repo.commit(message="Without <b>temp</b>")
        repo.git("tag", "-a", "tiny@v1.1.0", "-m", "second")
        return repo


def compared(repo: GitRepo, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done(repo, "diff", *arguments, "--format", "json"))
    return {table["title"]: table["rows"] for table in found["tables"]} | {"findings": found["findings"]}


def test_all_that_differs_between_two_versions_is_told(made: GitRepo) -> None:
    found = compared(made, "tiny@v1.0.0", "@v1.1.0")
    assert found["findings"] == []
    assert found["Features"] == [{"feature": "rows@v1:temp", "change": "removed", "what changed": None}]
    assert [(row["parameter"], row["v1.0.0"], row["v1.1.0"]) for row in found["Parameters"]] == [
        ("params.train_until", "2020-03-31", "2020-02-29")
    ]
    assert [row["policy"] for row in found["Policies"]] == ["quality"]
    assert [row["path"] for row in found["Code and definitions"]] == ["components/fit"]
    assert "Data" not in found
    told = {row["what"]: (row["v1.0.0"], row["v1.1.0"]) for row in found["Reference data"]}
    assert told["trained until"] == ("2020-03-31", "2020-02-29")
    assert told["temp"][1] is None
    assert [(row["only in"], row["what"], row["author"]) for row in found["Commits"]] == [
        ("v1.1.0", "Without <b>temp</b>", "Ann")
    ]


def test_the_other_way_round_and_by_stage_it_is_the_same_turned_round(made: GitRepo) -> None:
    found = compared(made, "tiny@v1.1.0", "#prod")
    assert found["Features"] == [{"feature": "rows@v1:temp", "change": "added", "what changed": None}]
    assert [row["only in"] for row in found["Commits"]] == ["v1.1.0"]


def test_a_version_and_itself_differ_in_nothing(made: GitRepo) -> None:
    assert compared(made, "tiny#prod", "tiny@v1.0.0") == {"findings": []}


def test_what_a_stranger_wrote_is_text(made: GitRepo) -> None:
    page = done(made, "diff", "tiny@v1.0.0", "@v1.1.0", "--format", "html")
    assert "Without &lt;b&gt;temp" in page
    assert "<b>temp" not in page


def test_without_dvc_the_rest_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = team(tmp_path)
    released(repo, "one")
    merge(repo, "two")
    done(repo, "register", "churn")
    monkeypatch.setitem(sys.modules, "dvc", None)
    found = compared(repo, "churn@v1.0.0", "@v1.1.0")
    words = " ".join(finding["message"] for finding in found["findings"])
    assert "metrics and parameters are not compared" in words
    assert "v1.0.0" in words  # its baseline is no record
    assert [row["only in"] for row in found["Commits"]] == ["v1.1.0"]


def test_two_models_are_not_compared(made: GitRepo) -> None:
    made.git("tag", "-a", "other@v1.0.0", "-m", "other")
    assert made.run("model", "diff", "tiny@v1.0.0", "other@v1.0.0").exit_code == 2
    made.git("tag", "-d", "other@v1.0.0")
