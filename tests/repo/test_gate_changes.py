"""Whoever changes the rules needs somebody else's hand under it: signed notes, where there is no GitHub."""

import json
from pathlib import Path

import pytest
from tests.gate_lab import EVALUATION, LABELS, MODEL, QUALITY, TOY, Lab, labels, other_good, parquet, rows, says
from tests.repo.test_approvals_signed import key, public

ASKING = QUALITY + "approvals: [{role: risk-sme}]\n"


def project(folder: Path) -> str:
    return (
        f'project: toy\npeople: {{jane: {{keys: ["{public(folder, "jane")}"]}}, '
        f'joe: {{keys: ["{public(folder, "joe")}"]}}}}\n'
        'roles: {risk-sme: ["@jane"], platform: ["@joe"]}\n'
    )


@pytest.fixture
def shop(lab: Lab, tmp_path: Path) -> Lab:
    """The lab with people who sign, and evaluation files without rows: nothing is scored, which takes time."""
    hollow = {EVALUATION: parquet(rows()[:0]), LABELS: parquet(labels()[:0])}
    lab.commit({"gitmlops.yaml": project(tmp_path), **lab.track(hollow)})
    lab.git("checkout", "-q", "-b", "work")
    return lab


def sign(lab: Lab, who: str, role: str, *, model: str = "") -> None:
    command = ("model", "approve", f"{model}@HEAD") if model else ("policy", "approve")
    done = lab.run(*command, "--role", role, "--key", str(key(lab.root.parent, who)))
    assert done.exit_code == 0, done.output


def approvals(lab: Lab, about: str = "the change") -> dict[str, tuple[str, str]]:
    """Role -> who fills it, and who or what asks."""
    report = json.loads(lab.run("gate", "--format", "json", "--dry-run").stdout)
    [*found] = [table["rows"] for table in report["tables"] if table["title"] == f"approvals of {about}"]
    return {row["role"]: (row["who"], row["asked by"]) for rows_ in found for row in rows_}


WAIVER = f"""\
kind: waiver
check: quality/auc-each-place
policy_version: 1.0.0
model: toy
model_sha256: "{"0" * 64}"
reason: Soon.
approver: "@jane"
role: risk-sme
issued: "2026-11-01"
expires: "2026-12-01"
"""
STAGES = "stages: [{name: staging}]\n"


@pytest.mark.parametrize(
    "files",
    [
        {"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: 0.6")},
        {"policies/quality.yaml": QUALITY.replace("scope: {tags: [toys]}", "scope: {models: [other]}")},
        {"policies/waivers/one.yaml": WAIVER},
        {"models/toy.yaml": TOY.replace("risk_tier: medium", "risk_tier: low")},
        {"models/toy.yaml": TOY.replace("threshold: 0.5", "threshold: 0.1")},
        {"models/toy.yaml": TOY + "protected: [place]\n"},
        {"models/toy.yaml": TOY.replace("labels: data/labels.parquet", "labels: data/evaluation2.parquet")},
    ],
    ids=["threshold", "scope", "waiver", "tier", "decision", "protected", "labels"],
)
def test_a_change_of_the_rules_waits_for_the_risk_role(shop: Lab, files: dict[str, str]) -> None:
    shop.commit(files)
    assert approvals(shop) == {"risk-sme": ("missing", "changed rules")}
    says(shop.run("gate", "--dry-run"), "the change: 0 of 1 risk-sme approved, for changed rules; ask risk-sme (@jane)")
    sign(shop, "jane", "risk-sme")
    assert approvals(shop) == {"risk-sme": ("@jane", "changed rules")}


@pytest.mark.parametrize("addition", [STAGES, "reviewers: {rules: nobody}\n"], ids=["stages", "reviewers"])
def test_the_project_file_is_of_rules_and_of_the_platform(shop: Lab, tmp_path: Path, addition: str) -> None:
    shop.commit({"gitmlops.yaml": project(tmp_path) + addition})
    asked = {"platform": ("missing", "changed platform"), "risk-sme": ("missing", "changed rules")}
    assert approvals(shop) == asked
    says(shop.run("gate", "--dry-run"), "platform (@joe), risk-sme (@jane): look at it and approve it")
    sign(shop, "joe", "platform")
    sign(shop, "jane", "risk-sme")
    says(shop.run("gate", "--dry-run"), "passed", "Merge it: no model changes.", exit_code=0)


