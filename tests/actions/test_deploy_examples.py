"""The deployments of the templates, executed by their workflow: a batch scorer, and an HTTP service."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pandas
import pytest
from sklearn.linear_model import LogisticRegression
from tests.actions import generated
from tests.actions.conftest import ACTION, actions_of_a_runner
from tests.actions.runner import Run, Runner
from tests.cli.test_model import DEFINITIONS, at
from tests.conftest import GitRepo
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.validation import githubs_description
from tests.releasing import ARTIFACT, done, judge, team

from gitmlops.adapters.data import tables
from gitmlops.adapters.scoring import models

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the deployments bring what serves."""
    monkeypatch.setenv("DEPLOY_TO", str(tmp_path / "served"))
    return tmp_path / "served" / "churn"


def shop(folder: Path, template: str) -> GitRepo:
    """churn v1.0.0 in production, deployed as a template deploys."""
    repo = team(folder)
    files = ACTION / "templates" / template / "deploy"
    repo.commit({**DEFINITIONS, **{f"deploy/{file.name}": file.read_text() for file in files.iterdir()}})
    promote(repo, "v1.0.0", turned=False)
    payments = {"customer_id": [1, 2], "paid_at": at(1, 2), "amount": [35.0, 2.0]}
    tables.write(pandas.DataFrame(payments), repo.root / "data/tx.parquet")
    return repo


def promote(repo: GitRepo, version: str, *, turned: bool) -> None:
    """Register what main has as a version, and bring it to production. turned: whether it thinks the other way."""
    amounts = pandas.DataFrame({"amount": [1.0, 2.0, 30.0, 40.0]})
    labels = [1, 1, 0, 0] if turned else [0, 0, 1, 1]
    models.save(LogisticRegression().fit(amounts, labels), repo.root / ARTIFACT)
    repo.commit(message=version)
    judge(repo)
    repo.git("push", "-q", "origin", "main")
    done(repo, "register", "churn", "--version", version)
    for stage in ("staging", "prod"):
        done(repo, "promote", f"churn@{version}", "--to", stage)


def deploy(repo: GitRepo, tag: str) -> Run:
    temporary = repo.root.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    for file in (repo.root / "released").glob("*"):
        file.unlink()
    github = {
        "ref": f"refs/tags/{tag}",
        "ref_name": tag,
        "token": os.environ.get("GITHUB_TOKEN", "none"),
        "event": {"repository": {"default_branch": "main"}, "inputs": {}},
    }
    workflow = generated.workflow(repo.root.parent, "deploy")
    return Runner(repo.root, temporary, github, actions_of_a_runner(temporary)).job(workflow, "deploy")


def test_a_batch_scorer_scores_with_what_is_promoted_and_goes_back_with_it(
    tmp_path: Path, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = shop(tmp_path, "flights")
    rows = repo.root / "data/customers.parquet"
    tables.write(pandas.DataFrame({"customer_id": [1, 2], "asked_at": at(4, 4), "plan": ["gold", "basic"]}), rows)
    monkeypatch.setenv("SMOKE_ROWS", str(rows))
    run = deploy(repo, "churn#prod#2")
    assert run.passed, run.log
    promote(repo, "v1.1.0", turned=True)
    run = deploy(repo, "churn#prod#4")
    assert run.passed, run.log
    assert (served / "current").read_text() == "v1.1.0\n"
    assert {file.name for file in (served / "v1.0.0").iterdir()} == {"churn.skops"}
    log = tables.read(tmp_path / "temporary" / "smoke.parquet")
    assert set(log["version"]) == {"v1.1.0"}
    done(repo, "rollback", "churn", "--reason", "the wrong way round", "--yes")
    run = deploy(repo, "churn#prod#6")
    assert run.passed, run.log
    assert set(tables.read(tmp_path / "temporary" / "smoke.parquet")["version"]) == {"v1.0.0"}


@pytest.fixture
def port(served: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port for the service, which is ended with the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    monkeypatch.setenv("PORT", str(number))
    yield number
    if (served / "pid").exists():
        os.kill(int((served / "pid").read_text()), signal.SIGKILL)


def answer(port: int, rows: object = None) -> dict[str, object]:
    content = json.dumps(rows).encode() if rows is not None else None
    with urlopen(Request(f"http://127.0.0.1:{port}/", data=content), timeout=10) as said:
        found: dict[str, object] = json.load(said)
        return found


def test_an_http_service_answers_with_what_is_promoted_and_a_failed_one_proposes_a_rollback(
    tmp_path: Path, served: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = shop(tmp_path, "credit")
    run = deploy(repo, "churn#prod#2")
    assert run.passed, run.log
    assert answer(port) == {"version": "churn@v1.0.0"}
    scores = answer(port, [{"amount": 1.0}, {"amount": 40.0}])["scores"]
    assert isinstance(scores, list)
    assert scores[0] < 0.5 < scores[1]
    with pytest.raises(HTTPError, match="400"):
        answer(port, [{"other": 1.0}])
    promote(repo, "v1.1.0", turned=True)
    repo.commit({"deploy/smoke.sh": "exit 1\n"})
    with listening(GitHub(tmp_path / "github", githubs_description())) as github:
        github.repository("acme", "shop", repo.root)
        github.collaborator("acme/shop", "bot")
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
        monkeypatch.setenv("GITHUB_API_URL", github.url)
        monkeypatch.setenv("GITHUB_TOKEN", github.token("bot"))
        run = deploy(repo, "churn#prod#4")
        assert not run.passed
        [issue] = github.repositories["acme/shop"].issues.values()
    assert issue.title == "Roll back churn in prod from v1.1.0 to v1.0.0"
    assert "Nothing was written." in issue.body
    assert "passes the hard-mandatory checks of today" in issue.body
    assert [label.name for label in issue.labels] == ["gitmlops deployment"]
