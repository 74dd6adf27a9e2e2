"""One issue an incident: opened, kept up to date, closed when it is over."""

import pytest
from tests import alerting
from tests.conftest import GitRepo
from tests.github.rest import Rest
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository


@pytest.fixture
def watched(github: GitHub, acme_shop: Repository, repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_TOKEN", github.token("acme", {"issues": "write"}))
    alerting.project(repo, "{issue: {labels: [drift]}}")
    return repo


@pytest.fixture
def rest(github: GitHub, acme_shop: Repository) -> Rest:
    return Rest(github.url, github.token("acme"))


def issues(rest: Rest) -> list[tuple[str, str]]:
    return [(one["title"], one["state"]) for one in rest.get("/repos/acme/shop/issues?state=all")]


def test_an_incident_is_one_issue_that_is_closed_when_it_is_over(watched: GitRepo, rest: Rest) -> None:
    alerting.remember(watched, alerting.run())
    for _ in range(2):
        assert watched.run("monitor", "alert").exit_code == 0
    (issue,) = rest.get("/repos/acme/shop/issues")
    assert issue["title"] == "tiny v1.0.0: performance alarm since 2020-06"
    assert [label["name"] for label in issue["labels"]] == ["drift"]
    assert "amount: 0.31" in issue["body"]
    alerting.remember(watched, alerting.run(reason="In 2020-07 it was worse still."))
    watched.run("monitor", "alert")
    assert "worse still" in rest.get("/repos/acme/shop/issues")[0]["body"]
    alerting.remember(watched, alerting.retrained("failed", "the step fit ended with 1"))
    watched.run("monitor", "alert")
    assert "Retraining failed: the step fit" in rest.get("/repos/acme/shop/issues")[0]["body"]
    alerting.remember(watched, alerting.over())
    for _ in range(2):
        assert watched.run("monitor", "alert").exit_code == 0
    assert issues(rest) == [("tiny v1.0.0: performance alarm since 2020-06", "closed")]


def test_an_issue_that_somebody_closes_stays_closed_while_there_is_no_news(watched: GitRepo, rest: Rest) -> None:
    alerting.remember(watched, alerting.run())
    watched.run("monitor", "alert")
    number = rest.get("/repos/acme/shop/issues")[0]["number"]
    rest.patch(f"/repos/acme/shop/issues/{number}", {"state": "closed"})
    alerting.remember(watched, alerting.run(reason="In 2020-07 it was worse still."))
    assert watched.run("monitor", "alert").exit_code == 0
    assert len(issues(rest)) == 1


def test_another_incident_closes_the_one_before_and_is_an_issue_of_its_own(watched: GitRepo, rest: Rest) -> None:
    alerting.remember(watched, alerting.run())
    watched.run("monitor", "alert")
    alerting.remember(watched, alerting.run(version="v1.1.0", incident="2020-08", windows=()))
    watched.run("monitor", "alert")
    assert sorted(issues(rest)) == [
        ("tiny v1.0.0: performance alarm since 2020-06", "closed"),
        ("tiny v1.1.0: performance alarm since 2020-08", "open"),
    ]


def test_what_comes_no_more_is_an_issue_beside_that_of_an_alarm(watched: GitRepo, rest: Rest) -> None:
    alerting.remember(watched, alerting.run(ended={"outcomes": "2020-06-30T23:59:59Z"}))
    for _ in range(2):
        assert watched.run("monitor", "alert").exit_code == 0
    alarm, silence = "tiny v1.0.0: performance alarm since 2020-06", "tiny: outcomes come no more"
    assert sorted(issues(rest)) == [(alarm, "open"), (silence, "open")]
    alerting.remember(watched, alerting.run(reason="In 2020-07 it was worse still."))
    assert watched.run("monitor", "alert").exit_code == 0
    assert sorted(issues(rest)) == [(alarm, "open"), (silence, "closed")]
