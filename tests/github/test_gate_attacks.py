"""Ways around approvals at the gate, each built at GitHub and refused with the reason."""

import pytest
from github import Auth, Github
from tests.gate_lab import MODEL, QUALITY, TOY, Lab, says
from tests.github import gated
from tests.github.gated import ASKING, PEOPLE, Gated
from tests.github.server.github import GitHub

ROBOT = "github-actions[bot]"
BOTH = {"risk-sme": "@jane", "ml-engineer": "@joe"}
LOOSE = {"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: 0.6")}


@pytest.fixture
def shop(github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Gated:
    return gated.start(github, lab, monkeypatch, {"policies/quality.yaml": ASKING})


def push(shop: Gated, who: str = "dev") -> None:
    shop.work.git("push", "-q", "-f", shop.github.clone_url("acme", "shop", shop.github.token(who)), "work")


def test_who_wrote_a_commit_of_the_branch_does_not_approve_it(shop: Gated) -> None:
    number = shop.bring()
    jane = shop.github.user("jane")
    shop.work.git("commit", "-q", "--amend", "--no-edit", "--author", f"Jane <{jane.email}>")
    push(shop)
    shop.approve(number, "jane", "joe")
    assert shop.counted() == {**BOTH, "risk-sme": "missing"}
    assert shop.why_not()["@jane"].startswith("@jane is an author of its commit")


def test_who_pushed_last_does_not_approve_it(shop: Gated) -> None:
    number = shop.bring()
    shop.work.commit(message="more")
    push(shop, "joe")
    shop.approve(number, "jane", "joe")
    assert shop.counted() == {**BOTH, "ml-engineer": "missing"}
    assert shop.why_not() == {"@joe": "@joe pushed to it last"}


def test_a_review_of_an_older_head_is_stale(shop: Gated) -> None:
    number = shop.bring()
    shop.approve(number, "jane", "joe")
    shop.work.commit(shop.work.track({MODEL: b"three"}))
    push(shop)
    assert set(shop.counted().values()) == {"missing"}
    assert all(why.startswith("it is about commit") for why in shop.why_not().values())


def test_a_review_that_was_dismissed_or_turned_round_counts_no_more(shop: Gated) -> None:
    number = shop.bring()
    shop.approve(number, "jane", "joe")
    assert shop.counted() == BOTH
    [review] = [one for one in shop.of("dev").get_pull(number).get_reviews() if one.user.login == "joe"]
    review.dismiss("was a mistake")
    shop.of("jane").get_pull(number).create_review(event="REQUEST_CHANGES", body="no")
    assert set(shop.counted().values()) == {"missing"}
    assert shop.why_not() == {"@joe": "it was dismissed", "@jane": "it asks for changes"}


def test_a_bot_approves_nothing_even_if_the_base_names_its_account(
    github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = gated.start(github, lab, monkeypatch, {"policies/quality.yaml": ASKING})
    github.collaborator("acme/shop", "ci[bot]")
    bot, joe = github.user("ci[bot]").id, github.user("joe").id
    lab.commit({"gitmlops.yaml": PEOPLE.format(jane=bot, joe=joe)})
    lab.git("push", "-q", "origin", "main")
    number = shop.bring()
    shop.approve(number, "ci[bot]")
    assert shop.why_not() == {"@ci[bot]": "a bot does not approve"}


def test_one_person_in_two_roles_fills_one_place(github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = gated.start(github, lab, monkeypatch, {"policies/quality.yaml": ASKING})
    people = PEOPLE.format(jane=github.user("jane").id, joe=github.user("joe").id)
    lab.commit({"gitmlops.yaml": people.replace('ml-engineer: ["@joe"]', 'ml-engineer: ["@joe", "@jane"]')})
    lab.git("push", "-q", "origin", "main")
    number = shop.bring()
    shop.approve(number, "jane")
    assert sorted(shop.counted().values()) == ["@jane", "missing"]


def test_an_account_without_the_role_approves_nothing_whoever_has_it(shop: Gated) -> None:
    number = shop.bring()
    shop.approve(number, "ann")
    assert shop.why_not() == {"@ann": "@ann has no role in gitmlops.yaml of the base"}


def test_who_takes_a_login_over_is_somebody_else(shop: Gated) -> None:
    shop.github.rename_user("jane", "jane-married")
    shop.github.collaborator("acme/shop", "jane")
    number = shop.bring()
    shop.approve(number, "jane")
    assert shop.counted()["risk-sme"] == "missing"
    assert shop.why_not()["@jane"] == "@jane has no role in gitmlops.yaml of the base"


def test_a_reviewer_who_may_not_write_approves_nothing(shop: Gated) -> None:
    shop.github.collaborator("acme/shop", "jane", "read")
    number = shop.bring()
    shop.approve(number, "jane")
    assert shop.why_not() == {"@jane": "@jane has no write access"}


def test_an_approval_from_before_the_pull_request_had_this_base_is_about_another_diff(shop: Gated) -> None:
    shop.work.commit({"README.md": "words"}, branch="words")
    shop.work.git("push", "-q", "origin", "words")
    shop.work.git("checkout", "-q", "main")
    shop.work.git("checkout", "-q", "-B", "work")
    shop.work.commit(shop.work.track({MODEL: b"two"}))
    push(shop)
    number = shop.of("dev").create_pull("words", "work", title="A model", body="").number
    shop.approve(number, "jane", "joe")
    assert set(shop.counted().values()) == {"missing"}
    shop.of("dev").get_pull(number).edit(base="main")
    assert set(shop.counted().values()) == {"missing"}
    assert set(shop.why_not().values()) == {
        "the pull request was given another base after it, and with it another diff"
    }
    shop.approve(number, "jane", "joe")
    assert shop.counted() == BOTH


def test_reviews_of_one_pull_request_do_not_approve_another_that_holds_it(shop: Gated) -> None:
    number = shop.bring(branch="reviewed")
    shop.approve(number, "jane", "joe")
    shop.work.commit({"models/toy.yaml": TOY.replace("threshold: 0.5", "threshold: 0.1")}, branch="more")
    shop.propose("more")
    assert set(shop.counted().values()) == {"missing"}


def test_a_merge_by_hand_that_smuggles_something_in_is_approved_by_no_review_of_what_it_merges(shop: Gated) -> None:
    number = shop.bring()
    shop.approve(number, "jane", "joe")
    shop.work.git("checkout", "-q", "main")
    shop.work.git("merge", "-q", "--no-ff", "--no-commit", "work")
    shop.work.commit({"components/train/train.py": "def run(inputs, params, outputs): ...  # evil\n"})
    assert shop.counted("--base", "HEAD^") == dict.fromkeys(BOTH, "missing")
    assert shop.why_not("--base", "HEAD^") == {
        "everybody": f"pull request {number} did not change components/train/train.py"
    }


def test_a_merge_by_hand_with_another_model_than_was_reviewed_is_not_approved(shop: Gated) -> None:
    number = shop.bring()
    shop.approve(number, "jane", "joe")
    shop.work.git("checkout", "-q", "main")
    shop.work.git("merge", "-q", "--no-ff", "--no-commit", "work")
    shop.work.commit(shop.work.track({MODEL: b"evil"}))
    assert shop.why_not("--base", "HEAD^") == {
        "everybody": f"pull request {number} has another models/toy.skops than is judged"
    }


def test_changed_rules_pass_when_the_risk_role_has_reviewed_them_and_not_before(shop: Gated) -> None:
    shop.work.commit(LOOSE, branch="work")
    number = shop.propose("work")
    shop.approve(number, "joe")
    says(shop.work.run("gate", "--dry-run"), "the change: 0 of 1 risk-sme approved, for changed rules")
    shop.approve(number, "jane")
    says(shop.work.run("gate", "--dry-run"), "the change: 1 of 1 risk-sme approved, for changed rules", exit_code=0)
    before = shop.merged_as(number, "squash")
    says(shop.work.run("gate", "--base", before, "--dry-run"), "1 of 1 risk-sme approved", exit_code=0)


def test_a_branch_that_makes_its_reviewer_an_approver_is_approved_by_those_of_the_base(shop: Gated) -> None:
    text = (shop.work.root / "gitmlops.yaml").read_text()
    ann = f"people: {{ann: {{id: {shop.github.user('ann').id}}}, "
    people = text.replace("people: {", ann).replace('risk-sme: ["@jane"]', 'risk-sme: ["@jane", "@ann"]')
    shop.work.commit({"gitmlops.yaml": people}, branch="work")
    number = shop.propose("work")
    shop.approve(number, "ann")
    assert shop.counted(about="the change") == {"risk-sme": "missing"}
    assert shop.why_not(about="the change") == {"@ann": "@ann has no role in gitmlops.yaml of the base"}


def test_a_changed_workflow_waits_for_the_role_that_the_base_names_for_it(shop: Gated) -> None:
    text = (shop.work.root / "gitmlops.yaml").read_text()
    shop.work.commit({"gitmlops.yaml": text + "reviewers: {platform: ml-engineer}\n"})
    shop.work.git("push", "-q", "origin", "main")
    shop.work.commit({".github/workflows/gate.yml": "on: {workflow_dispatch: {}}\njobs: {}\n"}, branch="work")
    number = shop.propose("work")
    shop.approve(number, "jane")
    says(shop.work.run("gate", "--dry-run"), "the change: 0 of 1 ml-engineer approved, for changed platform")
    shop.approve(number, "joe")
    assert shop.work.run("gate", "--dry-run").exit_code == 0


@pytest.mark.parametrize("conclusion", ["success", "neutral", "skipped"])
def test_a_check_that_somebody_calls_gate_makes_no_version_however_it_ends(shop: Gated, conclusion: str) -> None:
    shop.merged_as(shop.bring())
    head = shop.work.git("rev-parse", "main").strip()
    shop.github.collaborator("acme/shop", ROBOT)
    robot = Auth.Token(shop.github.token(ROBOT, {"checks": "write", "contents": "read", "metadata": "read"}))
    forge = Github(base_url=shop.github.url, auth=robot).get_repo("acme/shop")
    forge.create_check_run("gate", head, status="completed", conclusion=conclusion)
    says(shop.work.run("model", "register", "toy"), f"no gate has judged commit {head[:12]}")


def test_a_signed_note_approves_no_rules_at_github(shop: Gated) -> None:
    shop.work.commit(LOOSE, branch="work")
    says(
        shop.work.run("policy", "approve", "--role", "risk-sme"),
        "on GitHub an approval is a review of the pull request",
    )
    shop.work.git("notes", "--ref", "refs/notes/gitmlops/approvals", "add", "-m", "anything", "HEAD")
    assert shop.counted(about="the change") == {"risk-sme": "missing"}
