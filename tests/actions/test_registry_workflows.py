"""receipt.yml, release.yml, promote.yml and rollback.yml, executed: from a merge to production and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.actions import generated
from tests.actions.conftest import Gated
from tests.actions.served import Served, serve
from tests.actions.workflow_runner import Job
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.validation import githubs_description

pytestmark = pytest.mark.slow


@pytest.fixture
def served(gated: Gated, tmp_path: Path) -> Iterator[Served]:
    """Main has the workflows, and `better` merged; before it small@v1.0.0 was in production."""
    generated.write(tmp_path / "generated")
    workflows = tmp_path / "generated/.github/workflows"
    files = {f".github/workflows/{file.name}": file.read_text() for file in workflows.iterdir()}
    gated.origin.commit(files, message="Workflows")
    gated.origin.git("merge", "-q", "--no-ff", "--no-edit", "better")
    with listening(GitHub(tmp_path / "github", githubs_description())) as github:
        yield serve(github, gated.origin, tmp_path, workflows)


def merged(served: Served) -> dict[str, Job]:
    before = served.shop.git.sha("main^1")
    return served.run(
        "receipt", {"before": before, "created": False}, event_name="push", sha=served.shop.branch("main")
    )


def dispatch(served: Served, workflow: str, /, **inputs: str) -> Job:
    """Somebody runs a workflow by hand; its one job."""
    [job] = served.run(workflow, {"inputs": inputs}, ref="refs/heads/main").values()
    return job


def tags(served: Served) -> list[str]:
    return served.shop.git.run("tag", "--list").split()


def test_a_merge_is_released_promoted_deployed_and_rolled_back_by_dispatches(served: Served) -> None:
    assert merged(served)["receipt"].result == "success"
    released = dispatch(served, "release", name="small", version="")
    assert released.result == "success", released.log
    assert "small@v1.1.0" in tags(served)
    for stage in ("staging", "prod"):
        promoted = dispatch(served, "promote", name="small", version="v1.1.0", stage=stage)
        assert promoted.result == "success", promoted.log
    who = served.shop.git.run("for-each-ref", "--format=%(taggername) %(taggeremail)", "refs/tags/small#prod#3")
    assert who.strip() == "ann <7+ann@users.noreply.github.com>"
    back = dispatch(served, "rollback", name="small", reason="it is slow", version="", override="")
    assert back.result == "success", back.log
    assert "Roll back small in prod from v1.1.0 to v1.0.0" in back.runs[0].summary
    # Staging deploys nothing; a tag of GITHUB_TOKEN would start nothing.
    started = [(run.path, json.dumps(run.inputs)) for run in served.shop.workflow_runs.values()]
    assert started == [(".github/workflows/deploy.yml", '{"ref": "small#prod"}')] * 2
    assert not [word for word in promoted.log.split() if word.startswith("ghp_")]


def test_without_a_receipt_nothing_is_released_and_the_job_says_why(served: Served) -> None:
    job = dispatch(served, "release", name="small", version="")
    assert job.result == "failure"
    assert "no gate has judged commit" in job.log
    assert tags(served) == ["small#prod#1", "small@v1.0.0"]


def test_what_was_not_in_the_stage_before_is_not_promoted_and_nothing_is_deployed(served: Served) -> None:
    merged(served)
    dispatch(served, "release", name="small", version="v2.0.0")
    job = dispatch(served, "promote", name="small", version="v2.0.0", stage="prod")
    assert job.result == "failure"
    assert not served.shop.workflow_runs
    assert "small#prod#2" not in tags(served)


HOSTILE = ('"; touch pwned; "', "$(touch pwned)", "--help", "x\ntouch pwned")


def test_hostile_inputs_are_values_and_tag_nothing(served: Served) -> None:
    before = tags(served)
    for workflow, value in zip(("release", "promote", "rollback", "rollback"), HOSTILE, strict=True):
        inputs = {"name": value, "version": value, "reason": value, "override": value, "stage": "prod"}
        assert dispatch(served, workflow, **inputs).result == "failure"
    assert tags(served) == before
    assert not [found for found in served.folder.rglob("pwned") if ".git" not in found.parts]


def test_a_run_that_is_cancelled_or_lost_tags_nothing(served: Served) -> None:
    merged(served)
    before = tags(served)
    for how in ({"cancel": "release"}, {"lost": ("release",)}):
        jobs = served.run("release", {"inputs": {"name": "small", "version": ""}}, **how)
        assert jobs["release"].result != "success"
    assert tags(served) == before


def test_a_branch_that_is_new_has_no_rules_before_it_and_no_receipt(served: Served) -> None:
    jobs = served.run("receipt", {"before": "0" * 40, "created": True}, event_name="push")
    assert jobs["receipt"].result == "skipped"
