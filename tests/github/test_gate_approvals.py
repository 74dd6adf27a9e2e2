"""The gate counts the reviews of the pull request that it judges, before and after it is merged."""

import pytest
from tests.gate_lab import Lab, other_good, says
from tests.github import gated
from tests.github.gated import ASKING, Gated, take_trial_merge
from tests.github.server.github import GitHub

from gitmlops.records.statement import read


@pytest.fixture
def shop(github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Gated:
    return gated.start(github, lab, monkeypatch, {"policies/quality.yaml": ASKING})


def test_a_review_of_each_role_makes_the_verdict_and_the_receipt_says_who_approved(
    github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = gated.start(github, lab, monkeypatch, {"policies/quality.yaml": ASKING}, hollow={})
    number = shop.bring(other_good())
    shop.approve(number, "joe")
    says(
        lab.run("gate"),
        "toy: refused (4 checks, 1 approval missing)",
        "toy: 0 of 1 risk-sme approved, for quality@1.0.0, bootstrap; ask risk-sme (@jane): have them review the pull",
        "All else passes. risk-sme (@jane): look at it and approve it; then run `gitmlops gate` again.",
    )
    shop.approve(number, "jane")
    says(lab.run("gate"), "toy: passed (4 checks)", "toy: 1 of 1 risk-sme approved, for quality@1.0.0", exit_code=0)
    kept = lab.git("notes", "--ref", "refs/notes/gitmlops/receipts", "show", "HEAD^{tree}").splitlines()
    receipts = sorted((read(line.encode(), path="note") for line in kept if line), key=lambda one: one.verdict)
    assert [one.verdict for one in receipts] == ["passed", "refused"]
    places = receipts[0].subjects[0].approvals
    assert [(one.role, one.who, one.person) for one in places] == [
        ("ml-engineer", "@joe", f"github:{github.user('joe').id}"),
        ("risk-sme", "@jane", f"github:{github.user('jane').id}"),
    ]
    assert all(f"/pull/{number}#pullrequestreview-" in one.where for one in places)


def test_what_a_workflow_checks_out_is_approved_by_the_reviews_of_its_pull_request(shop: Gated) -> None:
    number = shop.bring()
    shop.approve(number, "jane", "joe")
    take_trial_merge(shop, number)
    assert shop.counted("--base", "main") == {"risk-sme": "@jane", "ml-engineer": "@joe"}


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_what_was_merged_is_approved_by_the_reviews_from_before_the_merge(shop: Gated, method: str) -> None:
    number = shop.bring()
    shop.approve(number, "jane")
    before = shop.merged_as(number, method)
    shop.approve(number, "joe")
    assert shop.counted("--base", before) == {"risk-sme": "@jane", "ml-engineer": "missing"}
    assert shop.why_not("--base", before) == {"@joe": "it came after the merge"}


def test_without_a_pull_request_everybody_is_missing(shop: Gated) -> None:
    shop.bring(branch="other")
    shop.work.git("checkout", "-q", "-B", "work", "main")
    shop.work.commit(shop.work.track({"models/toy.skops": b"three"}))
    says(shop.work.run("gate"), "no pull request into main has the head", "0 of 1 risk-sme approved")


def test_a_model_that_is_only_named_is_approved_by_no_review_of_something_else(shop: Gated) -> None:
    shop.work.commit({"README.md": "words"}, branch="words")
    shop.approve(shop.propose("words"), "jane", "joe")
    assert shop.counted("--model", "toy") == {"risk-sme": "missing", "ml-engineer": "missing"}
    says(shop.work.run("gate", "--model", "toy"), "nothing of it differs from the base, so there is nothing to approve")


def test_the_branchs_own_policy_asks_for_approvals_too_and_both_sides_are_satisfied_by_the_same_people(
    shop: Gated,
) -> None:
    more = ASKING.replace("{role: risk-sme}", "{role: risk-sme, count: 2}").replace("1.0.0", "1.1.0")
    number = shop.bring(**{"policies/quality.yaml": more})
    shop.approve(number, "jane", "joe")
    says(shop.work.run("gate"), "toy: 1 of 2 risk-sme approved, for quality@1.0.0, quality@1.1.0, bootstrap: @jane")


def test_a_branch_that_asks_for_nobody_is_approved_by_whom_the_base_asks_for(shop: Gated) -> None:
    shop.bring(**{"policies/quality.yaml": ASKING.partition("approvals:")[0]})
    assert shop.counted() == {"risk-sme": "missing", "ml-engineer": "missing"}
    says(shop.work.run("gate"), "quality: approvals.risk-sme from 1 to none: loosened")


def test_who_is_in_a_team_approves_for_it_and_a_team_that_nobody_sees_refuses(shop: Gated) -> None:
    shop.github.team("acme", "risk", "ann")
    text = (shop.work.root / "gitmlops.yaml").read_text()
    shop.work.commit({"gitmlops.yaml": text.replace('["@jane"]', '["@acme/risk"]')})
    shop.work.git("push", "-q", "origin", "main")
    shop.approve(shop.bring(), "ann", "joe")
    assert shop.counted() == {"risk-sme": "@ann", "ml-engineer": "@joe"}
    shop.work.git("checkout", "-q", "main")
    shop.work.commit({"gitmlops.yaml": text.replace('["@jane"]', '["@acme/rysk"]')})
    shop.work.git("push", "-q", "origin", "main")
    shop.work.git("checkout", "-q", "work")
    shop.work.git("rebase", "-q", "main")
    shop.work.git("push", "-q", "-f", "origin", "work")
    says(
        shop.work.run("gate"), "approvals are not counted here: there is no team acme/rysk, or the token may not see it"
    )


def test_without_a_token_nothing_passes_but_what_is_judged_without_approvals_and_that_leaves_no_receipt(
    github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = gated.start(github, lab, monkeypatch, {"policies/quality.yaml": ASKING}, hollow={})
    shop.bring(other_good())
    monkeypatch.delenv("GITHUB_TOKEN")
    says(
        lab.run("gate", "--dry-run"),
        "toy: 1 risk-sme (@jane) must approve it, for quality@1.0.0, bootstrap: approvals are not counted here: there",
        "judge all else with `gitmlops gate --without-approvals`",
    )
    result = lab.run("gate", "--without-approvals", "--receipt", str(lab.root / "receipt.json"))
    says(result, "toy: passed (4 checks, 2 approvals missing)", exit_code=0)
    assert "receipt kept" not in result.output
    assert lab.git("for-each-ref", "refs/notes") == ""
    kept = read((lab.root / "receipt.json").read_bytes(), path="receipt.json")
    assert [place.person for place in kept.subjects[0].approvals] == ["", ""]
