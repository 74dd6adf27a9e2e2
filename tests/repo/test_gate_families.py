"""What policies ask beside scores, through the gate as people run it."""

import json
from pathlib import Path

import msgspec
from tests.gate_lab import EVALUATION, LABELS, MODEL, QUALITY, TOY, Lab, labels, other_good, parquet, rows, says

from gitmlops.records import statement


def asking(lab: Lab, *checks: str, **files: str) -> None:
    """Let the base ask it."""
    listed = "".join(f"- {{{one}, enforcement: hard-mandatory}}\n" for one in checks)
    lab.commit({"policies/quality.yaml": QUALITY + listed, **files})


def test_a_number_of_a_family_refuses_like_any_other(lab: Lab) -> None:
    asking(lab, "id: small, metric: model_megabytes, op: '<=', threshold: 0.0001")
    lab.candidate(other_good())
    says(lab.run("gate"), "quality/small", "model_megabytes is 0.00", "policy asks <= 0.0001")


def test_a_plan_that_is_missing_refuses_until_it_is_written(lab: Lab) -> None:
    asking(lab, "id: plan, metric: oversight_gaps, op: '<=', threshold: 1")
    lab.candidate(other_good())
    says(lab.run("gate"), "oversight_gaps is 5 (nothing of by, limits, overrules, stops, reviews)")
    plan = "oversight: {by: us, acts: before, limits: training, overrules: a note, stops: rollback}\n"
    lab.commit({"models/toy.yaml": TOY + plan})
    says(lab.run("gate"), "toy: passed", exit_code=0)


def test_what_the_model_makes_of_changed_rows_is_judged_and_leaves_the_same_receipt_twice(
    lab: Lab, tmp_path: Path
) -> None:
    asking(
        lab,
        "id: noise, metric: noise_flips, op: '<=', threshold: 0.1, slice: {by: place}",
        "id: quick, metric: latency_ms, op: '<=', threshold: 10000",
        "id: even, metric: largest_importance_share, op: '<=', threshold: 0.5",
    )
    lab.candidate(other_good())
    receipts = []
    for name in ("first.json", "second.json"):
        says(lab.run("gate", "--receipt", str(tmp_path / name)), "largest_importance_share is 0.9", "latency_ms is ")
        kept = statement.read((tmp_path / name).read_bytes(), path=name)
        receipts.append(msgspec.structs.replace(kept, time=""))
    assert receipts[0] == receipts[1]
    outcomes = {check.check: check.outcome for check in receipts[0].subjects[0].checks}
    assert (outcomes["noise"], outcomes["quick"], outcomes["even"]) == ("passed", "passed", "failed")


def test_a_branch_cannot_unprotect_an_attribute(lab: Lab) -> None:
    asking(
        lab,
        "id: blind, metric: restricted_features, op: '<=', threshold: 0",
        **{"models/toy.yaml": f"{TOY}protected: [a]\n"},
    )
    lab.candidate(other_good(), **{"models/toy.yaml": TOY})
    says(lab.run("gate"), "restricted_features is 1 (rows@v1:a)")


def test_whoever_edits_only_the_card_of_a_model_has_it_judged(lab: Lab) -> None:
    lab.commit({"models/toy.card.md": "# Toy\n"}, branch="work")
    says(lab.run("gate"), "toy differs from the base in models/toy.card.md", exit_code=0)


def test_policy_diff_and_extends_know_the_direction_of_a_number_of_a_family(lab: Lab) -> None:
    asking(lab, "id: small, metric: model_megabytes, op: '<=', threshold: 2")
    text = (lab.root / "policies/quality.yaml").read_text()
    lab.commit({"policies/quality.yaml": text.replace("threshold: 2,", "threshold: 3,")}, branch="work")
    says(lab.run("policy", "diff", "main"), "loosened", "quality/small", exit_code=0)


def test_a_model_that_was_trained_on_the_evaluation_rows_is_refused_however_they_are_numbered(lab: Lab) -> None:
    asking(lab, "id: fresh, metric: repeated_rows, op: '<=', threshold: 0.01")
    learned = rows().assign(row_id=rows()["row_id"] + 10_000)
    contents = {"train.parquet": parquet(learned), EVALUATION: parquet(rows()), LABELS: parquet(labels())}
    outs = {path: output(lab, path, content) for path, content in {**contents, MODEL: other_good()}.items()}
    train = outs.pop("train.parquet")
    stages = {
        "split": {"cmd": "split", "outs": [train]},
        "train": {"cmd": "train", "deps": [train], "outs": [*outs.values()]},
    }
    lab.commit({"dvc.lock": json.dumps({"schema": "2.0", "stages": stages})}, branch="work")
    says(lab.run("gate"), "repeated_rows is 1 (1,200 of 1,200 rows have a twin in training), policy asks <= 0.01")


def output(lab: Lab, path: str, content: bytes) -> dict[str, object]:
    md5, size = lab.store(content)
    return {"path": path, "md5": md5, "size": size}
