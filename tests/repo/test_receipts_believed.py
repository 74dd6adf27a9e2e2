"""What `model register` believes of a receipt: forged, copied and outdated ones in real repositories."""

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, CHECKS, POLICY, clone, done, judge, tags, team, train

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.signing import signatures
from gitmlops.gate.evidence import looks
from gitmlops.records.canonical import encode
from gitmlops.records.envelope import opened, sealed, signed_bytes
from gitmlops.records.look import Look
from gitmlops.records.receipt import CheckResult, Digest, FirstReceipt, Receipt
from gitmlops.registry.files import receipt_notes

AUC, SPEED = CHECKS


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    return team(tmp_path)


def refused(repo: GitRepo) -> str:
    """The refusal that registering main's tip ends with; no tag is written."""
    repo.git("push", "-q", "--force", "origin", "main")
    result = repo.run("model", "register", "churn")
    assert result.exit_code == 1, result.output
    assert tags(repo) == []
    return str(result.stderr)


def registered(repo: GitRepo) -> None:
    repo.git("push", "-q", "--force", "origin", "main")
    done(repo, "register", "churn")


def tree(repo: GitRepo, commit: str = "HEAD") -> str:
    return repo.git("rev-parse", f"{commit}^{{tree}}").strip()


def put(repo: GitRepo, line: bytes) -> None:
    """A line by hand on the tree of HEAD."""
    notes.add(Repository(repo.root), notes.RECEIPTS, tree(repo), line)


def passed(**changes: Any) -> CheckResult:
    """The mandatory check, with something changed."""
    return msgspec.structs.replace(AUC, **changes)


# --- another tree ---


def test_a_merge_that_adds_what_nobody_tested_is_refused(work: GitRepo) -> None:
    work.git("switch", "-q", "-c", "branch")
    train(work, "good")
    judge(work)
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--no-ff", "--no-commit", "branch")
    work.commit({ARTIFACT: "evil"}, message="Merge branch")
    assert "no gate has judged commit" in refused(work)


def test_a_squash_of_commits_that_came_after_the_verdict_is_refused(work: GitRepo) -> None:
    work.git("switch", "-q", "-c", "branch")
    train(work, "good")
    judge(work)
    train(work, "worse")
    work.git("switch", "-q", "main")
    work.git("merge", "-q", "--squash", "branch")
    work.commit(message="squashed")
    assert "no gate has judged commit" in refused(work)


def test_a_merge_of_a_branch_that_was_tested_beside_an_older_main_is_refused(work: GitRepo) -> None:
    work.git("switch", "-q", "-c", "branch")
    train(work, "good")
    judge(work)
    work.git("switch", "-q", "main")
    work.commit({"README.md": "meanwhile"})
    work.git("merge", "-q", "--no-ff", "--no-edit", "branch")
    assert "no gate has judged commit" in refused(work)


# --- replayed ---


def test_a_receipt_copied_from_another_commit_is_refused(work: GitRepo) -> None:
    train(work, "good")
    line = receipt_notes.written(judge(work))
    work.commit({"README.md": "other"})
    put(work, line)
    assert "is for another tree" in refused(work)


def test_a_receipt_of_another_repository_is_refused(work: GitRepo) -> None:
    train(work, "good")
    judge(work, repository="git+https://example.com/fork/test")
    assert "is for another repository: git+https://example.com/fork/test" in refused(work)


def test_a_receipt_of_another_model_is_refused(work: GitRepo) -> None:
    train(work, "good")
    judge(work, model="other")
    assert "does not judge churn" in refused(work)


def test_a_receipt_by_the_rules_of_an_older_base_is_refused(work: GitRepo) -> None:
    loose = work.git("rev-parse", "HEAD").strip()
    work.commit({"policies/quality.yaml": POLICY.replace("0.68", "0.9").replace("1.0.0", "1.1.0")})
    train(work, "good")
    judge(work, base=loose)
    assert f"was judged by older rules than main had before it (main at {loose[:12]})" in refused(work)


def test_a_receipt_from_before_a_rebase_is_believed_where_the_rules_are_the_same(work: GitRepo) -> None:
    base = work.git("rev-parse", "HEAD").strip()
    work.commit({"README.md": "first commit of the branch"})
    train(work, "good")
    judge(work, base=base)
    registered(work)


