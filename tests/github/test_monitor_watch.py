"""An alarm of a watch starts the retraining workflow, of a model that the base knows."""

from pathlib import Path

import pytest
from tests import serving, tiny_project
from tests.cli.test_monitor_watch import append, events
from tests.conftest import GitRepo
from tests.github.rest import Rest
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository

from gitmlops.records.canonical import encode

WORKFLOW = "on:\n  workflow_dispatch:\n    inputs: {model: {type: string, required: true}}\njobs: {}\n"


@pytest.fixture
def shop(github: GitHub, acme_shop: Repository, repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A clone of acme/shop with the model tiny in production; the token may start workflows and nothing else."""
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_TOKEN", github.token("acme", {"actions": "write"}))
    repo.git("remote", "add", "origin", str(acme_shop.git.path))
    definitions = {name: str(tiny_project.DEFINITIONS[name]) for name in ("gitmlops.yaml", "models/tiny.yaml")}
    baseline = {"models/tiny.baseline.json": encode(serving.baseline())}
    repo.commit({**definitions, **baseline, ".github/workflows/retrain.yml": WORKFLOW})
    repo.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    repo.git("tag", "-a", "tiny#prod#1", "-m", "serve it")
    repo.git("push", "-q", "origin", "main")
    repo.git("fetch", "-q", "origin")
    return repo


def test_an_alarm_starts_the_workflow_once(
    shop: GitRepo, github: GitHub, acme_shop: Repository, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    append(log, [*events(21_000), *events(8_000, seed=1, degrees=10)])
    command = ("monitor", "watch", str(log), "--dispatch", "retrain.yml", "--once")
    result = shop.run(*command)
    assert result.exit_code == 1, result.output
    assert "started retrain.yml for tiny" in result.stderr
    assert " alarm 1 of tiny v1.0.0: temp: " in result.stdout
    append(log, events(8_000, seed=2, **{"score": 0.99}))
    assert shop.run(*command).exit_code == 1
    runs = Rest(github.url, github.token("acme")).get("/repos/acme/shop/actions/workflows/retrain.yml/runs")
    assert [(run["event"], run["head_branch"]) for run in runs["workflow_runs"]] == [("workflow_dispatch", "main")]


def test_a_github_that_does_not_answer_is_asked_again_and_the_alarm_is_told_all_the_same(
    shop: GitRepo, github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.jsonl"
    append(log, [*events(21_000), *events(8_000, seed=1, degrees=10)])
    command = ("monitor", "watch", str(log), "--dispatch", "retrain.yml", "--once")
    token = github.token("acme", {"issues": "write"})
    with monkeypatch.context() as patch:
        patch.setenv("GITHUB_TOKEN", token)
        result = shop.run(*command)
    assert " alarm 1 of tiny v1.0.0: temp: " in result.stdout
    assert "retrain.yml was not started, it is tried again" in result.stderr
    again = shop.run(*command)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "started retrain.yml for tiny" in again.stderr


def test_what_the_base_does_not_have_is_not_started(shop: GitRepo, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    append(log, events(5))
    result = shop.run("monitor", "watch", str(log), "--dispatch", "train.yml", "--once")
    assert result.exit_code == 3
    assert "--dispatch: main has no .github/workflows/train.yml" in result.stderr
    model = (shop.root / "models/tiny.yaml").read_text().replace("name: tiny", "name: mine")
    shop.write({"models/mine.yaml": model})
    shop.git("tag", "-a", "mine@v1.0.0", "-m", "first")
    mine = shop.run("monitor", "watch", str(log), "--model", "mine", "--dispatch", "retrain.yml", "--once")
    assert mine.exit_code == 3
