"""Reviews on GitHub are approvals: from the pull request to the trailers of a tag, and what is tried against it."""

from pathlib import Path

import pytest
from tests.github.approving import Shop, start, words
from tests.github.server.github import GitHub
from tests.releasing import ARTIFACT, done, judge, train

MEND = ": register the commit of the one that did"


@pytest.fixture
def shop(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return start(github, tmp_path, monkeypatch)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_reviews_become_trailers_and_let_a_version_into_production(shop, method):
    number = shop.open()
    shop.approve(number, "jane", "joe")
    shop.merge(number, method)
    assert shop.registered() == ["Approved-by: @jane risk", "Approved-by: @joe ml"]
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")
    done(shop.work, "promote", "churn@v1.1.0", "--to", "prod")
    message = shop.work.git("tag", "-l", "--format=%(contents)", "churn#prod#2")
    assert (
        f"Approved-by: @jane risk ({shop.github.url.replace('/api', '')}" in message or "pullrequestreview" in message
    )
    result = shop.verify("churn@v1.1.0", "--remote")
    assert (result.exit_code, result.stdout.count("confirmed")) != (1, 0)
    assert result.exit_code == 0, result.output


def test_a_promotion_without_the_reviews_tells_who_is_missing_and_what_did_not_count(shop):
    number = shop.open()
    shop.approve(number, "ann", "joe")
    shop.merge(number)
    assert shop.registered() == ["Approved-by: @joe ml"]
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")
    result = shop.work.run("model", "promote", "churn@v1.1.0", "--to", "prod")
    assert result.exit_code == 1
    assert "prod misses 1 risk; not counted: @ann: @ann has no role in gitmlops.yaml of the base" in result.stderr
    assert shop.approvals()["Stages"] == [{"stage": "prod", "asks for": "1 ml, 1 risk", "missing": "1 risk"}]


def test_on_github_approve_refuses_and_tells_where_the_review_is(shop):
    number = shop.open()
    shop.merge(number)
    result = shop.work.run("model", "approve", "churn@main", "--role", "risk")
    assert result.exit_code == 1
    sha = shop.work.git("rev-parse", "HEAD").strip()
    assert f"/acme/shop/pulls?q={sha}: on GitHub an approval is a review of the pull request" in result.stderr


def test_a_signed_note_approves_nothing_on_github(shop):
    number = shop.open()
    shop.merge(number)
    shop.work.git("notes", "--ref", "refs/notes/gitmlops/approvals", "add", "-m", "anything", "HEAD")
    assert shop.approvals() == {"Stages": shop.approvals()["Stages"], "Counted": [], "Not counted": []}


def test_a_pull_request_gives_nobody_a_role_for_itself(shop):
    number = shop.open(**{"gitmlops.yaml": shop.rules(**{'risk: ["@jane"]': 'risk: ["@jane", "@acme/ml"]'})})
    shop.approve(number, "joe")
    shop.merge(number)
    assert [row["roles"] for row in shop.approvals()["Counted"]] == ["ml"]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_reviews_of_a_pull_request_that_did_not_bring_the_model_approve_no_model(shop, method):
    first = shop.open()
    shop.merge(first)
    shop.work.commit({"README.md": "words"}, branch="words")
    shop.work.commit({"README.md": "more words"})
    second = shop.propose("words")
    shop.approve(second, "jane", "joe")
    shop.merge(second, method)
    assert shop.approvals()["Counted"] == []
    assert shop.refused() == {"everybody": f"pull request {second} did not change {ARTIFACT}{MEND}"}
    assert shop.registered() == []


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_branch_that_took_main_in_does_not_bring_the_model_that_came_from_there(shop, method):
    shop.work.commit({"README.md": "words"}, branch="words")
    words_number = shop.propose("words")
    shop.work.git("checkout", "-q", "main")
    model_number = shop.open(branch="model")
    shop.work.git("checkout", "-q", "main")
    shop.merge(model_number, "squash")
    shop.work.git("checkout", "-q", "words")
    shop.work.git(*(("rebase", "-q", "main") if method == "rebase" else ("merge", "-q", "--no-edit", "main")))
    shop.work.git("push", "-q", "-f", "origin", "words")
    shop.approve(words_number, "jane", "joe")
    shop.merge(words_number, method)
    assert shop.approvals()["Counted"] == []
    assert shop.refused() == {"everybody": f"pull request {words_number} did not change {ARTIFACT}{MEND}"}


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_who_was_given_the_role_before_the_merge_approves_a_branch_that_is_older(shop, method):
    shop.work.git("checkout", "-q", "-b", "work")
    shop.work.git("checkout", "-q", "main")
    shop.work.commit(
        {"gitmlops.yaml": shop.rules(**{"jane: {id:": f"ann: {{id: {shop.github.user('ann').id}}}\n  jane: {{id:"})}
    )
    text = (shop.work.root / "gitmlops.yaml").read_text().replace('risk: ["@jane"]', 'risk: ["@jane", "@ann"]')
    shop.work.commit({"gitmlops.yaml": text})
    shop.work.git("push", "-q", "origin", "main")
    shop.work.git("checkout", "-q", "work")
    train(shop.work, "two")
    number = shop.propose("work")
    shop.approve(number, "ann")
    shop.merge(number, method)
    assert [row["who"] for row in shop.approvals()["Counted"]] == ["@ann"]


def test_write_access_is_asked_for(shop):
    shop.github.collaborator("acme/shop", "jane", "read")
    number = shop.open()
    shop.approve(number, "jane")
    shop.merge(number)
    assert shop.refused()["@jane"] == "@jane has no write access"


def test_a_commit_that_was_pushed_to_main_has_no_reviews(shop):
    train(shop.work, "two")
    judge(shop.work, base=shop.work.git("rev-list", "--max-parents=0", "HEAD").strip())
    shop.work.git("push", "-q", "origin", "main")
    assert shop.approvals()["Counted"] == []
    assert "no pull request was merged into main with" in words(done(shop.work, "approvals", "churn@main"))


def test_a_branch_that_was_pushed_to_main_is_not_merged_by_its_reviews(shop):
    number = shop.open()
    shop.approve(number, "jane", "joe")
    shop.work.git("push", "-q", "origin", "work:main")
    shop.take()
    assert shop.approvals()["Counted"] == []


def test_a_team_that_is_not_there_and_one_of_another_organisation_are_told(shop):
    number = shop.open()
    shop.approve(number, "joe")
    shop.merge(number)
    shop.work.commit({"gitmlops.yaml": shop.rules(**{"@acme/ml": "@acme/mi"})})
    shop.work.git("push", "-q", "origin", "main")
    result = shop.work.run("model", "approvals", "churn@main~1")
    assert result.exit_code == 3
    assert "there is no team acme/mi" in result.stderr
    shop.github.team("evil", "ml", "joe")
    shop.work.commit({"gitmlops.yaml": shop.rules(**{"@acme/ml": "@evil/ml"})})
    shop.work.git("push", "-q", "origin", "main")
    assert shop.refused("churn@main~2")["@joe"] == "@joe has no role in gitmlops.yaml of the base"


def test_without_a_token_the_command_tells_what_to_set(shop, monkeypatch):
    number = shop.open()
    shop.merge(number)
    monkeypatch.delenv("GITHUB_TOKEN")
    result = shop.work.run("model", "approvals", "churn@main")
    assert result.exit_code == 2
    assert "there is no token for GitHub; set GITHUB_TOKEN" in result.stderr


def test_nobody_is_asked_where_no_stage_asks(shop, monkeypatch):
    shop.work.commit({"gitmlops.yaml": shop.rules(**{", approvals: {risk: 1, ml: 1}": ""})})
    shop.work.git("push", "-q", "origin", "main")
    number = shop.open()
    shop.merge(number, base="HEAD^")
    monkeypatch.delenv("GITHUB_TOKEN")
    assert shop.registered() == []
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")
    done(shop.work, "promote", "churn@v1.1.0", "--to", "prod")


def test_an_approval_from_before_the_pull_request_had_this_base_is_about_another_diff(shop):
    shop.work.git("checkout", "-q", "-B", "model")
    train(shop.work, "two")
    shop.work.git("push", "-q", "origin", "model")
    shop.work.commit({"README.md": "words"}, branch="words")
    shop.work.git("push", "-q", "origin", "words")
    number = shop.of("dev").create_pull("model", "words", title="Words", body="").number
    shop.approve(number, "jane", "joe")
    shop.of("dev").get_pull(number).edit(base="main")
    shop.approve(number, "joe")
    shop.merge(number)
    assert [row["who"] for row in shop.approvals()["Counted"]] == ["@joe"]
    assert shop.refused()["@jane"] == "the pull request was given another base after it, and with it another diff"


def test_offline_nothing_is_told_of_reviews(shop):
    shop.merge(shop.open())
    result = shop.work.run("model", "approvals", "churn@main", "--local")
    assert result.exit_code == 2
    assert "approvals are reviews on GitHub here, which cannot be seen offline; leave out --local" in result.stderr
