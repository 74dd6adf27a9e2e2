"""Who had a hand in a change does not approve it: pushers, authors, co-authors, who started the run that made it."""

from pathlib import Path

import pytest
from tests.github.approving import Shop, ask_for_production, promoted_to_staging, start
from tests.github.server.github import GitHub
from tests.releasing import train


@pytest.fixture
def shop(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return start(github, tmp_path, monkeypatch)


def test_a_push_after_the_approval_makes_it_stale(shop):
    number = shop.open()
    shop.approve(number, "jane", "joe")
    train(shop.work, "three")
    shop.work.git("push", "-q", "origin", "work")
    shop.approve(number, "joe")
    shop.merge(number)
    assert [row["who"] for row in shop.approvals()["Counted"]] == ["@joe"]
    assert "it is about commit" in shop.refused()["@jane"]


def test_who_pushed_last_or_wrote_a_commit_does_not_approve(shop):
    jane = shop.github.user("jane")
    shop.work.git("checkout", "-q", "-B", "work")
    train(shop.work, "two")
    shop.work.git("commit", "-q", "--amend", "--no-edit", "--author", f"Jane <{jane.email}>")
    number = shop.propose("work")
    shop.work.commit(message="more")
    shop.work.git("push", "-q", shop.github.clone_url("acme", "shop", shop.github.token("joe")), "work")
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    refused = shop.refused()
    assert refused["@jane"].startswith("@jane is an author of its commit")
    assert refused["@joe"] == "@joe pushed to it last"


def test_a_co_author_does_not_approve(shop):
    shop.work.git("checkout", "-q", "-B", "work")
    train(shop.work, "two")
    trailer = f"Co-authored-by: Jane <{shop.github.user('jane').email}>"
    shop.work.git("commit", "-q", "--amend", "-m", f"train\n\n{trailer}")
    number = shop.propose("work")
    shop.approve(number, "jane")
    shop.merge(number)
    assert shop.refused()["@jane"].startswith("@jane is an author of its commit")


def test_who_started_the_retraining_does_not_approve_it(shop):
    workflow = {".github/workflows/retrain.yml": "on: {workflow_dispatch: {}}\njobs: {}\n"}
    shop.work.commit(workflow)
    shop.work.git("push", "-q", "origin", "main")
    assert shop.of("jane").get_workflow("retrain.yml").create_dispatch("main")
    [run] = shop.of("dev").get_workflow_runs()
    shop.work.git("checkout", "-q", "-B", "work")
    train(shop.work, "two")
    shop.work.git("commit", "-q", "--amend", "-m", f"Retrain churn\n\nRun: {run.html_url}")
    number = shop.propose("work")
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    assert shop.refused() == {"@jane": "@jane started the run that made its commits"}
    assert [row["who"] for row in shop.approvals()["Counted"]] == ["@joe"]


def test_a_commit_with_an_address_that_only_people_knows_is_not_approved_by_its_author(shop):
    jane = shop.github.user("jane").id
    known = {f"{{id: {jane}}}": f"{{id: {jane}, emails: [jane@acme.com]}}"}
    shop.work.commit({"gitmlops.yaml": shop.rules(**known)})
    shop.work.git("push", "-q", "origin", "main")
    shop.work.git("checkout", "-q", "-B", "work")
    train(shop.work, "two")
    shop.work.git("commit", "-q", "--amend", "--no-edit", "--author", "Jane <Jane@Acme.com>")
    number = shop.propose("work")
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    assert shop.refused()["@jane"].startswith("@jane is an author of its commit")
    assert [row["who"] for row in shop.approvals()["Counted"]] == ["@joe"]


def test_who_ran_a_retraining_again_that_a_schedule_had_started_does_not_approve_it(shop):
    shop.work.commit({".github/workflows/retrain.yml": "on: {workflow_dispatch: {}}\njobs: {}\n"})
    shop.work.git("push", "-q", "origin", "main")
    assert shop.of("dev").get_workflow("retrain.yml").create_dispatch("main")
    [run] = shop.github.repositories["acme/shop"].workflow_runs.values()
    run.event, run.attempt, run.triggering_actor = "schedule", 2, shop.github.user("jane")
    [told] = shop.of("dev").get_workflow_runs()
    shop.work.git("checkout", "-q", "-B", "work")
    train(shop.work, "two")
    shop.work.git("commit", "-q", "--amend", "-m", f"Retrain churn\n\nRun: {told.html_url}")
    number = shop.propose("work")
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    assert shop.refused() == {"@jane": "@jane started the run that made its commits"}


def test_a_commit_that_names_more_runs_than_anybody_asks_hides_none(shop):
    shop.work.git("checkout", "-q", "-B", "work")
    train(shop.work, "two")
    runs = "\n".join(f"Run: https://github.com/acme/shop/actions/runs/{number}" for number in range(21))
    shop.work.git("commit", "-q", "--amend", "-m", f"Retrain churn\n\n{runs}")
    number = shop.propose("work")
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    assert shop.refused() == {"everybody": "its commits name 21 runs, of which no more than 20 are asked"}


def test_who_started_the_workflow_that_asks_does_not_approve_what_it_asks(shop, monkeypatch):
    shop.work.commit({".github/workflows/promote.yml": "on: {workflow_dispatch: {}}\njobs: {}\n"})
    shop.work.git("push", "-q", "origin", "main")
    assert shop.of("jane").get_workflow("promote.yml").create_dispatch("main")
    [run] = shop.of("dev").get_workflow_runs()
    promoted_to_staging(shop)
    with monkeypatch.context() as runner:
        runner.setenv("GITHUB_SERVER_URL", run.html_url.partition("/acme/")[0])
        runner.setenv("GITHUB_REPOSITORY", "acme/shop")
        runner.setenv("GITHUB_RUN_ID", str(run.id))
        number = ask_for_production(shop)
    shop.approve(number, "jane", "joe")
    shop.of("dev").get_pull(number).merge()
    shop.take()
    assert shop.approvals("churn@v1.1.0")["Stages"][0]["missing"] == "1 risk"
    assert shop.refused("churn@v1.1.0")["@jane"] == "@jane started the run that made its commits"
