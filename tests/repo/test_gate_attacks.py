"""Ways around the gate, each of them closed."""

import io
import json
import os
import socket
import zipfile
from pathlib import Path

import numpy
import pandas
import pytest
import skops.io
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from tests.gate_lab import (
    EVALUATION,
    LABELS,
    MODEL,
    QUALITY,
    TOY,
    Lab,
    dumped,
    frame,
    good,
    labels,
    lock,
    other_good,
    parquet,
    poor,
    rows,
    says,
    trained,
)

from gitmlops.adapters.confinement import files
from gitmlops.errors import ToolError
from gitmlops.gate.evidence import confined
from gitmlops.records import statement
from gitmlops.render.formats import FORMATS

DECIDED = """\
kind: policy
id: quality
version: 1.0.0
title: Finds them
owner: us
scope: {tags: [toys]}
checks:
- {id: recall, metric: recall, op: ">=", threshold: 0.9, enforcement: hard-mandatory}
"""
LOOSE = QUALITY.replace("threshold: 0.7", "threshold: 0.1").replace("threshold: 0.65", "threshold: 0.1")


def test_a_loosened_policy_does_not_judge_alone(lab: Lab) -> None:
    lab.candidate(poor(), **{"policies/quality.yaml": LOOSE})
    says(
        lab.run("gate"),
        "roc_auc is 0.5627, policy asks >= 0.7",
        "roc_auc is 0.5627, policy asks >= 0.1, as the branch's own policy asks",
        "the branch changes this policy: both versions judge the branch, the worse verdict counts",
        "risk-sme (@acme/risk) reviews it",
    )


STRICT = QUALITY.replace("id: quality", "id: strict").replace("threshold: 0.7", "threshold: 0.75")


@pytest.mark.parametrize("mended", [QUALITY, LOOSE, STRICT, None], ids=["mended", "loosened", "renamed", "removed"])
@pytest.mark.parametrize("named", [(), ("--model", "toy")], ids=["changed", "named"])
def test_no_model_passes_while_a_policy_of_the_base_is_broken(
    lab: Lab, mended: str | None, named: tuple[str, ...]
) -> None:
    easy = LOOSE.replace("id: quality", "id: easy")
    lab.commit({"policies/easy.yaml": easy, "policies/quality.yaml": QUALITY + "typo: 1\n"})
    lab.git("checkout", "-q", "-b", "work")
    if mended is None:
        lab.git("rm", "-q", "policies/quality.yaml")
    lab.commit({} if mended is None else {"policies/quality.yaml": mended})
    if not named:
        lab.candidate(other_good())
    says(
        lab.run("gate", *named),
        "toy: policies/quality.yaml:30:1: broken on the base, nothing can judge by it",
        "mend it first, in a pull request without models",
    )


def test_a_tightened_policy_judges_its_own_branch(lab: Lab) -> None:
    lab.candidate(other_good(), **{"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: 0.99")})
    says(lab.run("gate"), "policy asks >= 0.99, as the branch's own policy asks")


def test_a_removed_policy_still_judges(lab: Lab) -> None:
    lab.git("checkout", "-q", "-b", "work")
    lab.git("rm", "-q", "policies/quality.yaml")
    lab.candidate(poor())
    says(lab.run("gate"), "roc_auc is 0.5627, policy asks >= 0.7", "removes this policy: it still judges the branch")


def test_a_scope_tag_that_the_branch_removes_still_counts(lab: Lab) -> None:
    lab.candidate(poor(), **{"models/toy.yaml": TOY.replace("tags: [toys]", "tags: []")})
    says(lab.run("gate"), "roc_auc is 0.5627, policy asks >= 0.7", "changes tags of toy from toys to none")


