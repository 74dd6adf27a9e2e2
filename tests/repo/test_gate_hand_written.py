"""The gate on models of hand-written DVC stages: no pipeline of ours, no feature set."""

import json

import pytest
from tests.gate_lab import EVALUATION, LABELS, MODEL, TOY, Lab, labels, other_good, parquet, poor, rows, says

HAND_WRITTEN = TOY.replace("pipeline: train\n", "").replace("feature_set: toy", "columns: [a, b]")
STAGES = """\
stages:
  prepare: {cmd: python src/prepare.py, deps: [src/prepare.py, raw.csv], outs: [data/rows.parquet]}
  train: {cmd: python src/train.py, deps: [src/train.py, data/rows.parquet], outs: [models/toy.skops]}
  other: {cmd: python src/other.py, deps: [src/other.py], outs: [other.txt]}
"""


def entry(path: str, digit: str = "1") -> dict[str, object]:
    return {"path": path, "md5": digit * 32, "size": 1}


def locked(lab: Lab, model: bytes, **read: str) -> dict[str, str | bytes]:
    """A dvc.lock of the stages. read: digest of a source file in place of `1`."""

    def out(path: str, content: bytes) -> dict[str, object]:
        md5, size = lab.store(content)
        return {"path": path, "md5": md5, "size": size}

    outs = [out(MODEL, model), out(EVALUATION, parquet(rows())), out(LABELS, parquet(labels()))]
    source = {name: [entry(f"src/{name}.py", read.get(name, "1"))] for name in ("prepare", "train", "other")}
    stages = {
        "prepare": {"cmd": "x", "deps": [*source["prepare"], entry("raw.csv")], "outs": [entry("data/rows.parquet")]},
        "train": {"cmd": "x", "deps": [*source["train"], entry("data/rows.parquet")], "outs": outs},
        "other": {"cmd": "x", "deps": source["other"], "outs": [entry("other.txt")]},
    }
    return {"dvc.lock": json.dumps({"schema": "2.0", "stages": stages})}


@pytest.fixture
def by_hand(lab: Lab) -> Lab:
    """main: the good model, made by stages that people wrote."""
    lab.git("rm", "-rq", "features", "pipelines", "components", "data/rows.parquet.dvc")
    sources: dict[str, str | bytes] = {f"src/{name}.py": "1" for name in ("prepare", "train", "other")}
    lab.commit({"models/toy.yaml": HAND_WRITTEN, "dvc.yaml": STAGES, **sources, **locked(lab, other_good())})
    lab.git("checkout", "-q", "-b", "work")
    return lab


def test_a_model_without_pipeline_and_feature_set_is_checked_and_scored_on_the_columns_that_it_names(
    by_hand: Lab,
) -> None:
    assert by_hand.run("check").exit_code == 0
    by_hand.commit({"src/train.py": "2", **locked(by_hand, poor(), train="2")})
    says(by_hand.run("gate", "--dry-run"), "quality/auc", "roc_auc is", "policy asks >= 0.7")


def test_what_stages_made_a_model_from_touches_it_and_nothing_else_does(by_hand: Lab) -> None:
    by_hand.commit({"src/other.py": "2", "README.md": "words"})
    says(by_hand.run("gate", "--dry-run"), "no model differs from the base", exit_code=0)
    by_hand.commit({"src/prepare.py": "2"})
    says(by_hand.run("gate", "--dry-run"), "toy differs from the base in src/prepare.py", exit_code=0)
    by_hand.commit({"dvc.yaml": STAGES.replace("train.py,", "train.py --fast,", 1)})
    says(by_hand.run("gate", "--dry-run"), "in dvc.yaml, src/prepare.py", exit_code=0)


def test_what_a_stage_keeps_in_git_may_be_read_by_another(by_hand: Lab) -> None:
    """`cache: false`: dvc.lock and git both have it, and nobody can review the one and be served the other."""
    by_hand.commit({"data/rows.parquet": "kept in git", "src/train.py": "2"})
    says(by_hand.run("gate", "--dry-run"), "quality/auc", exit_code=0)


def test_columns_are_part_of_what_the_base_must_have_agreed_to(by_hand: Lab) -> None:
    by_hand.commit({"models/toy.yaml": HAND_WRITTEN.replace("[a, b]", "[b]"), **locked(by_hand, poor())})
    says(by_hand.run("gate", "--dry-run"), "the branch changes columns of toy from a, b to b")


def test_what_features_alone_can_answer_is_no_evidence_without_a_feature_set(by_hand: Lab) -> None:
    private = "- {id: personal, metric: personal_features, op: '<=', threshold: 0, enforcement: hard-mandatory}\n"
    by_hand.git("checkout", "-q", "main")
    by_hand.commit({"policies/quality.yaml": (by_hand.root / "policies/quality.yaml").read_text() + private})
    by_hand.commit(locked(by_hand, poor()), branch="work")
    says(by_hand.run("gate", "--dry-run"), "quality/personal", "it has no feature set")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (HAND_WRITTEN.replace("columns: [a, b]\n", ""), "nothing says which columns it reads; write `feature_set:`"),
        (HAND_WRITTEN + "feature_set: toy\n", "there is no feature set 'toy'"),
        (HAND_WRITTEN + "monitoring: {log: served, windows: {by: 7d}, retrain: {on: [drift], set: {}}}\n", "has none"),
    ],
    ids=["neither", "both", "retrained"],
)
def test_what_a_model_without_a_pipeline_cannot_say_is_told_at_its_line(by_hand: Lab, written: str, said: str) -> None:
    by_hand.write({"models/toy.yaml": written})
    says(by_hand.run("check"), "models/toy.yaml:", said, exit_code=3)


def test_compiling_leaves_a_hand_written_dvc_yaml_as_it_is(by_hand: Lab) -> None:
    by_hand.write({"dvc.yaml": STAGES + "artifacts:\n  toy: {path: models/toy.skops, type: model}\n"})
    before = (by_hand.root / "dvc.yaml").read_bytes()
    assert by_hand.run("pipeline", "compile").exit_code == 0
    assert (by_hand.root / "dvc.yaml").read_bytes() == before
