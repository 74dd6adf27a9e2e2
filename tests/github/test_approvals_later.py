"""Approvals long after: what a tag says of them is held against GitHub, whoever left, came or was renamed since."""

import time
from pathlib import Path

import pytest
from tests.github.approving import Shop, promoted_to_staging, start, words
from tests.github.server.github import GitHub
from tests.releasing import done


@pytest.fixture
def shop(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return start(github, tmp_path, monkeypatch)


def test_what_others_say_later_changes_nothing_but_a_dismissal_is_seen(shop):
    number = shop.open()
    shop.approve(number, "jane", "joe")
    shop.of("joe").get_pull(number).create_review(event="COMMENT", body="by the way")
    shop.merge(number)
    shop.of("jane").get_pull(number).create_review(event="REQUEST_CHANGES", body="no")
    assert {row["who"] for row in shop.approvals()["Counted"]} == {"@jane", "@joe"}
    assert shop.registered() == ["Approved-by: @jane risk", "Approved-by: @joe ml"]
    [review] = [one for one in shop.of("dev").get_pull(number).get_reviews() if one.user.login == "joe"][:1]
    review.dismiss("was a mistake")
    result = shop.verify("churn@v1.1.0", "--remote")
    assert result.exit_code == 1
    assert "it was dismissed" in words(result.stdout)
    assert shop.verify().exit_code == 0
    assert "claimed, nobody was asked; run it with --remote" in words(shop.verify().stdout)


def test_a_forged_trailer_is_unverified(shop):
    number = shop.open()
    shop.approve(number, "joe")
    shop.merge(number)
    url = next(iter(shop.of("dev").get_pull(number).get_reviews())).html_url
    message = f"Register\n\nApproved-by: @jane risk ({url})\nApproved-by: @jane risk (https://github.com/x/y/pull/1)"
    shop.work.git("tag", "-a", "churn@v1.1.0", "-m", message)
    result = shop.verify("churn@v1.1.0", "--remote")
    assert result.exit_code == 1
    assert "@joe has not the role risk today" in words(result.stdout)
    assert "(https://github.com/x/y/pull/1): unknown to GitHub" in words(result.stdout)


def test_a_promotion_that_somebody_tagged_by_hand_is_unverified(shop, monkeypatch):
    promoted_to_staging(shop)
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time()) + 5} +0000")  # later than the tag before
    shop.work.git("tag", "-a", "churn#prod#2", "-m", "Promote", "churn@v1.1.0^{}")
    assert shop.verify("churn#prod").exit_code == 0
    result = shop.verify("churn#prod", "--remote")
    assert result.exit_code == 1
    assert "prod misses 1 ml, 1 risk" in words(result.stdout)


def test_who_left_or_was_renamed_has_approved_nevertheless(shop):
    number = shop.open()
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    shop.registered()
    shop.github.rename_user("jane", "jane-married")
    shop.github.user("jane")
    shop.github.delete_user("joe")
    result = shop.verify("churn@v1.1.0", "--remote")
    assert result.exit_code == 0
    told = words(result.stdout)
    assert "it is by @jane-married: the account was renamed, or the tag lies" in told
    assert "the account was deleted" in told


def test_somebody_who_registers_an_old_login_again_is_somebody_else(shop):
    shop.github.rename_user("jane", "jane-married")
    shop.github.collaborator("acme/shop", "jane")
    number = shop.open()
    shop.approve(number, "jane")
    shop.merge(number)
    assert shop.refused()["@jane"] == "@jane has no role in gitmlops.yaml of the base"


def in_production(shop: Shop) -> None:
    """churn@v1.1.0, which jane and joe have approved, in prod."""
    number = shop.open()
    shop.approve(number, "jane", "joe")
    shop.merge(number)
    shop.registered()
    for stage in ("staging", "prod"):
        done(shop.work, "promote", "churn@v1.1.0", "--to", stage)


def test_a_promotion_stays_verified_when_somebody_leaves_whom_git_knows_to_have_had_the_role(shop):
    in_production(shop)
    shop.github.collaborator("acme/shop", "jane", "none")
    shop.work.commit({"gitmlops.yaml": shop.rules(**{'risk: ["@jane"]': 'risk: ["@ann"]', "  jane:": "  ann:"})})
    shop.work.git("push", "-q", "origin", "main")
    result = shop.verify("churn#prod", "--remote")
    assert result.exit_code == 0, result.output
    assert "prod misses 1 risk; not counted: @jane: @jane has no write access" in words(result.stdout)


def test_a_tag_that_claims_a_role_which_a_reviewer_never_had_stays_unverified(shop):
    number = shop.open()
    shop.approve(number, "ann", "joe")
    shop.merge(number)
    shop.registered()
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")
    urls = {one.user.login: one.html_url for one in shop.of("dev").get_pull(number).get_reviews()}
    message = f"Promote\n\nApproved-by: @ann risk ({urls['ann']})\nApproved-by: @joe ml ({urls['joe']})"
    shop.work.git("tag", "-a", "churn#prod#2", "-m", message, "churn@v1.1.0^{}")
    assert shop.verify("churn#prod", "--remote").exit_code == 1