def test_a_receipt_of_the_first_version_is_no_receipt(work: GitRepo) -> None:
    train(work, "good")
    kept = judge(work, verdict="refused", time="2026-03-03T09:00:00Z")
    old = FirstReceipt("main", kept.base, kept.head, kept.tree, "passed", kept.subjects, "t", time="2026-03-04")
    notes.add(Repository(work.root), notes.RECEIPTS, kept.tree, encode(old))
    assert "says refused" in refused(work)
    work.git("update-ref", "-d", notes.RECEIPTS)
    put(work, encode(old))
    assert "is of a version of gitmlops that did not name what it judged by" in refused(work)


# --- edited ---


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"checks": (passed(outcome="failed"), SPEED)}, "says passed, and in it quality/auc failed"),
        (
            {"checks": (passed(outcome="insufficient_evidence", value=""), SPEED)},
            "says passed, and in it quality/auc had not enough evidence",
        ),
        (
            {"checks": (passed(value="0.61"), SPEED)},
            "says that quality/auc passed, with 0.61 where >= 0.68 is asked",
        ),
        ({"checks": (passed(value="nan"), SPEED)}, "says that quality/auc passed, with nan where >= 0.68 is asked"),
        ({"checks": (passed(value=""), SPEED)}, "says that quality/auc passed, with no value where >= 0.68 is asked"),
        ({"checks": (passed(threshold="0.5"), SPEED)}, "has the check quality/auc, which no policy asks like that"),
        (
            {"checks": (passed(enforcement="advisory", outcome="failed"), SPEED)},
            "has the check quality/auc, which no policy asks like that",
        ),
        ({"checks": (passed(policy_version="0.9.0"), SPEED)}, "has the check quality/auc, which no policy asks"),
        ({"checks": (AUC, SPEED, passed(check="fine"))}, "has the check quality/fine, which no policy asks like that"),
        ({"checks": (SPEED,)}, "lacks the check quality/auc, which the policies ask"),
        ({"checks": ()}, "lacks the check quality/auc, which the policies ask"),
        ({"checks": (passed(outcome="waived"), SPEED)}, "says that quality/auc is waived, and the base has no waiver"),
        (
            {"checks": (passed(outcome="not_applicable", value=""), SPEED)},
            "says passed, and no hard-mandatory check of the base judged the model",
        ),
        ({"policy_files": ()}, "was not judged by policies/quality.yaml as the base has it"),
        (
            {"policy_files": (Digest("policies/quality.yaml", "0" * 64, 7),)},
            "was not judged by policies/quality.yaml as the base has it",
        ),
        ({"content": b"another file"}, "is for other bytes of models/churn.skops"),
        ({"artifact": Digest("models/other.skops", "0" * 64, 7)}, "is for models/other.skops"),
    ],
)
def test_a_receipt_with_an_edited_field_is_refused(work: GitRepo, changes: dict[str, Any], said: str) -> None:
    train(work, "good")
    judge(work, **changes)
    assert said in refused(work)


def test_an_edit_beside_our_part_of_the_statement_is_told(work: GitRepo) -> None:
    train(work, "good")
    judge(work)
    note = work.git("notes", "--ref", notes.RECEIPTS, "show", tree(work))
    work.git("update-ref", "-d", notes.RECEIPTS)
    put(work, note.replace("PASSED", "FAILED").encode().strip() + b"\n")
    result = work.run("model", "register", "churn", "--local")
    assert result.exit_code == 3
    assert "the statement and the receipt in it differ; let the gate judge again" in result.stderr


def test_a_check_that_somebody_calls_gate_is_no_receipt(work: GitRepo) -> None:
    commit = train(work, "good")
    for ref in ("commits", "gitmlops/checks", "gitmlops/gate"):
        work.git("notes", "--ref", ref, "add", "-m", json.dumps({"context": "gate", "state": "success"}), commit)
    work.git("push", "-q", "origin", "refs/notes/*:refs/notes/*")
    assert "no gate has judged commit" in refused(work)


# --- signed ---


def key(folder: Path, name: str) -> Path:
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def listing(*keys: Path) -> str:
    people = "".join(f'  {one.name}: {{keys: ["{one.with_suffix(".pub").read_text().strip()}"]}}\n' for one in keys)
    members = ", ".join(f'"@{one.name}"' for one in keys)
    return f"project: test\npeople:\n{people}roles: {{gate: [{members}]}}\nsigners: {{receipts: [gate]}}\n"


