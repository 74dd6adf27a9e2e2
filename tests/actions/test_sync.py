"""sync.yml as `init` writes it, executed: the base in a branch at origin, or why not."""

from pathlib import Path

import pytest
from tests.actions import generated
from tests.actions.conftest import Gated, actions_of_a_runner
from tests.actions.runner import Run, Runner

STAGE = "  {name}:\n    cmd: {command}\n"


def lock(**commands: str) -> str:
    return "schema: '2.0'\nstages:\n" + "".join(
        STAGE.format(name=name, command=command) for name, command in commands.items()
    )


@pytest.fixture
def parted(gated: Gated) -> Gated:
    """`behind` and main have each run a stage of the two that stand together; the checkout is main's."""
    origin = gated.origin
    origin.git("checkout", "-q", "main")
    origin.commit({"dvc.lock": lock(one="a", two="a"), "text.md": "1\n"})
    origin.git("branch", "behind")
    origin.commit({"dvc.lock": lock(one="b", two="a"), "text.md": "2\n"})
    origin.git("checkout", "-q", "behind")
    origin.commit({"dvc.lock": lock(one="a", two="b"), "sitecustomize.py": "raise SystemExit('ran')"})
    origin.git("checkout", "-q", "main")
    gated.checkout("main").git("branch", "-q", "main", "origin/main")
    return gated


def dispatch(parted: Gated, branch: str, *, more: str = "") -> Run:
    github = {
        "actor": "jane",
        "actor_id": "7",
        "token": "secret",
        "event": {"repository": {"default_branch": "main"}, "inputs": {"branch": branch}},
    }
    temporary = parted.folder / "temporary"
    temporary.mkdir(exist_ok=True)
    actions = {**actions_of_a_runner(temporary), "actions/create-github-app-token": lambda inputs: {"token": "app"}}
    workflow = generated.workflow(parted.folder, "sync", more=more)
    return Runner(parted.folder / "workspace", temporary, github, actions).job(workflow, "sync")


def test_the_base_is_merged_into_the_branch_at_origin_by_whoever_dispatched_it(parted: Gated) -> None:
    run = dispatch(parted, "behind")
    assert run.passed, run.log
    assert "merge main into behind" in run.summary
    assert "What GITHUB_TOKEN pushes starts no workflow" in run.summary
    assert parted.origin.git("log", "-1", "--format=%s %an", "behind").strip() == "Merge main into behind jane"
    assert parted.origin.git("show", "behind:dvc.lock") == lock(one="b", two="b")
    assert not (parted.folder / "workspace" / "sitecustomize.py").exists()
    assert "secret" not in run.log.replace("::add-mask::", "")


def test_a_conflict_is_in_the_summary_and_the_branch_as_it_was(parted: Gated) -> None:
    parted.origin.git("checkout", "-q", "behind")
    before = parted.origin.commit({"text.md": "3\n"})
    parted.origin.git("checkout", "-q", "main")
    parted.origin.git_bytes("update-server-info")
    workspace = parted.folder / "workspace"
    parted.origin.git("-C", str(workspace), "fetch", "-q")
    run = dispatch(parted, "behind")
    assert not run.passed
    assert "text.md:1:1" in run.summary
    assert parted.origin.git("rev-parse", "behind").strip() == before


@pytest.mark.parametrize("branch", ["$(touch ran)", "main", "behind; touch ran", "--help", "of-a-fork"])
def test_what_is_no_branch_of_a_pull_request_is_refused_and_is_no_command(parted: Gated, branch: str) -> None:
    refs = parted.origin.git("show-ref")
    run = dispatch(parted, branch)
    assert not run.passed
    assert parted.origin.git("show-ref") == refs
    assert not list(Path(parted.folder).rglob("ran"))