def test_a_decision_threshold_that_the_branch_moves_still_judges_as_the_base_has_it(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": DECIDED})
    lab.candidate(good(), **{"models/toy.yaml": TOY.replace("threshold: 0.5", "threshold: 0.05")})
    says(
        lab.run("gate", "--model", "toy"),
        "quality/recall policies/quality.yaml:8:3: toy: recall is",
        "decided at 0.5",
        "the branch changes task.threshold of toy from 0.5 to 0.05: both judge the branch",
    )
    file = lab.root.parent / "receipt.json"
    lab.run("gate", "--receipt", str(file))
    judged = statement.read(file.read_bytes(), path="receipt.json").subjects[0]
    outcomes = [check.outcome for check in judged.checks if check.check == "recall"]
    assert sorted(outcomes) == ["failed", "passed"]


def test_policies_come_from_the_tip_of_the_base_not_from_where_the_branch_began(lab: Lab) -> None:
    lab.git("checkout", "-q", "-b", "work")
    lab.git("checkout", "-q", "main")
    lab.commit({"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: 0.99")})
    lab.git("checkout", "-q", "work")
    lab.commit(lab.track({MODEL: other_good()}))
    says(lab.run("gate"), "does not contain the tip of main")
    lab.git("merge", "-q", "--no-edit", "main")
    says(lab.run("gate"), "policy asks >= 0.99")


def test_metrics_files_are_no_evidence(lab: Lab) -> None:
    lab.candidate(poor(), **{"metrics.json": '{"roc_auc": 0.99}', "models/toy.metrics.json": '{"roc_auc": 0.99}'})
    says(lab.run("gate"), "roc_auc is 0.5627, policy asks >= 0.7")


def test_a_new_model_that_no_policy_covers_is_refused(lab: Lab) -> None:
    hidden = TOY.replace("name: toy", "name: hidden").replace("tags: [toys]", "tags: []")
    easy = LOOSE.replace("id: quality", "id: easy").replace("{tags: [toys]}", "{models: [hidden]}")
    lab.commit({"models/hidden.yaml": hidden, "policies/easy.yaml": easy}, branch="work")
    says(lab.run("gate"), "hidden: no mandatory check judged it", "merge a policy whose scope covers it first")


def test_rows_that_carry_the_label_are_refused(lab: Lab) -> None:
    for name in ("late", "Late"):
        lab.commit(
            lab.track({MODEL: good(), EVALUATION: parquet(frame().rename(columns={"late": name}))}), branch="work"
        )
        says(lab.run("gate"), f"data/evaluation.parquet: the evaluation rows carry the label '{name}'")


def test_a_model_sees_no_column_beside_its_feature_set(lab: Lab) -> None:
    smuggled = rows().assign(answer=frame()["late"].astype(float))
    model = trained().fit(smuggled[["a", "answer"]], frame()["late"])
    lab.commit(lab.track({MODEL: dumped(model), EVALUATION: parquet(smuggled)}), branch="work")
    says(lab.run("gate"), "it asks for columns that its feature set does not have: answer")


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ((rows()[1:], labels()), "1 not in the rows"),
        ((rows(), labels()[2:]), "2 missing in the labels"),
        ((pandas.concat([rows(), rows()[:3]]), labels()), "3 doubled in the rows"),
        ((rows(), pandas.concat([labels(), labels()[:1]])), "1 doubled in the labels"),
        ((rows(), labels().astype({"row_id": str})), "ids are whole numbers in the rows, text in the labels"),
        ((rows(), labels().astype({"row_id": float})), "ids are whole numbers in the rows, float64 in the labels"),
        (
            (rows().astype({"row_id": float}), labels().astype({"row_id": float})),
            "ids are float64 in the rows, float64 in the labels; write whole numbers or text, in both the same",
        ),
        (
            (rows(), labels().assign(row_id=labels()["row_id"].astype("Int64").where(labels().index > 2))),
            "ids are whole numbers in the rows, missing in 3 rows in the labels",
        ),
        ((rows(), labels().assign(late=2)), "1200 of 1200 labels are neither 0 nor 1"),
        ((rows(), labels().assign(late=labels()["late"].where(labels().index > 4))), "5 of 1200 labels are neither"),
        ((rows(), labels().assign(late="1")), "the labels are"),
        ((rows(), labels().drop(columns="late")), "there is no column 'late'"),
        ((rows()[:0], labels()[:0]), "there are no rows"),
        ((rows().drop(columns="a"), labels()), "the evaluation rows lack features: a"),
    ],
)  # fmt: skip
def test_rows_and_labels_must_match_one_to_one(lab: Lab, frames: tuple[pandas.DataFrame, ...], said: str) -> None:
    contents = {EVALUATION: parquet(frames[0]), LABELS: parquet(frames[1])}
    lab.commit(lab.track(contents), branch="work")
    says(lab.run("gate"), said)


