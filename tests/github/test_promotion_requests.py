"""A promotion is asked for by a pull request, whose reviews approve it however long ago the model was merged."""

from pathlib import Path

import pytest
from tests.github.approving import Shop, ask_for_production, promoted_to_staging, start, words
from tests.github.server.github import GitHub
from tests.releasing import done


@pytest.fixture
def shop(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return start(github, tmp_path, monkeypatch)


@pytest.mark.slow
def test_weeks_later_the_reviews_of_a_request_approve_the_promotion(shop):
    promoted_to_staging(shop)
    number = ask_for_production(shop)
    pull = shop.of("jane").get_pull(number)
    assert pull.title == "Promote churn v1.1.0 to prod"
    assert [file.filename for file in pull.get_files()] == ["releases/churn/v1.1.0-prod.md"]
    for part in (
        "Who must agree",
        "| risk | 1 | @jane |",
        "quality/auc=0.71 ",
        "| in prod now | nothing |",
    ):
        assert part in pull.body.replace("&#8203;", ""), pull.body
    assert shop.work.run("model", "promote", "churn@v1.1.0", "--to", "prod").exit_code == 1
    shop.approve(number, "jane", "joe")
    shop.of("dev").get_pull(number).merge(merge_method="squash")
    shop.take()
    assert shop.approvals("churn@v1.1.0")["Stages"][0]["missing"] == "nothing"
    done(shop.work, "promote", "churn@v1.1.0", "--to", "prod")
    message = shop.work.git("tag", "-l", "--format=%(contents)", "churn#prod#2")
    assert f"/pull/{number}#pullrequestreview-" in message
    assert shop.verify("churn#prod", "--remote").exit_code == 0


def test_a_request_that_is_asked_twice_is_one_pull_request(shop):
    promoted_to_staging(shop)
    ask_for_production(shop)
    result = shop.work.run("model", "promote", "churn@v1.1.0", "--to", "prod", "--request")
    assert result.exit_code == 0
    assert "is at origin already and stays as it is" in result.stderr
    assert len(list(shop.of("dev").get_pulls())) == 1


@pytest.mark.slow
def test_a_request_that_was_merged_without_enough_reviews_is_asked_again_as_the_refusal_says(shop):
    promoted_to_staging(shop)
    first = ask_for_production(shop)
    shop.approve(first, "joe")
    shop.of("dev").get_pull(first).merge()
    shop.take()
    result = shop.work.run("model", "promote", "churn@v1.1.0", "--to", "prod")
    assert result.exit_code == 1
    command = "gitmlops model promote churn@v1.1.0 --to prod --request"
    assert f"ask for their reviews with `{command}`" in words(result.stderr)
    second = ask_for_production(shop)
    assert second != first
    shop.approve(second, "jane", "joe")
    shop.of("dev").get_pull(second).merge(merge_method="squash")
    shop.take()
    result = shop.work.run("model", "promote", "churn@v1.1.0", "--to", "prod", "--request")
    assert result.exit_code == 1
    assert "everybody whom prod asks for has approved already; run `gitmlops model promote" in words(result.stderr)
    done(shop.work, "promote", "churn@v1.1.0", "--to", "prod")


def test_a_request_by_hand_for_another_commit_approves_nothing(shop):
    promoted_to_staging(shop)
    branch = "gitmlops/promote/churn-v1.1.0-prod"
    ask_for_production(shop)
    shop.work.git("fetch", "-q", "origin", branch)
    text = shop.work.git("show", "FETCH_HEAD:releases/churn/v1.1.0-prod.md")
    commit = shop.work.git("rev-parse", "HEAD").strip()
    shop.work.commit({"releases/churn/v1.1.0-prod.md": text.replace(commit, "f" * 40)}, branch="forged")
    number = shop.propose("forged")
    shop.approve(number, "jane", "joe")
    shop.of("dev").get_pull(number).merge()
    shop.take()
    found = shop.approvals("churn@v1.1.0")
    assert found["Counted"] == []
    assert {"who": "everybody", "why": "it asks for something else", "where": "releases/churn/v1.1.0-prod.md"} in found[
        "Not counted"
    ]


def test_a_dry_run_of_a_request_writes_nothing(shop):
    promoted_to_staging(shop)
    told = done(shop.work, "promote", "churn@v1.1.0", "--to", "prod", "--request", "--dry-run")
    assert "Nothing was written." in told
    assert list(shop.of("dev").get_pulls()) == []
