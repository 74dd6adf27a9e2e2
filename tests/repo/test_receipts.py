"""The gate's receipt as it is kept: the same on every machine, readable by others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.gate_lab import EVALUATION, LABELS, MODEL, Lab, other_good

from gitmlops.records import statement
from gitmlops.records.canonical import encode
from gitmlops.records.receipt import Receipt


def machine(lab: Lab, place: str, **environment: str) -> Receipt:
    """The receipt of the gate in a clone of its own, in a process of its own."""
    there = lab.root.parent / place / "toys"
    lab.git("clone", "-q", "--branch=work", lab.root.as_uri(), str(there))
    shutil.copytree(lab.root / ".dvc" / "cache", there / ".dvc" / "cache")
    file = there.parent / "receipt.json"
    command = [sys.executable, "-m", "gitmlops", "-C", str(there), "gate", "--base", "main", "--receipt", str(file)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    content = file.read_bytes()
    assert encode(statement.statement(statement.read(content, path="receipt.json"))) == content
    return statement.read(content, path="receipt.json")


@pytest.mark.slow
def test_two_machines_write_the_same_receipt_but_for_time_and_run(lab: Lab) -> None:
    lab.release()
    lab.candidate(other_good())
    first = machine(lab, "one", PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", LC_ALL="C", GITHUB_RUN_ID="1")
    second = machine(
        lab,
        "another/place",
        PYTHONHASHSEED="4711",
        TZ="America/St_Johns",
        LC_ALL="C.utf8",
        GITHUB_SERVER_URL="https://github.com",
        GITHUB_REPOSITORY="acme/toys",
        GITHUB_RUN_ID="17",
    )
    assert (first.run, second.run) == ("", "https://github.com/acme/toys/actions/runs/17")
    assert first.time.endswith("Z")
    alike = [encode(statement.statement(msgspec.structs.replace(one, time="", run=""))) for one in (first, second)]
    assert alike[0] == alike[1]
    assert first.repository == f"git+{lab.root.as_uri()}"


def test_every_file_that_the_verdict_rests_on_is_pinned_with_digest_and_size(lab: Lab) -> None:
    lab.candidate(other_good())
    assert lab.run("gate", "--receipt", str(lab.root / "receipt.json")).exit_code == 0
    kept = statement.read(Path(lab.root / "receipt.json").read_bytes(), path="receipt.json")
    (subject,) = kept.subjects
    assert kept.repository == "pkg:generic/toy"
    assert [digest.path for digest in (subject.artifact, *subject.data)] == [MODEL, EVALUATION, LABELS]
    (policy,) = subject.policy_files
    text = (lab.root / "policies/quality.yaml").read_bytes()
    assert (policy.path, policy.size) == ("policies/quality.yaml", len(text))
    assert {check.evidence for check in subject.checks} == {subject.evidence} == {"scored"}
