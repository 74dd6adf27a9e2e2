"""Waivers: one check, one model file, until a day, from the base alone; a waived miss stays in sight."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.gate_lab import QUALITY, Lab, poor, says

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.definitions import load_valid
from gitmlops.gate.checks.waivers import Waivers
from gitmlops.records import statement

TODAY = datetime.now(UTC).date()
PEOPLE = 'project: toy\npeople: {jane: {id: 7}, joe: {id: 8}}\nroles: {risk-sme: ["@jane"]}\n'
# Only the soft check is missed by the poor model.
SOFT = QUALITY.replace("threshold: 0.7\n", "threshold: 0.5\n")
WAIVER = "policies/waivers/places.yaml"


def waiver(**fields: str) -> str:
    given = {
        "kind": "waiver",
        "check": "quality/auc-each-place",
        "policy_version": "1.0.0",
        "model": "toy",
        "model_sha256": hashlib.sha256(poor()).hexdigest(),
        "reason": "A better one arrives in January.",
        "approver": "@jane",
        "role": "risk-sme",
        "issued": (TODAY - timedelta(days=20)).isoformat(),
        "expires": (TODAY + timedelta(days=50)).isoformat(),
        **fields,
    }
    return "".join(f'{key}: "{value}"\n' for key, value in given.items())


def waived(lab: Lab, text: str) -> None:
    lab.commit({"gitmlops.yaml": PEOPLE, "policies/quality.yaml": SOFT, WAIVER: text})
    lab.candidate(poor())


def test_a_waived_miss_passes_and_stays_in_sight_with_its_days(lab: Lab) -> None:
    waived(lab, waiver())
    expires = (TODAY + timedelta(days=50)).isoformat()
    says(
        lab.run("gate"),
        "quality/auc-each-place",
        f"waived until {expires}, 50 days left, by @jane, risk-sme: A better one arrives in January.",
        "toy: passed",
        exit_code=0,
    )
    tree = lab.git("rev-parse", "HEAD^{tree}").strip()
    note = lab.git("notes", "--ref", "refs/notes/gitmlops/receipts", "show", tree).splitlines()[0]
    kept = statement.read(note.encode(), path="note")
    assert [check.outcome for check in kept.subjects[0].checks if check.slice] == ["waived", "waived"]


def test_a_waived_miss_is_a_suppressed_result_in_sarif(lab: Lab) -> None:
    waived(lab, waiver())
    (run,) = json.loads(lab.run("gate", "--dry-run", "--format", "sarif").stdout)["runs"]
    suppressed = {result["ruleId"]: result.get("suppressions") for result in run["results"]}
    assert suppressed["quality/auc-each-place"] == [
        {"kind": "external", "status": "accepted", "justification": "A better one arrives in January."}
    ]
    assert [rule for rule, found in suppressed.items() if found] == ["quality/auc-each-place"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"expires": (TODAY - timedelta(days=1)).isoformat()}, "it expired on"),
        ({"issued": (TODAY + timedelta(days=1)).isoformat()}, "it is from"),
        ({"expires": (TODAY + timedelta(days=71)).isoformat()}, "it is for 91 days, quality allows 90"),
        ({"policy_version": "0.9.0"}, "it is for quality@0.9.0, here is 1.0.0"),
        ({"check": "quality/auc"}, "quality/auc is hard-mandatory, and only soft-mandatory checks are waived"),
        ({"check": "quality/acu"}, "quality has no check 'acu'"),
        ({"approver": "@joe"}, "@joe is not risk-sme by gitmlops.yaml"),
        ({"role": "owner"}, "risk-sme waives checks of quality, not owner"),
        ({"model_sha256": "0" * 64}, "policy asks >= 0.65"),
        ({"model": "other"}, "policy asks >= 0.65"),
    ],
)
def test_a_waiver_that_does_not_fit_waives_nothing_and_says_why(lab: Lab, fields: dict[str, str], said: str) -> None:
    waived(lab, waiver(**fields))
    says(lab.run("gate"), said, "roc_auc is 0.5229 at place=JFK, policy asks >= 0.65 (worst of 2 groups, 2 miss it)")


def test_a_waiver_of_the_same_pull_request_does_not_count(lab: Lab) -> None:
    lab.commit({"gitmlops.yaml": PEOPLE, "policies/quality.yaml": SOFT})
    lab.candidate(poor(), **{WAIVER: waiver()})
    says(
        lab.run("gate"),
        "roc_auc is 0.5229 at place=JFK, policy asks >= 0.65",
        "adds this waiver: those of the base count until it is merged",
        "risk-sme (@jane) reviews it",
    )


def test_a_hard_check_is_not_waived_by_making_it_soft_in_the_same_pull_request(lab: Lab) -> None:
    lab.commit({"gitmlops.yaml": PEOPLE, WAIVER: waiver(check="quality/auc")})
    soft = QUALITY.replace("hard-mandatory", "soft-mandatory", 1)
    lab.candidate(poor(), **{"policies/quality.yaml": soft})
    says(lab.run("gate"), "roc_auc is 0.5627, policy asks >= 0.7", "only soft-mandatory checks are waived")


def test_days_left_count_by_the_clock_not_by_commits(lab: Lab) -> None:
    lab.commit({"gitmlops.yaml": PEOPLE, "policies/quality.yaml": SOFT, WAIVER: waiver()})
    base = load_valid(CommitTree(Repository(lab.root), lab.git("rev-parse", "HEAD").strip()))
    digest = hashlib.sha256(poor()).hexdigest()
    last = TODAY + timedelta(days=50)
    assert Waivers(base, "toy", digest, last).told() == ()
    (told,) = Waivers(base, "toy", digest, last + timedelta(days=1)).told()
    assert told.message.endswith(f"it expired on {last}, 1 day ago")


def test_check_tells_a_waiver_that_cannot_count_and_days_that_are_none(lab: Lab) -> None:
    lab.write({"gitmlops.yaml": PEOPLE, WAIVER: waiver(check="quality/auc")})
    says(lab.run("check"), f"{WAIVER}:2:8: it does not count: quality/auc is hard-mandatory", exit_code=3)
    lab.write({WAIVER: waiver(issued="2026-02-30")})
    says(lab.run("check"), f"{WAIVER}:9:9: there is no day 2026-02-30", exit_code=3)
    lab.write({WAIVER: waiver().replace("expires", "expiry")})
    says(lab.run("check"), "the key 'expires' is missing", "did you mean 'expires'?", exit_code=3)


NEW = ("waiver", "new", "quality/auc-each-place", "--model", "toy", "--reason", "Soon.", "--approver", "@jane")


def test_waiver_new_writes_one_that_counts_once_it_is_merged(lab: Lab) -> None:
    lab.commit({"gitmlops.yaml": PEOPLE, "policies/quality.yaml": SOFT})
    lab.candidate(poor())
    says(lab.run(*NEW, "--dry-run"), "was not written", exit_code=0)
    made = lab.run(*NEW)
    says(made, f'expires: "{TODAY + timedelta(days=90)}"', "which risk-sme reviews", exit_code=0)
    (path,) = (lab.root / "policies" / "waivers").iterdir()
    says(lab.run(*NEW), "there is a waiver already", exit_code=3)
    text = path.read_text()
    lab.git("checkout", "-q", "--force", "main")
    lab.commit({f"policies/waivers/{path.name}": text})
    lab.git("checkout", "-q", "work")
    lab.git("merge", "-q", "--no-edit", "main")
    says(lab.run("gate"), "90 days left, by @jane", "toy: passed", exit_code=0)


@pytest.mark.parametrize(
    ("option", "value", "said", "code"),
    [
        ("--expires", "2999-01-01", "it would not count: it is for", 1),
        ("--expires", "soon", "'soon' is not of the right form; write a day in quotes", 3),
        ("--approver", "jane", "'jane' is not of the right form", 3),
        ("--approver", "@joe", "@joe is not risk-sme", 1),
        ("--model", "toi", "did you mean 'toy'?", 3),
    ],
)
def test_waiver_new_refuses_what_would_not_count(lab: Lab, option: str, value: str, said: str, code: int) -> None:
    lab.commit({"gitmlops.yaml": PEOPLE})
    says(lab.run(*NEW, option, value), said, exit_code=code)
    assert not (lab.root / "policies" / "waivers").exists()
