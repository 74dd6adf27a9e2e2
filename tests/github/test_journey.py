"""A model's life at GitHub, by what people do there: every workflow is executed, only GitHub's far side is ours."""

from pathlib import Path
from typing import Any

import pandas
import pytest
import requests
from tests import serving, tiny_project
from tests.conftest import GitRepo
from tests.github.hosted import PATH, Hosted
from tests.github.server.github import ACTIONS, GitHub

pytestmark = pytest.mark.slow

PEOPLE = ("dev", "jane", "joe", "ann")
PROJECT = """\
project: tiny
people: {{jane: {{id: {jane}}}, joe: {{id: {joe}}}, ann: {{id: {ann}}}}}
roles: {{data-scientist: ["@joe"], risk-sme: ["@jane"], software-engineer: ["@ann"], on-call: ["@ann"]}}
reviewers: {{rules: risk-sme, platform: software-engineer}}
stages:
- {{name: staging}}
- {{name: prod, after: staging, production: true, approvals: {{risk-sme: 1}}}}
alerts: {{issue: {{labels: [drift]}}, summary: true}}
ci: {{action: gitmlops/gitmlops@0123456789abcdef0123456789abcdef01234567}}
"""
ASKING = f"{tiny_project.DEFINITIONS['policies/quality.yaml']!s}approvals: [{{role: risk-sme}}]\n"
NO_GATE = """\
name: gate
on: pull_request
jobs:
  gate: {permissions: {}, runs-on: ubuntu-latest, steps: [{run: exit 0}]}
"""


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """The clone of dev, a data scientist."""
    return GitRepo(tmp_path / "tiny")


