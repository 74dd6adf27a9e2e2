"""What a rollback starts at GitHub: a review that freezes promotions, and a proposal that takes the change back."""

from pathlib import Path

import pytest
from tests.github.approving import Shop, start, words
from tests.github.server.actions import WorkflowRun
from tests.github.server.github import GitHub
from tests.releasing import done, listed

ROLLBACK = ("model", "rollback", "churn", "--reason", "@everybody <b>complains</b>", "--yes")


@pytest.fixture
def shop(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """churn v1.2.0 has replaced v1.1.0 in production."""
    made = start(github, tmp_path, monkeypatch)
    for content, version in (("two", "v1.1.0"), ("three", "v1.2.0")):
        number = made.open(content)
        made.approve(number, "jane", "joe")
        made.merge(number)
        made.registered(version)
        for stage in ("staging", "prod"):
            done(made.work, "promote", f"churn@{version}", "--to", stage)
    return made


@pytest.mark.slow
def test_it_proposes_to_take_the_change_back(shop):
    told = shop.work.run(*ROLLBACK, "--revert")
    assert told.exit_code == 0, told.output
    [pull] = list(shop.of("dev").get_pulls())
    assert pull.html_url in told.stderr
    assert (pull.title, pull.head.ref) == ("Revert churn v1.2.0", "gitmlops/revert/churn-v1.2.0")
    assert "<b>" not in pull.body
    assert "@everybody" not in pull.body
    assert {file.filename for file in pull.get_files()} == {"models/churn.skops", "models/churn.baseline.json"}


def test_until_its_review_is_closed_nothing_new_comes(shop):
    told = shop.work.run(*ROLLBACK)
    [issue] = list(shop.of("dev").get_issues())
    assert issue.html_url in told.stderr
    assert issue.title == "Review: Roll back churn in prod from v1.2.0 to v1.1.0"
    assert [label.name for label in issue.labels] == ["gitmlops rollback"]
    assert "<b>" not in issue.body
    refused = shop.work.run("model", "promote", "churn@v1.2.0", "--to", "prod")
    assert refused.exit_code == 1
    assert "churn was rolled back, and the review of that is open" in words(refused.stderr)
    assert issue.html_url in refused.stderr
    assert listed(shop.work)["churn"]["prod"] == "v1.1.0"
    shop.of("jane").get_issue(issue.number).edit(state="closed")
    done(shop.work, "promote", "churn@v1.2.0", "--to", "prod")


@pytest.mark.slow
def test_two_rollbacks_have_one_review_and_another_model_is_free(shop):
    shop.work.run(*ROLLBACK)
    shop.work.git("tag", "-a", "-m", "x", "other@v1.0.0", "churn@v1.1.0^{}")
    shop.work.git("push", "-q", "origin", "--tags")
    shop.work.run("model", "promote", "other@v1.0.0", "--to", "staging")
    assert "other#staging#1" in shop.work.git("tag", "--list")
    done(shop.work, "rollback", "churn", "--stage", "staging", "--reason", "there, too", "--yes")
    [issue] = list(shop.of("dev").get_issues())
    assert issue.title == "Review: Roll back churn in staging from v1.2.0 to v1.1.0"


@pytest.mark.slow
def test_an_issue_that_somebody_without_rights_writes_freezes_nothing(shop):
    shop.github.collaborator("acme/shop", "eve", "read")
    body = "<!-- gitmlops: rollback/churn -->"
    shop.of("eve").create_issue("Review: Roll back churn", body=body, labels=["gitmlops rollback"])
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")


@pytest.mark.slow
def test_at_night_without_a_token_it_rolls_back_all_the_same(shop, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    told = shop.work.run(*ROLLBACK)
    assert told.exit_code == 0, told.output
    assert "no review was opened: set GITHUB_TOKEN" in words(told.stderr)
    assert listed(shop.work)["churn"]["prod"] == "v1.1.0"


@pytest.mark.slow
def test_a_github_that_fails_does_not_undo_a_rollback(shop, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "wrong")
    told = shop.work.run(*ROLLBACK)
    assert told.exit_code == 0, told.output
    assert "no review was opened: " in told.stderr
    assert listed(shop.work)["churn"]["prod"] == "v1.1.0"


def dispatched(shop: Shop, monkeypatch: pytest.MonkeyPatch, login: str) -> WorkflowRun:
    """Let what follows be a run of rollback.yml that somebody has started."""
    assert shop.of(login).get_workflow("rollback.yml").create_dispatch("main")
    run = max(shop.github.repositories["acme/shop"].workflow_runs.values(), key=lambda run: run.id)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "workflow_dispatch")
    monkeypatch.setenv("GITHUB_SERVER_URL", shop.github.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_RUN_ID", str(run.id))
    return run


@pytest.fixture
def on_call(shop):
    """ann is on call, and main has a workflow that rolls back."""
    project = (
        shop.rules()
        .replace("roles:\n", 'roles:\n  on-call: ["@ann"]\n')
        .replace("people:\n", f"people:\n  ann: {{id: {shop.github.user('ann').id}}}\n")
    )
    shop.work.commit(
        {"gitmlops.yaml": project, ".github/workflows/rollback.yml": "on: {workflow_dispatch: {}}\njobs: {}\n"}
    )
    shop.work.git("push", "-q", "origin", "main")
    return shop


@pytest.mark.slow
@pytest.mark.parametrize(("login", "role"), [("ann", "on-call"), ("jane", "risk"), ("joe", "ml")])
def test_whoever_is_on_call_or_approves_for_the_stage_may_dispatch_it_and_stands_in_the_tags(
    on_call, monkeypatch, login, role
):
    run = dispatched(on_call, monkeypatch, login)
    told = on_call.work.run(*ROLLBACK)
    assert told.exit_code == 0, told.output
    said = on_call.work.git("tag", "--list", "--format=%(contents)", "churn#prod!#*")
    assert f"Dispatched-By: @{login} {role} ({on_call.github.url}/acme/shop/actions/runs/{run.id})" in said


def test_nobody_else_may_dispatch_it_nor_run_again_what_somebody_on_call_has_dispatched(on_call, monkeypatch):
    run = dispatched(on_call, monkeypatch, "dev")
    before = on_call.work.git("tag", "--list")
    told = on_call.work.run(*ROLLBACK)
    assert told.exit_code == 1
    assert "@dev dispatched this run, and is of no role that may roll back" in words(told.stderr)
    assert "have somebody of on-call or risk or ml dispatch it" in words(told.stderr)
    run.actor, run.attempt, run.triggering_actor = on_call.github.user("ann"), 2, on_call.github.user("dev")
    assert on_call.work.run(*ROLLBACK).exit_code == 1
    assert on_call.work.git("tag", "--list") == before