@pytest.fixture
def workflow(work: GitRepo, tmp_path: Path) -> Path:
    """The key of the one who may sign, as main says; a model is waiting."""
    found = key(tmp_path, "workflow")
    work.commit({"gitmlops.yaml": listing(found)})
    train(work, "good")
    return found


UNSIGNED = "is signed by one of `signers: receipts` of gitmlops.yaml"


def test_a_receipt_signed_by_who_may_is_believed_in_every_clone(work: GitRepo, workflow: Path) -> None:
    judge(work, key=workflow)
    work.git("push", "-q", "origin", "main", notes.RECEIPTS)
    done(clone(work, "other"), "register", "churn")


def test_unsigned_receipts_do_not_count_where_somebody_is_named(work: GitRepo, workflow: Path) -> None:
    judge(work)
    assert UNSIGNED in refused(work)


def test_a_later_unsigned_receipt_takes_the_place_of_no_signed_one(work: GitRepo, workflow: Path) -> None:
    judge(work, key=workflow, time="2026-03-03T09:00:00Z")
    judge(work, time="2026-03-03T10:00:00Z", verdict="refused")
    put(work, b"looks good to me\n")
    registered(work)


def test_a_receipt_that_a_stranger_signed_does_not_count(work: GitRepo, workflow: Path, tmp_path: Path) -> None:
    judge(work, key=key(tmp_path, "mallory"))
    assert UNSIGNED in refused(work)


def test_the_signature_of_another_receipt_does_not_count(work: GitRepo, workflow: Path) -> None:
    honest = judge(work, key=workflow, verdict="refused", time="2026-03-03T09:00:00Z")
    line = notes.read(Repository(work.root), notes.RECEIPTS, honest.tree)[0]
    _, (signature,) = opened(line, path="x")
    forged = receipt_notes.written(judge(work, time="2026-03-03T10:00:00Z"))
    put(work, encode(sealed(forged, signature, keyid="SHA256:workflow")))
    assert "says refused" in refused(work)


def test_what_a_key_signed_for_another_purpose_does_not_count(work: GitRepo, workflow: Path) -> None:
    line = receipt_notes.written(judge(work))
    other = signatures.sign(signed_bytes(line), key=workflow, namespace="gitmlops-approval")
    put(work, encode(sealed(line, other, keyid="")))
    assert UNSIGNED in refused(work)


def test_a_key_that_main_has_taken_off_the_list_does_not_count(work: GitRepo, workflow: Path, tmp_path: Path) -> None:
    judge(work, key=workflow)
    judged = work.git("rev-parse", "HEAD").strip()
    work.commit({"gitmlops.yaml": listing(key(tmp_path, "successor"))})
    work.git("push", "-q", "origin", "main")
    result = work.run("model", "register", "churn", "--ref", judged)
    assert result.exit_code == 1
    assert UNSIGNED in result.stderr


def test_a_role_without_ssh_keys_is_told_and_nothing_counts(work: GitRepo) -> None:
    gpg = f"project: test\npeople: {{gus: {{gpg: [{'A' * 40}]}}}}\nroles: {{gate: ['@gus']}}\n"
    work.commit({"gitmlops.yaml": f"{gpg}signers: {{receipts: [gate]}}\n"})
    said = work.run("check").output
    assert "nobody of the role 'gate' has a key, so no receipt would count; add `keys:` to one of its" in said
    train(work, "good")
    judge(work)
    assert UNSIGNED in refused(work)


def test_a_receipt_is_signed_after_the_verdict_where_the_key_is(work: GitRepo, workflow: Path, tmp_path: Path) -> None:
    kept: Receipt = judge(work)
    file = tmp_path / "receipt.json"
    file.write_bytes(receipt_notes.written(kept))
    work.git("push", "-q", "origin", "main")
    result = work.run("github", "push-receipts", "--sign", str(file), "--key", str(workflow))
    assert result.exit_code == 0, result.output
    assert "signed receipt kept as a note on tree " in result.stderr
    done(clone(work, "other"), "register", "churn")
    assert work.run("github", "push-receipts", "--sign", str(file), "--key", "nothing").exit_code == 3


# --- what it was compared with, and how sure it had to be ---