def test_a_table_that_is_none_is_refused(lab: Lab) -> None:
    lab.commit(lab.track({LABELS: b"late,row_id\n1,2\n"}), branch="work")
    says(lab.run("gate"), "toy: refused (no check could judge it)", "data/labels.parquet: not readable as Parquet")


@pytest.mark.parametrize("path", [EVALUATION, LABELS])
def test_a_table_that_ends_too_early_is_refused(lab: Lab, path: str) -> None:
    whole = parquet(rows() if path == EVALUATION else labels())
    lab.commit(lab.track({path: whole[:-100]}), branch="work")
    says(lab.run("gate"), f"{path}: not readable as Parquet")


def test_groups_that_the_rows_do_not_name_refuse(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY.replace("slice: {by: place}", "slice: {by: sex}")})
    lab.candidate(other_good())
    says(lab.run("gate"), "quality/auc-each-place", "roc_auc is not measured: the evaluation rows have no column 'sex'")


def test_labels_that_dvc_does_not_track_are_refused(lab: Lab) -> None:
    kept = {path: pin for path, pin in lab.locked().items() if path != LABELS}
    lab.commit({"dvc.lock": lock(kept)}, branch="work")
    says(lab.run("gate"), "data/labels.parquet: not under DVC")


def test_a_swapped_cache_object_is_noticed(lab: Lab) -> None:
    lab.candidate(other_good())
    lab.cached(lab.digest(LABELS)).write_bytes(parquet(labels().assign(late=0)))
    says(lab.run("gate"), "data/labels.parquet: the cache holds other bytes", exit_code=4)


@pytest.mark.parametrize(
    ("md5", "said", "exit_code"),
    [
        ("0" * 32, "not in the DVC cache; run `dvc fetch` for this commit first", 4),
        ("../../../../etc/passwd", "is not an MD5 digest", 3),
    ],
)
def test_a_forged_lock_names_nothing_that_is_read(lab: Lab, md5: str, said: str, exit_code: int) -> None:
    lab.commit({"dvc.lock": lock({**lab.locked(), MODEL: (md5, 1)})}, branch="work")
    says(lab.run("gate"), said, exit_code=exit_code)


def test_a_lock_that_leaves_the_repository_is_refused(lab: Lab) -> None:
    lab.commit({"dvc.lock": lock({**lab.locked(), "../outside": ("0" * 32, 1)})}, branch="work")
    says(lab.run("gate"), "leaves the repository", exit_code=3)


def test_a_tag_named_like_the_base_does_not_judge(lab: Lab) -> None:
    soft = lab.commit({"policies/quality.yaml": LOOSE}, branch="soft")
    lab.git("tag", "main", soft)
    lab.git("tag", "only-a-tag", soft)
    lab.git("checkout", "-q", "-b", "work")
    lab.commit(lab.track({MODEL: poor()}))
    says(lab.run("gate", "--base", "main"), "roc_auc is 0.5627, policy asks >= 0.7")
    says(lab.run("gate", "--base", "only-a-tag"), "there is no branch 'only-a-tag' here", exit_code=3)


