"""action.yml, executed: what a workflow gets from it, and what a hostile branch or input does not get from it."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.actions.conftest import ACTION, DEFINITIONS, Gated
from tests.conftest import GitRepo

from gitmlops.records import statement
from gitmlops.registry.files import receipt_notes


def test_branch_that_passes_makes_the_step_pass_and_is_told_in_the_summary(gated: Gated) -> None:
    run = gated.judge("better")
    assert run.passed, run.log
    assert run.outputs["conclusion"] == "success"
    assert run.outputs["passed"] == "true"
    assert run.summary == Path(run.outputs["report-path"]).read_text()
    assert "small" in run.summary
    assert "roc_auc" in run.summary


def test_branch_that_is_refused_fails_the_step_and_the_summary_says_why(gated: Gated) -> None:
    run = gated.judge("no-better")
    assert not run.passed
    assert run.outputs["conclusion"] == "failure"
    assert run.outputs["passed"] == "false"
    assert "performance/auc" in run.summary


@pytest.mark.slow
def test_policies_that_an_organisation_requires_judge_too(gated: Gated) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(gated.folder / "policies")], check=True)
    strict = DEFINITIONS["policies/performance.yaml"].replace("0.7", "0.9999")
    GitRepo(gated.folder / "policies").commit({"policies/performance.yaml": strict})
    run = gated.judge("better", {"required-policies": f"file://{gated.folder}/policies@main"})
    assert run.outputs["conclusion"] == "failure"
    assert "required/performance/auc" in run.summary


def test_receipt_is_given_with_its_digest(gated: Gated) -> None:
    run = gated.judge("better")
    receipt = Path(run.outputs["receipt-path"]).read_bytes()
    assert json.loads(receipt)["predicate"]["verificationResult"] == "PASSED"
    assert statement.read(receipt, path="receipt.json").base_ref == "main"
    assert run.outputs["receipt-digest"] == hashlib.sha256(receipt).hexdigest()


def test_gate_that_cannot_decide_fails_the_step_with_conclusion_error(gated: Gated) -> None:
    gated.origin.git("checkout", "-q", "better")
    gated.origin.commit({"models/small.yaml": "kind: model\nname: [\n"})
    run = gated.judge("better")
    assert not run.passed
    assert run.outputs["conclusion"] == "error"
    assert run.outputs["passed"] == "false"
    assert run.outputs["report-path"] == run.outputs["receipt-path"] == run.outputs["receipt-digest"] == ""
    assert run.summary == "gitmlops could not decide (exit code 3). The log of this job says why.\n"
    assert "models/small.yaml" in run.log


def test_python_that_cannot_start_is_an_error_and_no_refusal(gated: Gated) -> None:
    broken = gated.folder / "gitmlops-broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    ready = Path(gated.actions["actions/setup-python"]({})["python-path"])
    ready.write_text(ready.read_text().replace(f"{Path(sys.executable).parent}/gitmlops", str(broken)))
    gated.actions["actions/setup-python"] = lambda inputs: {"python-path": str(ready)}
    run = gated.judge("better")
    assert not run.passed
    assert run.outputs["conclusion"] == "error"


def test_the_token_reaches_the_gate_and_nothing_that_reads_the_branchs_configuration(gated: Gated) -> None:
    seen, asking = gated.folder / "seen", gated.folder / "gitmlops-asking"
    asking.write_text(
        f'#!/bin/sh\nshift 2\necho "$1 token=$GITHUB_TOKEN $TOKEN git=$GIT_CONFIG_COUNT" >> {seen}\nexit 3\n'
    )
    asking.chmod(0o755)
    ready = Path(gated.actions["actions/setup-python"]({})["python-path"])
    ready.write_text(ready.read_text().replace(f"{Path(sys.executable).parent}/gitmlops", str(asking)))
    gated.actions["actions/setup-python"] = lambda inputs: {"python-path": str(ready)}
    run = gated.judge("better", {"token": "secret"})
    assert seen.read_text().splitlines() == ["github token=  git=", "gate token=secret  git=2"]
    assert "secret" not in run.log


@pytest.mark.slow
def test_report_of_an_earlier_run_is_not_taken_for_this_one(gated: Gated) -> None:
    assert gated.judge("better").passed
    run = gated.runner(base="nowhere").action(ACTION)
    assert run.outputs["conclusion"] == "error"
    assert run.outputs["report-path"] == ""


def test_content_that_is_in_no_remote_is_named(gated: Gated) -> None:
    gated.origin.git("checkout", "-q", "main")
    gated.origin.commit({".dvc/config": ""}, message="No remote")
    gated.origin.git("checkout", "-q", "-B", "better", "better")
    gated.origin.git("rebase", "-q", "main")
    gated.checkout("better")
    run = gated.runner().action(ACTION)
    assert run.outputs["conclusion"] == "error"
    assert "there is no DVC remote" in run.log
    assert "models/small.skops: not in the DVC cache" in run.log


@pytest.mark.slow
def test_model_in_a_stage_is_fetched_for_the_comparison_with_production(gated: Gated) -> None:
    checkout = gated.checkout("better")
    cached = checkout.root / ".dvc" / "cache" / "files"
    assert gated.runner().action(ACTION).passed
    assert len([file for file in cached.rglob("*") if file.is_file()]) == 4  # rows, labels, this model, production's


@pytest.mark.slow
def test_receipt_is_pushed_only_where_that_is_asked_for(gated: Gated) -> None:
    assert gated.judge("better").passed
    assert gated.origin.git("for-each-ref", "refs/notes") == ""
    assert gated.runner().action(ACTION, {"push-receipt": "true"}).passed
    assert gated.origin.git("for-each-ref", "--format=%(refname)", "refs/notes").split() == [
        "refs/notes/gitmlops/looks",
        "refs/notes/gitmlops/receipts",
    ]


@pytest.mark.slow
def test_receipt_is_signed_with_the_key_that_is_given_and_no_other_step_has_it(gated: Gated, tmp_path: Path) -> None:
    key = tmp_path / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    gated.checkout("better")
    run = gated.runner().action(ACTION, {"push-receipt": "true", "signing-key": key.read_text()})
    assert run.passed, run.log
    tree = gated.origin.git("rev-parse", "better^{tree}").strip()
    lines = gated.origin.git("notes", "--ref", "refs/notes/gitmlops/receipts", "show", tree).splitlines()
    public = key.with_suffix(".pub").read_text().strip()
    signed = tuple(receipt_notes.read([line.encode() for line in lines], keys=[public], path="note"))
    assert [one.receipt.verdict for one in signed] == ["passed"]
    assert key.read_text().splitlines()[1] not in run.log
    steps = yaml.safe_load((ACTION / "action.yml").read_text())["runs"]["steps"]
    assert [step["name"] for step in steps if "signing-key" in str(step)] == ["Push the receipt"]


@pytest.mark.slow
@pytest.mark.parametrize(("branch", "conclusion"), [("better", "success"), ("no-better", "failure")])
def test_receipt_that_cannot_be_pushed_fails_the_job_and_leaves_the_verdict(
    gated: Gated, branch: str, conclusion: str
) -> None:
    hook = gated.origin.root / ".git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'Permission denied' >&2\nexit 1\n")
    hook.chmod(0o755)
    run = gated.judge(branch, {"push-receipt": "true"})
    assert not run.passed
    assert run.outputs["conclusion"] == conclusion
    assert "Permission denied" in run.log
    assert "contents: write" in run.log
    assert "The receipt could not be pushed (exit code 4)." in run.summary


@pytest.mark.slow
def test_summary_can_be_switched_off(gated: Gated) -> None:
    run = gated.judge("better", {"summary": "false"})
    assert run.passed
    assert run.summary == ""


@pytest.mark.slow
def test_summary_of_a_very_long_report_is_one_that_github_takes(gated: Gated) -> None:
    # A warning for each policy that judges a model which is not there: 1.3 MB of text, GitHub drops more than 1 MiB.
    scope = "scope: {models: [" + "ä" * 900 + "]}\n"
    policy = DEFINITIONS["policies/performance.yaml"].replace("checks:", scope + "checks:")
    gated.origin.git("checkout", "-q", "better")
    gated.origin.commit({f"policies/p{n}.yaml": policy.replace("performance", f"p{n}") for n in range(600)})
    run = gated.judge("better")
    assert run.passed
    assert "left out" in run.summary


@pytest.mark.slow
def test_project_in_a_folder_and_another_base_can_be_judged(gated: Gated) -> None:
    gated.origin.git("branch", "release", "main")
    gated.checkout("better", folder="project")
    run = gated.runner().action(ACTION, {"working-directory": "project", "base-ref": "release"})
    assert run.passed, run.log
    assert statement.read(Path(run.outputs["receipt-path"]).read_bytes(), path="receipt.json").base_ref == "release"


@pytest.mark.slow
def test_head_that_is_not_checked_out_can_be_judged(gated: Gated) -> None:
    assert not gated.judge("better", {"head-ref": "origin/no-better"}).passed


@pytest.mark.slow
def test_model_that_the_branch_does_not_touch_can_be_judged(gated: Gated) -> None:
    run = gated.judge("main", {"model": "small"})
    assert not run.passed
    assert "performance/auc" in run.summary


HOSTILE = (
    '"; touch pwned; "',
    "$(touch pwned)",
    "`touch pwned`",
    "' ; touch pwned ; '",
    "x\ntouch pwned\n",
    "x\nconclusion=success\npassed=true",
    "--output=pwned",
    "--help",
    "::set-output name=passed::true",
    "${{ github.token }}",
    "\x1b[2J",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["base-ref", "head-ref", "model", "required-policies", "working-directory"])
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_input_is_a_name_that_is_not_there(gated: Gated, name: str, value: str) -> None:
    gated.checkout("better").write({".dvc/config": ""})
    run = gated.runner().action(ACTION, {name: value})
    assert not run.passed
    assert run.outputs["conclusion"] == "error"
    assert run.outputs["passed"] == "false"
    assert not run.commands
    assert not list(gated.folder.rglob("pwned"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["$(touch${IFS}pwned)", "`touch${IFS}pwned`", '";touch${IFS}pwned;"', "--help", "a'b"])
def test_hostile_branch_names_are_only_names(gated: Gated, name: str) -> None:
    gated.origin.git("update-ref", f"refs/heads/{name}", "main")
    gated.checkout("main").write({".dvc/config": ""})
    run = gated.runner(base=name).action(ACTION)
    assert run.passed, run.log
    assert not [found for found in gated.folder.rglob("pwned") if ".git" not in found.parts]


def test_file_that_speaks_to_the_runner_is_not_heard(gated: Gated) -> None:
    gated.origin.git("checkout", "-q", "better")
    gated.origin.commit({"models/small.yaml": 'kind: model\n"\\n::set-output name=passed::true\\n": 1\n'})
    run = gated.judge("better")
    assert run.outputs["passed"] == "false"
    assert not run.commands


def test_modules_of_the_branch_are_not_imported(gated: Gated) -> None:
    gated.origin.git("checkout", "-q", "better")
    trap = "open('pwned', 'w').close()\n"
    gated.origin.commit(
        {f"{name}.py": trap for name in ("dvc", "pip", "venv", "platform", "click", "yaml", "gitmlops")}
    )
    assert gated.judge("better").passed
    assert not list(gated.folder.rglob("pwned"))


@pytest.mark.slow
def test_action_installs_what_it_has_locked_and_judges_with_it(gated: Gated) -> None:
    gated.actions["actions/setup-python"] = lambda inputs: {"python-path": os.path.realpath(sys.executable)}
    run = gated.judge("better", {"dvc-remote": "s3"})
    assert run.passed, run.log
    installed = gated.folder / "temporary/gitmlops/bin"
    assert (installed / "dvc").exists()
    subprocess.run([installed / "python", "-I", "-c", "import dvc_s3, s3fs"], check=True)
