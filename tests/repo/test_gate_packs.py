"""Packs of regulations through the gate as people run it, and limits that came too late."""

from pathlib import Path

from tests.gate_lab import QUALITY, TOY, Lab, other_good, says

from gitmlops.gate.rules import packs
from gitmlops.records import statement

LAW = """\
kind: policy
id: law
version: 1.0.0
title: Places are treated alike
owner: risk
scope: {tags: [toys]}
extends: [gitmlops/four-fifths@1.0.0]
checks:
- {id: impact-ratio, metric: impact_ratio, op: ">=", threshold: "4/5", slice: {by: [place]}, min_n: 30,
   enforcement: soft-mandatory}
- {id: impact-ratio-beyond-chance, metric: impact_ratio, op: ">=", threshold: "4/5", decide: bound,
   slice: {by: [place]}, min_n: 30, enforcement: advisory}
"""
BEFORE = "- {id: before, metric: late_thresholds, op: '<=', threshold: 0, enforcement: hard-mandatory}\n"


def test_a_pack_judges_by_what_is_installed_and_the_receipt_names_its_digest(lab: Lab, tmp_path: Path) -> None:
    lab.commit({"policies/law.yaml": LAW})
    forged = {"src/gitmlops/gate/regulations/four-fifths.yaml": "checks: []\n"}
    lab.candidate(other_good(), **forged)
    kept = tmp_path / "receipt.json"
    result = lab.run("gate", "--receipt", str(kept))
    says(
        result,
        "law/impact-ratio policies/law.yaml:9:3: toy: impact_ratio is",
        "pack gitmlops/four-fifths@1.0.0, source 29 CFR 1607.4(D), first sentence",
        "gitmlops/four-fifths@1.0.0: 29 CFR 1607.4(D) is under rescission",
        exit_code=0,
    )
    (subject,) = statement.read(kept.read_bytes(), path="receipt.json").subjects
    assert list(subject.policies) == [packs.packs()["four-fifths"].pinned, "law@1.0.0", "quality@1.0.0"]


def test_what_a_pack_leaves_open_stops_the_gate_with_its_place(lab: Lab) -> None:
    lab.commit({"policies/law.yaml": LAW.partition("checks:")[0]}, branch="work")
    says(
        lab.run("gate"),
        "policies/law.yaml:7:11: gitmlops/four-fifths@1.0.0 leaves slice of 'impact-ratio' open",
        exit_code=3,
    )


def test_limits_that_the_base_has_were_there_before_the_model(lab: Lab) -> None:
    since = lab.commit({"policies/quality.yaml": QUALITY + BEFORE})
    lab.candidate(other_good())
    said = f"late_thresholds is 0 (policies as they stand since {since[:12]}), policy asks <= 0"
    says(lab.run("gate"), said, exit_code=0)


def test_a_limit_that_comes_with_the_model_is_told_even_if_it_is_a_tighter_one(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY + BEFORE})
    tighter = QUALITY.replace("threshold: 0.7", "threshold: 0.71").replace("title: Good", "title: Very good")
    lab.candidate(other_good(), **{"policies/quality.yaml": tighter + BEFORE})
    says(lab.run("gate"), "late_thresholds is 1 (quality/auc), policy asks <= 0", "merge the limits first")


def test_a_decision_threshold_that_comes_with_the_model_is_told(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY + BEFORE})
    lab.candidate(other_good(), **{"models/toy.yaml": TOY.replace("threshold: 0.5", "threshold: 0.6")})
    says(lab.run("gate"), "late_thresholds is 1 (decided at 0.6, on the base at 0.5)")


def test_a_commit_shows_nothing_about_itself(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY + BEFORE})
    says(lab.run("gate", "--model", "toy"), "late_thresholds is not measured: base and head are one commit")


def test_the_dossier_of_a_version_has_the_very_pack_that_judged_it(lab: Lab, tmp_path: Path) -> None:
    lab.commit({"policies/law.yaml": LAW})
    lab.candidate(other_good())
    assert lab.run("gate").exit_code == 0
    lab.git("switch", "-q", "main")
    lab.git("merge", "-q", "--no-ff", "-m", "merge", "work")
    assert lab.run("model", "register", "toy", "--local").exit_code == 0
    lab.run("audit", "toy@v1.0.0", "--output", str(tmp_path / "dossier"))
    kept = (tmp_path / "dossier/rules/gitmlops/four-fifths.yaml").read_bytes()
    assert kept == packs.packs()["four-fifths"].content
    assert "29 CFR 1607.4(D)" in (tmp_path / "dossier/README.md").read_text()