def test_a_local_base_that_is_behind_the_remote_does_not_judge(lab: Lab) -> None:
    strict = QUALITY.replace("threshold: 0.7", "threshold: 0.99")
    ahead = lab.commit({"policies/quality.yaml": strict}, branch="ahead")
    lab.git("update-ref", "refs/remotes/origin/main", ahead)
    lab.git("checkout", "-q", "main")
    lab.candidate(other_good())
    says(lab.run("gate", "--base", "main"), "gate/stale")


def test_the_remote_branch_judges_where_there_is_no_local_one(lab: Lab) -> None:
    soft = lab.commit({"policies/quality.yaml": LOOSE}, branch="soft")
    lab.git("tag", "main", soft)
    lab.git("update-ref", "refs/remotes/origin/main", "refs/heads/main")
    lab.git("checkout", "-q", "-b", "work", "refs/heads/main")
    lab.commit(lab.track({MODEL: poor()}))
    lab.git("branch", "-q", "-D", "main", "soft")
    says(lab.run("gate", "--base", "main"), "roc_auc is 0.5627, policy asks >= 0.7")


def test_a_replaced_commit_is_read_as_it_was(lab: Lab) -> None:
    soft = lab.commit({"policies/quality.yaml": LOOSE}, branch="soft")
    lab.git("checkout", "-q", "main")
    lab.candidate(poor())
    lab.git("replace", lab.git("rev-parse", "refs/heads/main").strip(), soft)
    says(lab.run("gate"), "policy asks >= 0.7")


def test_scores_that_are_not_numbers_refuse(lab: Lab) -> None:
    model = trained()
    model.coef_ = numpy.full_like(model.coef_, numpy.nan)
    lab.candidate(dumped(model))
    says(lab.run("gate"), "quality/auc", "roc_auc is not measured: 1200 of 1200 scores are not finite numbers")


class Canary:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def _pickled(path: Path) -> bytes:
    import pickle

    return pickle.dumps(Canary(path))