@pytest.fixture
def hosted(github: GitHub, work: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hosted:
    """acme/shop as `init --github` and two commands more leave it, with definitions, rows and policies on main."""
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    repository = github.repository("acme", "shop", organization=True)
    for login in (*PEOPLE, ACTIONS):
        github.collaborator("acme/shop", login)
    work.root.mkdir()
    tiny_project.command(work, "gitmlops", "init", ".", "--github", "acme/shop", "--yes")
    begin(github, work, tmp_path / "storage")
    work.git("remote", "set-url", "origin", github.clone_url("acme", "shop", github.token("dev")))
    work.git("push", "-q", "-u", "origin", "main")
    monkeypatch.setenv("GITHUB_TOKEN", github.token("acme"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    rules = sorted(str(file) for file in (work.root / ".github/rulesets").glob("*.json"))
    tiny_project.command(work, "gitmlops", "github", "rulesets", *rules, "--apply")
    tiny_project.command(work, "gitmlops", "github", "settings", ".github/settings.json", "--apply")
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN"):
        monkeypatch.delenv(name)
    repository.actions_may_approve = True
    return Hosted(github, tmp_path / "machines", tmp_path, repository)


def begin(github: GitHub, work: GitRepo, storage: Path) -> None:
    ids = {login: github.user(login).id for login in PEOPLE}
    work.commit(message="Start a gitmlops project")
    for path in ("policies/performance.yaml", "policies/tests/performance.yaml"):
        (work.root / path).unlink()
    work.write({**tiny_project.DEFINITIONS, "gitmlops.yaml": PROJECT.format(**ids), "policies/quality.yaml": ASKING})
    work.write({"deploy/deploy.sh": f'echo "$2 $3" >> {storage}/served\n', "deploy/smoke.sh": "exit 0\n"})
    storage.mkdir()
    (work.root / "data").mkdir(exist_ok=True)
    rows = pandas.concat(tiny_project.months().values()).drop(columns="score")
    rows.to_parquet(work.root / "data/rows.parquet", index=False)
    tiny_project.command(work, "dvc", "remote", "add", "--quiet", "--default", "storage", str(storage))
    tiny_project.command(work, "dvc", "add", "--quiet", "data/rows.parquet")
    tiny_project.command(work, "gitmlops", "github", "files")
    tiny_project.command(work, "dvc", "push", "--quiet")
    work.commit(message="Begin")


def propose(hosted: Hosted, work: GitRepo, branch: str, title: str) -> int:
    """Dev pushes the branch, with what DVC keeps, and opens a pull request."""
    tiny_project.command(work, "dvc", "push", "--quiet")
    work.git("push", "-q", "origin", branch)
    body = {"title": title, "head": branch, "base": "main"}
    return int(hosted.of("dev").post(f"{PATH}/pulls", body)["number"])


def verdict(hosted: Hosted, number: int) -> str:
    """What the newest check `verdict/main` on a pull request's head says."""
    rest = hosted.of("dev")
    head = rest.get(f"{PATH}/pulls/{number}")["head"]["sha"]
    runs = rest.get(f"{PATH}/commits/{head}/check-runs", check_name="verdict/main")["check_runs"]
    return str(max(runs, key=lambda run: run["id"])["conclusion"])


def comments(hosted: Hosted, number: int) -> list[dict[str, Any]]:
    return list(hosted.of("dev").get(f"{PATH}/issues/{number}/comments"))


def approve(hosted: Hosted, number: int, login: str) -> None:
    hosted.of(login).post(f"{PATH}/pulls/{number}/reviews", {"event": "APPROVE"})


def merge(hosted: Hosted, number: int, login: str = "dev") -> requests.Response:
    return hosted.of(login).ask("PUT", f"{PATH}/pulls/{number}/merge", {"merge_method": "merge"})


def merged(hosted: Hosted, work: GitRepo, number: int) -> None:
    """It is merged, and what main's workflow makes of that; dev's clone has it."""
    before = hosted.main()
    assert merge(hosted, number).status_code == 200
    receipt = hosted.pushed(before, "dev")
    assert receipt["receipt"].result == "success", receipt["receipt"].log
    work.git("checkout", "-q", "main")
    work.git("pull", "-q", "--ff-only", "origin", "main")


def test_a_model_is_proposed_judged_approved_released_watched_trained_again_and_taken_back(
    hosted: Hosted, work: GitRepo, tmp_path: Path
) -> None:
    number = a_data_scientist_proposes_a_model(hosted, work)
    nothing_changes_by_a_gate_that_the_pull_request_brings(hosted, work)
    a_risk_reviewer_approves_and_the_verdict_is_another(hosted, work, number)
    it_is_released_and_deployed(hosted, tmp_path, "v1.0.0")
    again = an_alarm_has_one_issue_and_one_pull_request_however_often_it_is_judged(hosted, work)
    what_was_trained_again_goes_the_same_way(hosted, work, again)
    it_is_released_and_deployed(hosted, tmp_path, "v2.0.0")
    whoever_is_on_call_takes_it_back(hosted, tmp_path)


def a_data_scientist_proposes_a_model(hosted: Hosted, work: GitRepo) -> int:
    work.git("checkout", "-q", "-b", "first")
    tiny_project.command(work, "gitmlops", "pipeline", "run", "tiny")
    work.commit(message="Train tiny")
    number = propose(hosted, work, "first", "Train tiny")
    gate, judged = hosted.proposed(number)
    assert gate["gate"].result == "failure", gate["gate"].log
    assert "risk-sme" in gate["gate"].runs[0].summary
    assert judged["judge"].result == "success", judged["judge"].log
    assert verdict(hosted, number) == "failure"
    [comment] = comments(hosted, number)
    assert comment["user"]["login"] == ACTIONS
    assert "risk-sme" in comment["body"]
    assert judged["count"].result == "success", judged["count"].log
    assert merge(hosted, number).status_code == 405
    return number


def nothing_changes_by_a_gate_that_the_pull_request_brings(hosted: Hosted, work: GitRepo) -> None:
    work.git("checkout", "-q", "-b", "mallory", "first")
    work.commit({".github/workflows/gate.yml": NO_GATE}, message="Speed up CI")
    number = propose(hosted, work, "mallory", "Speed up CI")
    gate, judged = hosted.proposed(number)
    assert gate["gate"].result == "success"
    assert judged["judge"].result == "success", judged["judge"].log
    assert verdict(hosted, number) == "failure"
    assert ".github/workflows/gate.yml" in comments(hosted, number)[0]["body"]
    approve(hosted, number, "jane")
    hosted.proposed(number, event="pull_request_review")
    assert verdict(hosted, number) == "failure", "a change of workflows is the platform's"
    assert merge(hosted, number).status_code == 405


def a_risk_reviewer_approves_and_the_verdict_is_another(hosted: Hosted, work: GitRepo, number: int) -> None:
    approve(hosted, number, "jane")
    gate, judged = hosted.proposed(number, event="pull_request_review")
    assert gate["gate"].result == "success", gate["gate"].log
    assert judged["judge"].result == "success", judged["judge"].log
    assert verdict(hosted, number) == "success"
    [comment] = comments(hosted, number)
    assert "passed" in comment["body"]
    merged(hosted, work, number)


def it_is_released_and_deployed(hosted: Hosted, tmp_path: Path, version: str) -> None:
    release = hosted.dispatched("joe", "release", name="tiny", version=version)
    assert release["release"].result == "success", release["release"].log
    page = hosted.of("acme").get(f"{PATH}/releases/tags/tiny@{version}")
    assert "intended use" in page["body"].lower()
    for stage in ("staging", "prod"):
        promotion = hosted.dispatched("joe", "promote", name="tiny", version=version, stage=stage)
        assert promotion["promote"].result == "success", promotion["promote"].log
    deployed = hosted.started(ACTIONS)
    assert deployed["deploy"].result == "success", deployed["deploy"].log
    assert (tmp_path / "storage/served").read_text().endswith(f"tiny {version}\n")


def an_alarm_has_one_issue_and_one_pull_request_however_often_it_is_judged(hosted: Hosted, work: GitRepo) -> int:
    work.git("checkout", "-q", "-b", "served")
    months = tiny_project.months()
    serving.serve_rows(work.root, {month: months[month] for month in ("2020-05", "2020-06")})
    tiny_project.command(work, "dvc", "add", "--quiet", "data/served", "data/outcomes")
    work.commit(message="What was served until June")
    number = propose(hosted, work, "served", "What was served until June")
    approve(hosted, number, "joe")
    hosted.proposed(number)
    assert verdict(hosted, number) == "success", "no model is affected"
    merged(hosted, work, number)
    rest = hosted.of("acme")
    seen = []
    for _ in range(2):
        jobs = hosted.scheduled("monitor")
        assert {name: job.result for name, job in jobs.items()} == dict.fromkeys(jobs, "success"), "".join(
            job.log for job in jobs.values()
        )
        pulls = [one for one in rest.get(f"{PATH}/pulls") if one["head"]["ref"].startswith("retrain/")]
        issues = rest.get(f"{PATH}/issues", labels="drift")
        seen.append(([one["number"] for one in pulls], sorted(one["number"] for one in issues)))
    assert seen[0] == seen[1]
    [again], told = seen[0]
    # Beside the alarm's issue there is one that says, and it is true, that nothing has come since 2020.
    alarm, silence = sorted(
        (rest.get(f"{PATH}/issues/{one}") for one in told), key=lambda one: "no more" in one["title"]
    )
    assert "2020-06" in alarm["body"]
    assert silence["title"] == "tiny: predictions come no more"
    return int(again)


def what_was_trained_again_goes_the_same_way(hosted: Hosted, work: GitRepo, number: int) -> None:
    pull = hosted.of("jane").get(f"{PATH}/pulls/{number}")
    assert pull["user"]["login"] == ACTIONS
    hosted.proposed(number)
    assert verdict(hosted, number) == "failure", "nobody has approved it"
    approve(hosted, number, "jane")
    hosted.proposed(number, event="pull_request_review")
    assert verdict(hosted, number) == "success", comments(hosted, number)[-1]["body"]
    merged(hosted, work, number)


def whoever_is_on_call_takes_it_back(hosted: Hosted, tmp_path: Path) -> None:
    refused = hosted.dispatched("dev", "rollback", name="tiny", reason="It is slow")
    assert refused["rollback"].result == "failure"
    back = hosted.dispatched("ann", "rollback", name="tiny", reason="Complaints since noon")
    assert back["rollback"].result == "success", back["rollback"].log
    deployed = hosted.started(ACTIONS)
    assert deployed["deploy"].result == "success", deployed["deploy"].log
    assert (tmp_path / "storage/served").read_text().endswith("tiny v1.0.0\n")
    [review] = hosted.of("acme").get(f"{PATH}/issues", labels="gitmlops rollback")
    assert review["title"].startswith("Review: Roll back tiny in prod from v2.0.0 to v1.0.0")