@pytest.mark.parametrize(
    "path",
    [".github/workflows/gate.yml", ".dvc/config", ".gitattributes", "data/.gitattributes", "CODEOWNERS", ".gitmodules"],
)
def test_what_decides_which_code_runs_waits_for_the_platforms_role(shop: Lab, path: str) -> None:
    shop.commit({path: "# changed\n"})
    assert approvals(shop) == {"platform": ("missing", "changed platform")}


def test_a_note_for_a_model_approves_no_rules_and_one_for_rules_no_model(shop: Lab) -> None:
    shop.git("checkout", "-q", "main")
    shop.commit({"policies/quality.yaml": ASKING})
    shop.git("checkout", "-q", "-B", "work")
    looser = ASKING.replace("threshold: 0.7", "threshold: 0.6")
    shop.commit({**shop.track({MODEL: b"two"}), "policies/quality.yaml": looser})
    sign(shop, "jane", "risk-sme", model="toy")
    assert approvals(shop, "toy")["risk-sme"][0] == "@jane"
    assert approvals(shop)["risk-sme"][0] == "missing"
    sign(shop, "jane", "risk-sme")
    assert approvals(shop)["risk-sme"][0] == "@jane"


def test_a_new_model_and_one_that_nothing_is_compared_with_wait_for_the_risk_role(shop: Lab) -> None:
    shop.commit({"models/second.yaml": TOY.replace("name: toy", "name: second").replace("medium", "low")})
    assert approvals(shop, "second") == {"risk-sme": ("missing", "new model, bootstrap")}
    says(
        shop.run("gate", "--dry-run"),
        "second is new, or has a new name: policies of every risk tier judge it until it is on the base",
        "second: bootstrap: nothing that was judged is in production, so that quality/not-worse compare with nothing",
    )
    shop.git("mv", "models/toy.yaml", "models/renamed.yaml")
    shop.commit({"models/renamed.yaml": TOY.replace("name: toy", "name: renamed")})
    assert approvals(shop, "renamed")["risk-sme"] == ("missing", "new model, bootstrap")
    assert approvals(shop)["risk-sme"] == ("missing", "changed rules")


def test_an_author_of_the_branch_approves_no_rules_of_it(shop: Lab, tmp_path: Path) -> None:
    shop.git("checkout", "-q", "main")
    shop.commit({"gitmlops.yaml": project(tmp_path).replace('"]}, joe', '"], emails: [test@example.com]}, joe')})
    shop.git("checkout", "-q", "-B", "work")
    shop.commit({"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: 0.6")})
    shop.git("commit", "-q", "--allow-empty", "-m", "more", "--author", "Else <else@example.com>")
    sign(shop, "jane", "risk-sme")
    assert approvals(shop)["risk-sme"][0] == "missing"
    assert "@jane is an author of the commit" in shop.run("gate", "--dry-run").output.replace("\n", " ")


def test_where_the_base_names_nobody_the_change_is_told_and_nobody_is_asked(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: 0.6")}, branch="work")
    says(
        lab.run("gate", "--dry-run"),
        "nobody is asked to approve it (changed rules): the base names nobody for risk-sme",
        "risk-sme (@acme/risk) reviews the changed rules; then merge.",
        exit_code=0,
    )


def test_a_signed_model_passes_and_its_merge_keeps_the_approvals(shop: Lab) -> None:
    shop.git("checkout", "-q", "main")
    whole = {EVALUATION: parquet(rows()), LABELS: parquet(labels())}
    shop.commit({"policies/quality.yaml": ASKING, **shop.track(whole)})
    shop.git("checkout", "-q", "-B", "work")
    shop.commit(shop.track({MODEL: other_good()}))
    says(shop.run("gate"), "toy: 0 of 1 risk-sme approved, for quality@1.0.0, bootstrap", "gitmlops model approve toy@")
    sign(shop, "jane", "risk-sme", model="toy")
    says(shop.run("gate"), "toy: passed (4 checks)", exit_code=0)
    before = shop.git("rev-parse", "main").strip()
    shop.git("checkout", "-q", "main")
    shop.git("merge", "-q", "--no-ff", "--no-edit", "work")
    assert approvals_of_merge(shop, before) == {"risk-sme": "@jane"}


def approvals_of_merge(lab: Lab, before: str) -> dict[str, str]:
    report = json.loads(lab.run("gate", "--base", before, "--format", "json", "--dry-run").stdout)
    (found,) = [table["rows"] for table in report["tables"] if table["title"] == "approvals of toy"]
    return {row["role"]: row["who"] for row in found}
