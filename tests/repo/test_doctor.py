"""The doctor of the registry: what GTO would fail on, what no release could be served from, what would collect it."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import released, tags, team
from tests.repo.test_registry_forgeries import tagged, under_dvc

from gitmlops.render.formats import FORMATS


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    repo = team(tmp_path)
    released(repo, "one", "two")
    return repo


def examined(repo: GitRepo, *, code: int) -> dict[str, list[str]]:
    """Severity -> what is found."""
    result = repo.run("doctor", "--format", "json")
    assert result.exit_code == code, result.output
    found: dict[str, list[str]] = {}
    for finding in json.loads(result.stdout)["findings"]:
        found.setdefault(finding["severity"], []).append(finding["message"])
    return found


def test_what_our_commands_wrote_is_healthy(work: GitRepo) -> None:
    assert examined(work, code=0) == {
        "pass": [
            "tags: 6, of models: 1; they say the same to gto, to dvc and to gitmlops",
            "the files of 2 versions in stages, and to go back to, can be had",
        ]
    }
    assert "healthy" in work.run("doctor").output


def two_versions_on_one_commit(repo: GitRepo) -> None:
    tagged(repo, "churn@v5.0.0", "churn@v1.1.0")


def created(repo: GitRepo) -> None:
    tagged(repo, "churn@created", "main")


def of_the_future(repo: GitRepo) -> None:
    tagged(repo, "churn#prod#9", "churn@v1.0.0", ahead=10**9)


def of_another_name(repo: GitRepo) -> None:
    tagged(repo, "churn#prod#9", "churn@v1.0.0", inside="churn#staging#9")


def on_a_branch(repo: GitRepo) -> None:
    repo.commit({"a": "b"}, branch="mine")
    tagged(repo, "churn@v9.0.0", "mine")
    repo.git("switch", "-q", "main")


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (two_versions_on_one_commit, "is 2 versions, which gto refuses to read"),
        (created, "churn@created: `@created` counts for nothing, and gto fails on it"),
        (of_the_future, "churn#prod#9: unverified, counts for nothing: its date lies in the future"),
        (of_another_name, "churn#prod#9: unverified, counts for nothing: the tag carries another name inside"),
        (on_a_branch, "churn@v9.0.0: unverified: its commit is not on the default branch"),
    ],
)
def test_what_gto_fails_on_or_believes_though_it_is_not_so_refuses(work: GitRepo, forge, words: str) -> None:
    forge(work)
    assert any(words in message for message in examined(work, code=1)["error"])


def test_what_only_counts_for_nothing_is_a_warning(work: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time()) + 60} +0000")
    work.git("tag", "churn@v7.0.0", "main")
    work.git("tag", "-a", "-m", "x", "churn#prod#9", "churn@v1.1.0")
    work.git("tag", "-a", "-m", "x", "not-of-gto", "churn@v1.1.0")
    found = examined(work, code=0)["warning"]
    assert found == [
        "churn@v7.0.0: a lightweight tag counts for nothing: it has no date and no author",
        "churn#prod#9: is on another tag, which not every tool follows",
    ]


def test_files_of_what_serves_and_of_what_is_gone_back_to_that_nobody_has_refuse(tmp_path: Path) -> None:
    work = team(tmp_path)
    place = under_dvc(work, b"one")
    for stage in ("staging", "prod"):
        assert work.run("model", "promote", "churn@v1.0.0", "--to", stage).exit_code == 0
    assert any("in the cache of this clone alone" in message for message in examined(work, code=0)["warning"])
    place.unlink()
    [missing] = examined(work, code=1)["error"]
    assert missing == "churn@v1.0.0: models/churn.skops: not here, and no DVC remote"


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (".github/workflows/clean.yml", "steps:\n- run: dvc gc --workspace --cloud --force\n", 2),
        ("Makefile", "clean:\n\tdvc gc -w -c \\\n\t  --force\n", 2),
        ("scripts/clean.sh", "echo a\necho b\ndvc gc --all-branches -cf; echo --all-tags\n", 3),
    ],
)
def test_garbage_collection_without_regard_to_tags_is_refused_at_its_line(
    work: GitRepo, path: str, text: str, line: int
) -> None:
    work.commit({path: text})
    result = work.run("doctor", "--format", "json")
    assert result.exit_code == 1
    [error] = [one for one in json.loads(result.stdout)["findings"] if one["severity"] == "error"]
    assert "collects the files of released versions, which only tags need" in error["message"]
    assert (error["path"], error["line"]) == (path, line)
    assert error["mend"] == "add `--all-tags`"


@pytest.mark.parametrize("flags", ["--all-tags -c", "-aTf", "--cloud --all-commits", "-A"])
def test_garbage_collection_that_keeps_tags_is_no_matter_nor_is_what_a_page_says(work: GitRepo, flags: str) -> None:
    work.commit({"clean.sh": f"dvc gc {flags}\n", "README.md": "Never run `dvc gc -w`.\n"})
    examined(work, code=0)


def test_it_changes_nothing_and_speaks_every_format(work: GitRepo) -> None:
    created(work)
    before = (tags(work), work.git("status", "--porcelain"), work.git("for-each-ref"))
    for format_ in FORMATS:
        assert "gto fails on it" in " ".join(work.run("doctor", "--format", format_).output.split())
    assert (tags(work), work.git("status", "--porcelain"), work.git("for-each-ref")) == before


def test_a_repository_of_gto_without_gitmlops_yaml_is_examined_too(repo: GitRepo) -> None:
    repo.commit({"model.bin": "one"})
    subprocess.run(["git", "tag", "-a", "-m", "x", "m@v1.0.0"], cwd=repo.root, check=True)
    time.sleep(1)
    subprocess.run(["git", "tag", "-a", "-m", "x", "m#prod#1"], cwd=repo.root, check=True)
    assert any("defines no model m" in message for message in examined(repo, code=0)["warning"])