def _skops_of(schema: dict[str, object]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("schema.json", json.dumps({"protocol": 2, "_skops_version": "0.13.0", **schema}))
    return written.getvalue()


def _skops_that_calls(path: Path) -> bytes:
    """A skops file whose object is the result of os.system, for whoever trusts it."""
    text = {**_node("str", "JsonNode", 2), "content": json.dumps(f"touch {path}"), "is_json": True}
    keys = {**_node("list", "ListNode", 3), "content": []}
    return _skops_of(
        {
            "__class__": "system",
            "__module__": "os",
            "__loader__": "LossNode",
            "__reduce__": {"args": {**_node("tuple", "TupleNode", 4), "content": [text]}},
            "content": {**_node("dict", "DictNode", 5), "content": {}, "key_types": keys},
        }
    )


def _node(class_: str, loader: str, number: int) -> dict[str, object]:
    return {"__class__": class_, "__module__": "builtins", "__loader__": loader, "__id__": number}


@pytest.mark.parametrize("made", [_pickled, _skops_that_calls])
def test_a_malicious_model_file_is_refused_and_nothing_in_it_runs(lab: Lab, tmp_path: Path, made: object) -> None:
    canary = tmp_path / "canary"
    lab.candidate(made(canary))
    says(lab.run("gate"), "toy: models/toy.skops: it was not scored: ")
    assert not canary.exists()


def test_the_call_in_a_skops_file_is_made_where_somebody_trusts_it(tmp_path: Path) -> None:
    skops.io.loads(_skops_that_calls(tmp_path / "canary"), trusted=["os.system"])
    assert (tmp_path / "canary").exists()


def test_no_value_of_a_row_stands_in_what_a_library_says_of_it(lab: Lab) -> None:
    named = rows()
    named["a"] = named["a"].astype(object).where(named["row_id"] != 7, "Jane Doe")
    lab.commit(lab.track({EVALUATION: parquet(named.astype({"a": str}))}), branch="work")
    for format_ in FORMATS:
        result = lab.run("gate", "--format", format_, "--receipt", str(lab.root.parent / "receipt.json"))
        assert "it fails on the evaluation rows: could not convert string to float" in " ".join(result.output.split())
        assert "Doe" not in result.output
    assert "Doe" not in (lab.root.parent / "receipt.json").read_text()


def test_a_regressor_is_no_classifier(lab: Lab) -> None:
    lab.candidate(dumped(LinearRegression().fit(frame()[["a"]], frame()["late"])))
    says(lab.run("gate"), "it is no classifier of 0 and 1 with probabilities")


def test_the_scorer_gets_no_token_and_no_labels(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_ENV", "PYTHONPATH", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in confined._environment().values()


def test_what_scores_a_model_tells_nobody_and_finds_no_labels(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        _, port = canary.getsockname()
        calls = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
        forks = f"import os; os.fork() or exec({calls!r})"
        reads = f"open({str(lab.cached(lab.digest(LABELS)))!r}, 'rb').read()"
        writes = f"open({str(lab.root / 'policies/quality.yaml')!r}, 'w')"
        for code in (calls, forks, reads, writes):
            with pytest.raises(ToolError, match=r"PermissionError: \[Errno"):
                confined.wait(confined.begin("timeit", "-n1", "-r1", code, folder=folder))
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert (lab.root / "policies/quality.yaml").read_text() == QUALITY


def test_the_report_and_the_receipt_say_what_the_scorer_could_not_reach(lab: Lab) -> None:
    lab.candidate(other_good())
    held = "without the network, other processes, files outside of its folder"
    says(lab.run("gate"), f"scorer of toy {held}", exit_code=0)
    note = lab.git("notes", "--ref", "gitmlops/receipts", "show", "HEAD^{tree}")
    receipt = statement.read(note.encode(), path="note")
    assert list(receipt.subjects[0].confinement) == held.removeprefix("without ").split(", ")


def test_a_system_that_cannot_confine_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "offered", lambda: False)
    lab.candidate(other_good())
    told = "this system lets the process that scores a model reach files outside of its folder; judge on Linux"
    says(lab.run("gate"), told, "scorer of toy without the network, other processes checks of toy", exit_code=0)


def test_a_model_file_that_asks_for_more_memory_than_there_may_be_is_refused(lab: Lab) -> None:
    table = frame()
    greedy = make_pipeline(PolynomialFeatures(2), LogisticRegression()).fit(table[["a", "b"]], table["late"])
    greedy[0]._n_out_full = 1_100_000  # columns of 1,200 numbers: 9.8 GiB
    lab.candidate(dumped(greedy))
    says(
        lab.run("gate"), "toy: models/toy.skops: it was not scored: it takes more than 8 GiB of memory; make it smaller"
    )


def test_a_model_that_takes_too_long_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_SECONDS", 0.001)
    lab.candidate(other_good())
    says(lab.run("gate"), "toy: models/toy.skops: it was not scored: it takes longer than 0.001 seconds; give it less")


def test_a_python_file_of_the_repository_is_not_imported_by_the_scorer(lab: Lab, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    code = f"open({str(canary)!r}, 'w')\n"
    lab.candidate(other_good(), **{"sklearn.py": code, "platform.py": code, "gitmlops/gate/evidence/scorer.py": code})
    assert lab.run("gate").exit_code == 0
    assert not canary.exists()


def test_a_policy_that_says_a_key_twice_is_a_mistake_with_both_places(lab: Lab) -> None:
    twice = QUALITY.replace("  threshold: 0.7\n", "  threshold: 0.7\n  threshold: 0.1\n")
    lab.candidate(poor(), **{"policies/quality.yaml": twice})
    says(
        lab.run("gate"),
        "policies/quality.yaml:12:3: the key 'threshold' is here twice (first on line 11); keep one",
        exit_code=3,
    )


def test_checks_that_are_advisory_alone_judge_nobody(lab: Lab) -> None:
    lab.commit({"policies/quality.yaml": QUALITY.replace("hard-mandatory", "soft-mandatory")})
    lab.candidate(other_good())
    said = "no mandatory check judged it: no policy of the base has a hard-mandatory check for it"
    says(lab.run("gate"), said)


def test_nan_as_a_threshold_on_the_base_is_a_mistake_with_its_place(lab: Lab) -> None:
    lab.git("checkout", "-q", "main")
    lab.commit({"policies/quality.yaml": QUALITY.replace("threshold: 0.7", "threshold: .nan")})
    lab.candidate(poor())
    says(lab.run("gate"), "policies/quality.yaml:11:14: ", exit_code=3)


def test_a_check_that_divides_by_zero_or_compares_with_nothing_is_a_mistake(lab: Lab) -> None:
    lab.candidate(other_good(), **{"policies/quality.yaml": QUALITY.replace("  margin: 0.01\n", "")})
    says(lab.run("gate"), "policies/quality.yaml:21:7: noninferior by how much?", exit_code=3)


@pytest.mark.parametrize("place", ["policies", "models", "features/views", "components/train/more", "gitmlops.yaml"])
def test_a_link_in_the_place_of_definitions_is_refused(lab: Lab, tmp_path: Path, place: str) -> None:
    lab.git("checkout", "-q", "-b", "work")
    if (lab.root / place).exists():
        lab.git("rm", "-q", "-r", "--cached", place)
        (lab.root / place).rename(tmp_path / "moved")
    (lab.root / place).symlink_to(tmp_path / "moved")
    lab.git("add", place)
    lab.git("commit", "-q", "-m", "link")
    result = lab.run("gate", "--head", "work")
    says(result, f"{place}:1:1: a symbolic link where definitions are; commit the files themselves here", exit_code=3)


def test_a_submodule_in_the_place_of_definitions_is_refused(lab: Lab) -> None:
    lab.git("checkout", "-q", "-b", "work")
    lab.git("rm", "-q", "-r", "policies")
    commit = lab.git("rev-parse", "HEAD").strip()
    lab.git("update-index", "--add", "--cacheinfo", f"160000,{commit},policies")
    (lab.root / ".gitmodules").write_text('[submodule "p"]\n\tpath = policies\n\turl = ../p\n\tignore = all\n')
    lab.git("add", ".gitmodules")
    lab.git("commit", "-q", "-m", "submodule")
    says(lab.run("gate", "--head", "work"), "policies:1:1: a submodule where definitions are", exit_code=3)


def test_a_pointer_of_lfs_is_no_definition(lab: Lab) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    lab.commit({"policies/quality.yaml": pointer}, branch="work")
    says(lab.run("gate"), "policies/quality.yaml:1:1: ", exit_code=3)


def test_code_of_the_branch_is_not_run_and_says_nothing_to_the_workflow(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "github-output"
    for name in ("GITHUB_ENV", "GITHUB_OUTPUT"):
        monkeypatch.setenv(name, str(said))
    speaks = f"open({str(said)!r}, 'a').write('passed=true')\nprint('verdict: passed')\n"
    files = ("components/train/train.py", "conftest.py", "platform.py", "sitecustomize.py", "numpy.py", "sklearn.py")
    lab.candidate(poor(), **dict.fromkeys(files, speaks))
    result = lab.run("gate")
    says(result, "roc_auc is 0.5627, policy asks >= 0.7")
    assert "verdict: passed" not in result.output
    assert not said.exists()


def test_a_removed_model_is_told(lab: Lab) -> None:
    lab.git("checkout", "-q", "-b", "work")
    lab.git("rm", "-q", "models/toy.yaml")
    lab.commit()
    says(lab.run("gate"), "removes the model toy: nothing judges it", "risk-sme (@acme/risk)", exit_code=0)
