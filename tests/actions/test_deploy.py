"""The workflow that `init` writes and docs/how-to/deploy-a-promotion.md shows: clean by strict rules, and executed."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from tests.actions import generated
from tests.actions.conftest import ACTION, actions_of_a_runner
from tests.actions.runner import Run, Runner
from tests.conftest import GitRepo
from tests.releasing import done, released, team

PAGE = ACTION / "docs/how-to/deploy-a-promotion.md"


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    (text,) = re.findall(r"```yaml\n# \.github/workflows/deploy\.yml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert generated.workflow(tmp_path, "deploy").read_text() == text
    file = tmp_path / ".github/workflows/deploy.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """v1.0.0 and v1.1.0 were promoted to prod by churn#prod#2 and churn#prod#4; what deploys is a script of main."""
    repo = team(tmp_path)
    repo.commit(
        {
            "deploy/deploy.sh": 'cat "$1"/churn.skops > ../served\necho "$2 $3" >> ../served\n',
            "deploy/smoke.sh": 'grep -q "$1 $2" ../served && ! test -e ../broken\n',
        }
    )
    released(repo, "one", "two")
    return repo


def deploy(work: GitRepo, workflow: Path, tag: str, **inputs: str) -> Run:
    """Run the job as a push of the tag does or, with inputs, somebody who dispatches it."""
    temporary = work.root.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    subprocess.run(["rm", "-rf", str(work.root / "released")], check=True)
    github = {
        "ref": f"refs/tags/{tag}",
        "ref_name": tag,
        "token": "secret",
        "event": {"repository": {"default_branch": "main"}, "inputs": inputs},
    }
    return Runner(work.root, temporary, github, actions_of_a_runner(temporary)).job(workflow, "deploy")


@pytest.mark.slow
def test_a_promotion_is_deployed_an_older_one_is_not_and_a_rollback_is(work: GitRepo, workflow: Path) -> None:
    served = work.root.parent / "served"
    run = deploy(work, workflow, "churn#prod#4")
    assert run.passed, run.log
    assert served.read_text() == "twochurn v1.1.0\n"
    old = deploy(work, workflow, "churn#prod#2")
    assert not old.passed
    assert "churn#prod#2 was replaced: prod has v1.1.0, by churn#prod#4" in old.log
    done(work, "rollback", "churn", "--stage", "prod", "--reason", "it is slow", "--yes")
    dispatched = deploy(work, workflow, "", ref="churn#prod")
    assert dispatched.passed, dispatched.log
    assert served.read_text().startswith("one")
    served.unlink()
    back = deploy(work, workflow, "churn#prod#6")
    assert back.passed, back.log
    assert served.read_text() == "onechurn v1.0.0\n"


def test_a_tag_that_somebody_wrote_on_a_branch_deploys_nothing(
    work: GitRepo, workflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time()) + 60} +0000")  # the latest of all
    work.git("checkout", "-q", "-b", "mine")
    work.commit({"models/churn.skops": "evil"})
    work.git("tag", "-a", "churn@v9.0.0", "-m", "Register churn v9.0.0")
    work.git("tag", "-a", "churn#prod#9", "-m", "Promote churn v9.0.0 to prod")
    work.git("checkout", "-q", "main")
    run = deploy(work, workflow, "churn#prod#9")
    assert not run.passed
    assert "churn#prod#9: its commit is not on the default branch" in run.log
    assert not (work.root.parent / "served").exists()


def test_somebody_on_call_rolls_back_from_a_workflow(work: GitRepo, tmp_path: Path) -> None:
    file = generated.workflow(tmp_path, "rollback", more="ci: {workflows: [rollback]}\n")
    inputs = {"name": "churn", "reason": "it is slow", "version": "", "override": ""}
    github = {"actor": "ann", "actor_id": "7", "token": "secret", "event": {"repository": {}, "inputs": inputs}}
    run = Runner(work.root, tmp_path, github, actions_of_a_runner(tmp_path)).job(file, "rollback")
    assert run.passed, run.log
    assert "Roll back churn in prod from v1.1.0 to v1.0.0" in run.summary
    assert "Looked at before" in run.summary
    said = work.git("for-each-ref", "--format=%(taggername) %(taggeremail)", "refs/tags/churn#prod#6")
    assert said.strip() == "ann <7+ann@users.noreply.github.com>"
