"""monitor.yml, executed: an alarm becomes an issue and one pull request, by jobs of which one has no token."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests import tiny_project
from tests.actions.served import Served, serve
from tests.actions.workflow_runner import Job
from tests.conftest import GitRepo
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.validation import githubs_description

pytestmark = pytest.mark.slow

BRANCH = "retrain/tiny/2020-06"


class Watched(Served):
    """Machines have the storage of DVC and what was served, which no repository holds."""

    def _check_out(self, workspace: Path, token: str) -> dict[str, str]:
        super()._check_out(workspace, token)
        tiny = self.folder / "tiny"
        (workspace.parent / "storage").symlink_to(tiny / "storage")
        for name in ("served", "outcomes"):
            (workspace / "data" / name).symlink_to(tiny / "work/data" / name)
        GitRepo(workspace).write({".git/info/exclude": "/data/served\n/data/outcomes\n"})
        return {}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Watched]:
    tiny = tiny_project.make(tmp_path / "tiny")
    settings = (tiny.root / "gitmlops.yaml").read_text() + "alerts: {issue: {labels: [drift]}}\n"
    tiny.commit({"gitmlops.yaml": settings})
    assert tiny.run("github", "files").exit_code == 0
    tiny.commit(message="Workflows")
    with listening(GitHub(tmp_path / "github", githubs_description())) as github:
        made = serve(github, tiny, tmp_path, tiny.root / ".github/workflows")
        made.shop.actions_may_approve = True
        yield Watched(**vars(made))


def watch(served: Watched, **how: Any) -> dict[str, Job]:
    return served.run("monitor", {}, event_name="schedule", **how)


def results(jobs: Mapping[str, Job]) -> dict[str, str]:
    return {name: job.result for name, job in jobs.items()}


def alarms(served: Watched) -> list[Any]:
    """The issues of alarms: that nothing was served since 2020 is told in one of its own."""
    return [one for one in served.shop.issues.values() if one.pull is None and "alarm" in one.title]


def proposals(served: Watched) -> list[dict]:
    return list(served.owner.get("/repos/acme/shop/pulls?state=all"))


def test_an_alarm_is_told_and_proposed_once_however_often_the_workflow_runs(served: Watched) -> None:
    jobs = watch(served)
    assert results(jobs) == {"judge": "success", "train": "success", "propose": "success"}, jobs["propose"].log
    [pull] = proposals(served)
    assert (pull["head"]["ref"], pull["state"], pull["draft"]) == (BRANCH, "open", False)
    assert "Retraining of tiny" in pull["body"]
    [issue] = alarms(served)
    assert [label.name for label in issue.labels] == ["drift"]
    head = served.shop.branch(BRANCH)
    again = watch(served)
    assert results(again) == {"judge": "success", "train": "success", "propose": "success"}
    assert "already there" in again["propose"].log
    assert len(proposals(served)) == 1
    assert served.shop.branch(BRANCH) == head
    # What was trained had no token, and none is left in what was handed over.
    assert "ghp_" not in jobs["train"].log
    handed = b"".join(file.read_bytes() for file in (served.folder / "artifacts").rglob("*") if file.is_file())
    assert b"ghp_" not in handed


def test_a_log_that_nobody_can_read_fails_the_workflow_and_is_told_in_an_issue(served: Watched) -> None:
    (served.folder / "tiny/work/data/served/july.parquet").write_text("no table")
    jobs = watch(served)
    assert results(jobs) == {"judge": "failure", "train": "skipped", "propose": "skipped"}, jobs["judge"].log
    [issue] = alarms(served)
    assert "undecided alarm since" in issue.title
    assert "july.parquet: not readable as Parquet" in issue.body


def test_training_that_crashes_is_told_and_nothing_is_proposed(served: Watched) -> None:
    code = "import os, signal\n\n\ndef run(inputs, params, outputs):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    served.shop.git.run("config", "receive.denyCurrentBranch", "ignore")
    work = GitRepo(served.folder / "tiny/work")
    work.git("remote", "set-url", "origin", str(served.shop.git.path))
    work.commit({"components/fit/fit.py": code})
    work.git("push", "-q", "origin", "HEAD:main")
    jobs = watch(served)
    assert jobs["propose"].result == "success", jobs["propose"].log
    assert "tiny: failed" in jobs["propose"].log
    assert proposals(served) == []
    [issue] = alarms(served)
    assert "could not be retrained" in issue.body or "failed" in issue.body


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"lost": ("judge",)}, {"judge": "failure", "train": "skipped", "propose": "skipped"}),
        ({"lost": ("train",)}, {"judge": "success", "train": "failure", "propose": "failure"}),
        ({"cancel": "train"}, {"judge": "success", "train": "cancelled", "propose": "skipped"}),
    ],
)
def test_a_job_that_is_lost_or_cancelled_proposes_nothing(served: Watched, how: dict, expected: dict) -> None:
    served.artifacts.clear()
    assert results(watch(served, **how)) == expected
    assert proposals(served) == []
    assert served.shop.branch(BRANCH) is None
