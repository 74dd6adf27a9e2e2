"""Reviews on GitHub are approvals: from the pull request to the trailers of a tag, and what is tried against it."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from github import Auth, Github
from tests.conftest import GitRepo
from tests.github.server.github import GitHub
from tests.releasing import ARTIFACT, MODEL, done, judge, train

PROJECT = """\
project: test
people:
  jane: {{id: {jane}}}
roles:
  risk: ["@jane"]
  ml: ["@acme/ml"]
stages:
- name: staging
- {{name: prod, after: staging, production: true, approvals: {{risk: 1, ml: 1}}}}
"""


MEND = ": register the commit of the one that did"


@dataclass(frozen=True)
class Shop:
    """acme/shop at GitHub, and dev's clone of it."""

    github: GitHub
    work: GitRepo

    def rules(self, **changes: str) -> str:
        text = PROJECT.format(jane=self.github.user("jane").id)
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        return text

    def of(self, login: str):
        """The repository as a person sees it."""
        auth = Auth.Token(self.github.token(login))
        options = {"seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None}
        return Github(base_url=self.github.url, auth=auth, **options).get_repo("acme/shop")

    def open(self, content: str = "two", branch: str = "work", **files: str) -> int:
        """Dev trains on a branch, pushes it and opens a pull request; its number."""
        self.work.git("checkout", "-q", "-B", branch)
        train(self.work, content, **files)
        return self.propose(branch)

    def propose(self, branch: str) -> int:
        self.work.git("push", "-q", "-f", "origin", branch)
        return self.of("dev").create_pull("main", branch, title="A better model", body="").number

    def approve(self, number: int, *logins: str, **options: object) -> None:
        for login in logins:
            self.of(login).get_pull(number).create_review(event="APPROVE", **options)

    def merge(self, number: int, method: str = "merge") -> None:
        """Merge it, take main and judge it."""
        self.of("dev").get_pull(number).merge(merge_method=method)
        self.take()
        judge(self.work, base=self.work.git("rev-list", "--max-parents=0", "HEAD").strip())

    def take(self) -> None:
        self.work.git("checkout", "-q", "main")
        self.work.git("pull", "-q", "--ff-only", "origin", "main")

    def registered(self, version: str = "v1.1.0") -> list[str]:
        """Register main; who the tag says has approved."""
        done(self.work, "register", "churn", "--version", version)
        message = self.work.git("tag", "-l", "--format=%(contents)", f"churn@{version}")
        return [line.partition(" (")[0] for line in message.splitlines() if line.startswith("Approved-by: ")]

    def approvals(self, about: str = "churn@main") -> dict[str, list[dict]]:
        tables = json.loads(done(self.work, "approvals", about, "--format", "json"))["tables"]
        return {table["title"]: table["rows"] for table in tables}

    def refused(self, about: str = "churn@main") -> dict[str, str]:
        return {row["who"]: row["why"] for row in self.approvals(about)["Not counted"]}

    def verify(self, about: str = "churn@v1.1.0", *options: str):
        return self.work.run("model", "verify", about, *options)


@pytest.fixture
def shop(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """churn@v1.0.0 in staging, registered before anybody asked for approvals."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "work")], check=True)
    made = Shop(github, GitRepo(tmp_path / "work"))
    made.work.commit({"gitmlops.yaml": made.rules(), "models/churn.yaml": MODEL})
    github.repository("acme", "shop", made.work.root, organization=True)
    for login in ("dev", "jane", "joe", "ann"):
        github.collaborator("acme/shop", login)
    github.team("acme", "ml", "joe")
    made.work.git("remote", "add", "origin", github.clone_url("acme", "shop", github.token("dev")))
    made.work.git("fetch", "-q", "origin")
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", github.token("dev"))
    return made


def words(text: str) -> str:
    return " ".join(text.split())


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


def test_a_promotion_that_somebody_tagged_by_hand_is_unverified(shop):
    promoted_to_staging(shop)
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
    shop.merge(number)
    monkeypatch.delenv("GITHUB_TOKEN")
    assert shop.registered() == []
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")
    done(shop.work, "promote", "churn@v1.1.0", "--to", "prod")


def promoted_to_staging(shop: Shop) -> None:
    """churn@v1.1.0, which nobody has approved, in staging."""
    shop.merge(shop.open())
    done(shop.work, "register", "churn", "--version", "v1.1.0")
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")


def ask_for_production(shop: Shop) -> int:
    told = done(shop.work, "promote", "churn@v1.1.0", "--to", "prod", "--request", "--format", "json")
    [number] = re.findall(r"/pull/([0-9]+)", json.loads(told)["summary"][0])
    return int(number)


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


def test_offline_nothing_is_told_of_reviews(shop):
    shop.merge(shop.open())
    result = shop.work.run("model", "approvals", "churn@main", "--local")
    assert result.exit_code == 2
    assert "approvals are reviews on GitHub here, which cannot be seen offline; leave out --local" in result.stderr
