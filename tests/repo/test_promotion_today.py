"""A promotion comes weeks after the gate: what the gate found then must pass the policies and waivers of today."""

import subprocess
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import POLICY, done, judge, tags, team, train

from gitmlops.adapters.git.repository import Repository
from gitmlops.cli.monitor import history
from gitmlops.records.monitoring_history import MonitoringRun

PROMOTE = ("model", "promote", "churn@v1.0.0", "--to", "staging")


@pytest.fixture
def registered(tmp_path: Path) -> GitRepo:
    """churn v1.0.0, of an AUC of 0.71, is in no stage."""
    repo = team(tmp_path)
    train(repo, "one")
    judge(repo)
    repo.git("push", "-q", "origin", "main")
    done(repo, "register", "churn")
    return repo


def rules(repo: GitRepo, policy: str) -> None:
    """Somebody changes the policy on main."""
    repo.commit({"policies/quality.yaml": policy})
    repo.git("push", "-q", "origin", "main")


def test_what_passes_today_is_promoted_and_what_policies_have_come_to_ask_since_is_not(registered: GitRepo) -> None:
    rules(registered, POLICY.replace("threshold: 0.68", "threshold: 0.75"))
    before = tags(registered)
    refused = registered.run(*PROMOTE)
    assert refused.exit_code == 1
    assert "the rules of today refuse it: quality/auc asks for >= 0.75 today, 0.71 was found" in refused.output
    assert "put its model through the gate again" in refused.output
    assert tags(registered) == before
    rules(registered, POLICY.replace("threshold: 0.68", "threshold: 0.70"))
    assert registered.run(*PROMOTE).exit_code == 0


def test_a_check_that_it_was_never_asked_refuses_it_unless_it_is_advisory(registered: GitRepo) -> None:
    asked = '- {id: brier, metric: brier, op: "<=", threshold: 0.2, enforcement: ENFORCEMENT}\n'
    rules(registered, POLICY + asked.replace("ENFORCEMENT", "soft-mandatory"))
    refused = registered.run(*PROMOTE)
    assert refused.exit_code == 1
    assert "quality/brier asks for brier <= 0.2 today, which this version was never asked" in refused.output
    rules(registered, POLICY + asked.replace("ENFORCEMENT", "advisory"))
    assert registered.run(*PROMOTE).exit_code == 0


def test_a_receipt_that_is_nowhere_says_nothing_of_today(registered: GitRepo) -> None:
    registered.git("update-ref", "-d", "refs/notes/gitmlops/receipts")
    registered.git("push", "-q", "origin", "--delete", "refs/notes/gitmlops/receipts")
    refused = registered.run(*PROMOTE)
    assert refused.exit_code == 1
    assert (
        "the receipt that its tag names is not here; fetch the notes of the clone that registered it" in refused.output
    )


def recorded(repo: GitRepo, state: str, *, version: str = "v1.0.0") -> None:
    """What `monitor run --record` would have kept."""
    time, head = "2026-03-03T06:00:00Z", repo.git("rev-parse", "HEAD").strip()
    run = MonitoringRun(
        model="churn", time=time, until=time, commit=head, version=version, state=state, incident="2026-02"
    )
    history.add(Repository(repo.root), "churn", lambda _: [run], message="monitored")


def test_a_version_of_which_an_alarm_stands_goes_into_no_other_stage(registered: GitRepo) -> None:
    recorded(registered, "alarm")
    refused = registered.run(*PROMOTE)
    assert refused.exit_code == 1
    assert (
        "churn@v1.0.0: monitoring has an alarm of it since 2026-02 (judged at 2026-03-03T06:00:00Z)" in refused.output
    )
    assert "retrain it with `gitmlops retrain churn`" in refused.output
    recorded(registered, "ok")
    assert registered.run(*PROMOTE).exit_code == 0


def test_an_alarm_of_another_version_is_a_reason_to_promote_this_one(registered: GitRepo) -> None:
    recorded(registered, "alarm", version="v0.9.0")
    assert registered.run(*PROMOTE).exit_code == 0


def asking(registered: GitRepo, policy: str) -> str:
    """The option that names an organisation's policy, which asks today."""
    root = registered.root.parent / "policies"
    if not root.exists():
        subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    GitRepo(root).commit({"policies/floor.yaml": policy})
    return f"--required-policies=file://{root}@main"


FLOOR = POLICY.replace("id: quality", "id: floor").replace("0.68, enforcement: hard", "0.7, enforcement: soft")


def test_policies_of_the_organisation_are_asked_today_too(registered: GitRepo) -> None:
    refused = registered.run(*PROMOTE, asking(registered, FLOOR))
    assert refused.exit_code == 1
    assert "required/floor/auc asks for roc_auc >= 0.7 today, which this version was never asked" in refused.output
    assert registered.run(*PROMOTE, asking(registered, FLOOR.replace("soft-mandatory", "advisory"))).exit_code == 0


def test_a_promotion_that_cannot_read_the_policies_of_the_organisation_writes_nothing(registered: GitRepo) -> None:
    before = tags(registered)
    failed = registered.run(*PROMOTE, f"--required-policies=file://{registered.root.parent}/gone@v1")
    assert failed.exit_code == 4, failed.output
    assert tags(registered) == before