COMPARING = """
kind: policy
id: quality
version: 1.0.0
title: Good enough
owner: team
looks: 4
checks:
- {id: auc, metric: roc_auc, op: ">=", threshold: 0.68, enforcement: hard-mandatory}
- {id: speed, metric: roc_auc, op: ">=", threshold: 0.2, enforcement: advisory}
- {id: no-worse, metric: roc_auc, op: noninferior, margin: 0.01, baseline: {ref: production, anchor: last-major},
   enforcement: hard-mandatory}
"""
# Of the first of four looks.
NO_WORSE = CheckResult(
    "quality", "1.0.0", "no-worse", "hard-mandatory", "passed", "roc_auc", "noninferior", "0.71", "-0.01",
    baseline="v1.0.0 0.7", bound="0.001", alpha="0.0125",
)  # fmt: skip


@pytest.fixture
def serving(work: GitRepo) -> GitRepo:
    """v1.0.0 and then v1.1.0 went into production; policies ask for a comparison."""
    work.commit({"policies/quality.yaml": COMPARING})
    for number, content in enumerate(("one", "two")):
        train(work, content)
        for name in (f"churn@v1.{number}.0", f"churn#prod#{number + 1}"):
            work.git("tag", "-a", "-m", "release", name)
    train(work, "three")
    return work


def compared(repo: GitRepo, **changes: Any) -> None:
    """A receipt that compares as policies ask today, but for the changes."""
    baseline = msgspec.structs.replace(NO_WORSE, baseline="v1.1.0 0.7")
    rows, labels = (Digest(f"data/{name}.parquet", "e" * 64, 1) for name in ("evaluation", "labels"))
    given = {"production": "v1.1.0", "checks": (AUC, SPEED, NO_WORSE, baseline), "data": (rows, labels), **changes}
    judge(repo, **given)


def test_a_receipt_that_compares_with_what_serves_and_with_the_anchor_is_believed(serving: GitRepo) -> None:
    compared(serving)
    serving.git("push", "-q", "--tags", "origin", "main")
    assert "churn@v1.2.0" in done(serving, "register", "churn", "--version", "v1.2.0", "--dry-run")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"production": "v1.0.0"}, "compares with v1.0.0 in production, where v1.1.0 is now"),
        ({"production": ""}, "compares with nothing in production, where v1.1.0 is now"),
        (
            {"checks": (AUC, SPEED, msgspec.structs.replace(NO_WORSE, baseline="v1.1.0 0.7"))},
            "does not compare quality/no-worse with v1.0.0, the first version of its major",
        ),
        (
            {"checks": (AUC, SPEED, NO_WORSE, msgspec.structs.replace(NO_WORSE, alpha="0.05"))},
            "says that quality/no-worse was judged at an alpha of 0.05, look 1 leaves 0.0125",
        ),
        (
            {"checks": (AUC, SPEED, NO_WORSE, msgspec.structs.replace(NO_WORSE, alpha=""))},
            "says that quality/no-worse was judged at an alpha of none, look 1 leaves 0.0125",
        ),
        ({"attempt": 5}, "says that quality/no-worse passed at look 5, and the budget of its policy was spent"),
    ],
)
def test_a_receipt_of_an_easier_day_is_refused(serving: GitRepo, changes: dict[str, Any], said: str) -> None:
    compared(serving, **changes)
    serving.git("push", "-q", "origin", "main")
    result = serving.run("model", "register", "churn", "--version", "v1.2.0")
    assert result.exit_code == 1, result.output
    assert said in result.stderr
    assert "churn@v1.2.0" not in tags(serving)


def test_a_receipt_from_before_a_promotion_is_judged_again(serving: GitRepo) -> None:
    serving.git("tag", "-d", "churn#prod#2")
    compared(serving, production="v1.0.0")
    serving.git("push", "-q", "--tags", "origin", "main")
    assert "churn@v1.2.0" in done(serving, "register", "churn", "--version", "v1.2.0", "--dry-run")
    serving.git("tag", "-a", "-m", "release", "churn#prod#2", "churn@v1.1.0^{commit}")
    result = serving.run("model", "register", "churn", "--version", "v1.2.0")
    assert "compares with v1.0.0 in production, where v1.1.0 is now" in result.stderr
    assert "run `gitmlops gate --base" in result.stderr


def test_an_earlier_time_than_that_of_looks_hides_none_of_them(serving: GitRepo) -> None:
    compared(serving, time="2001-01-01T00:00:00Z")
    look = Look("churn", "f" * 64, "e" * 64, "a", "b", "refused", "2026-03-03T00:00:00Z")
    looks.record(Repository(serving.root), look)
    serving.git("push", "-q", "origin", "main")
    result = serving.run("model", "register", "churn", "--version", "v1.2.0")
    assert "was judged as look 1 at its evaluation set, and it was look 2" in result.stderr
