"""Looks at an evaluation set are counted, so that nobody tries until one passes by luck."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.gate_lab import EVALUATION, LABELS, QUALITY, Lab, dumped, labels, other_good, parquet, rows, says, trained

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.gate.evidence import looks
from gitmlops.records import statement
from gitmlops.records.look import Look
from gitmlops.records.receipt import Subject

SURELY = QUALITY.replace("threshold: 0.7\n", "threshold: 0.79\n  decide: bound\n")


@pytest.fixture
def surely(lab: Lab) -> Lab:
    """The AUC must surely be 0.79; origin has what main has."""
    there = lab.root.parent / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(there)], check=True)
    lab.git("remote", "add", "origin", str(there))
    lab.commit({"policies/quality.yaml": SURELY})
    lab.git("push", "-q", "origin", "main")
    return lab


def retrained(lab: Lab, regularisation: float) -> None:
    """The same data, another model file, on a branch of its own from main."""
    lab.git("checkout", "-q", "main")
    lab.candidate(dumped(trained(regularisation=regularisation)))


def subject(lab: Lab) -> Subject:
    kept = statement.read((lab.root / "receipt.json").read_bytes(), path="receipt.json")
    return kept.subjects[0]


def counted(lab: Lab) -> list[Look]:
    listed = lab.git("notes", "--ref", notes.LOOKS, "list").split()
    lines = lab.git("cat-file", "blob", listed[0]).splitlines() if listed else []
    return [Look(**{key: value for key, value in json.loads(line).items() if key != "schema"}) for line in lines]


def test_trying_until_one_passes_gets_harder_with_each_file_and_never_with_the_same_one(surely: Lab) -> None:
    retrained(surely, 0.1)
    first = surely.git("rev-parse", "HEAD").strip()
    says(
        surely.run("gate", "--counted"),
        "roc_auc is 0.8148, at least 0.7909 (confidence 0.9696 at look 1), policy asks >= 0.79",
        "look 1 at its evaluation set; 2 checks decide by a limit, which is the surer for it; 2 checks decide by a",
        "look 1 of toy at its evaluation set counted",
        exit_code=0,
    )
    retrained(surely, 0.05)
    says(
        surely.run("gate", "--counted"),
        "roc_auc is 0.8148, at least 0.7835 (confidence 0.9924 at look 2), policy asks >= 0.79",
        "look 2 of toy at its evaluation set counted",
    )
    says(surely.run("gate", "--counted", "--receipt", str(surely.root / "receipt.json")), "at look 2")
    assert (subject(surely).attempt, subject(surely).checks[0].alpha) == (2, "0.0075991")
    assert subject(surely).checks[1].alpha == "", "a point has no alpha"
    surely.git("checkout", "-q", first)
    says(surely.run("gate", "--counted"), "(confidence 0.9696 at look 1)", "toy: passed", exit_code=0)
    assert [(look.verdict, look.model) for look in counted(surely)].count(("refused", "toy")) >= 1
    assert len({look.model_sha256 for look in counted(surely)}) == 2


def test_a_run_that_does_not_count_knows_of_looks_and_leaves_none(surely: Lab) -> None:
    retrained(surely, 0.1)
    assert surely.run("gate", "--counted").exit_code == 0
    retrained(surely, 0.05)
    for _ in range(2):
        says(surely.run("gate"), "at look 2")
    assert surely.run("gate", "--counted", "--dry-run").exit_code == 1
    assert len(counted(surely)) == 1


def test_a_budget_is_shared_evenly_and_then_spent(surely: Lab) -> None:
    surely.commit({"policies/quality.yaml": SURELY + "looks: 2\n"}, branch="main")
    retrained(surely, 0.1)
    says(surely.run("gate", "--counted"), "(confidence 0.975 at look 1)")
    retrained(surely, 0.05)
    says(surely.run("gate", "--counted"), "(confidence 0.975 at look 2)")
    retrained(surely, 0.02)
    says(
        surely.run("gate", "--counted"),
        "quality/auc",
        "roc_auc is not measured: this is look 3 at one evaluation set, its budget is 2: bring a fresh evaluation set",
    )
    surely.commit(surely.track({EVALUATION: parquet(rows()[100:]), LABELS: parquet(labels()[100:])}))
    says(
        surely.run("gate", "--counted"), "(confidence 0.975 at look 1)", "the branch changes the evaluation set of toy"
    )


def test_looks_that_two_jobs_count_at_once_are_both_known_to_the_next(surely: Lab, tmp_path: Path) -> None:
    labels_sha256 = "1" * 64
    jobs = [Lab(tmp_path / name) for name in ("first", "second")]
    for job in jobs:
        surely.git("clone", "-q", str(surely.root.parent / "origin.git"), str(job.root))
        name = job.root.name
        look = Look("toy", name * 8, labels_sha256, "a", "b", "refused", f"2026-03-03T0{len(name)}:00:00Z")
        looks.record(Repository(job.root), look)
    for job in (*jobs, jobs[0]):
        assert job.run("github", "push-receipts").exit_code == 0
    for job in jobs:
        known = looks.taken(Repository(job.root), labels_sha256)
        assert looks.attempt(known, "toy", "third") == 3
        assert looks.attempt(known, "toy", "second" * 8) == 2
        assert looks.attempt(known, "other", "third") == 1


def test_a_counted_run_that_cannot_ask_for_looks_does_not_judge(surely: Lab) -> None:
    retrained(surely, 0.1)
    shutil.move(surely.root.parent / "origin.git", surely.root.parent / "elsewhere.git")
    says(surely.run("gate", "--counted"), "origin does not answer", exit_code=4)
    assert surely.run("gate").exit_code == 0


def test_a_look_that_somebody_broke_stops_the_count(surely: Lab) -> None:
    retrained(surely, 0.1)
    assert surely.run("gate", "--counted").exit_code == 0
    target = surely.git("notes", "--ref", notes.LOOKS, "list").split()[1]
    notes.add(Repository(surely.root), notes.LOOKS, target, b"never mind\n")
    says(surely.run("gate"), "looks at ", exit_code=3)


def test_a_receipt_of_a_run_that_knew_no_looks_is_no_ground_for_a_version(surely: Lab) -> None:
    unknowing = surely.root.parent / "unknowing"
    retrained(surely, 0.02)
    shutil.copytree(surely.root, unknowing)
    retrained(surely, 0.1)
    assert surely.run("gate", "--counted").exit_code == 0
    assert surely.run("github", "push-receipts").exit_code == 0
    person = Lab(unknowing)
    assert person.run("gate").exit_code == 0
    person.git("checkout", "-q", "main")
    person.git("merge", "-q", "--ff-only", "work")
    person.git("push", "-q", "origin", "main")
    result = person.run("model", "register", "toy")
    says(result, "was judged as look 1 at its evaluation set, and it was look 2")


def test_what_a_look_tells_is_rounded(surely: Lab) -> None:
    surely.commit({"policies/quality.yaml": QUALITY}, branch="main")
    surely.commit(surely.track({"models/toy.skops": other_good()}), branch="work")
    result = surely.run("gate", "--format", "json", "--receipt", str(surely.root / "receipt.json"))
    for check in subject(surely).checks:
        for number in (check.value, check.bound, *(check.interval or ())):
            assert len(number.partition(".")[2]) <= 4, number
    told = [row["value"] for table in json.loads(result.stdout)["tables"] for row in table["rows"] if "value" in row]
    assert told
    assert all(len(str(value).partition(".")[2]) <= 4 for value in told)
