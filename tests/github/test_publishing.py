"""Check runs, releases, workflows that are started, deployments: written once, at two GitHubs where both can."""

from dataclasses import replace

import pytest
from tests.github.asking import ask, operations, refusal
from tests.github.emulated import Emulated
from tests.github.rest import Rest
from tests.github.server import faults
from tests.github.server.answers import problem

from gitmlops.adapters.github import checks, deployments, releases, workflows
from gitmlops.adapters.github.annotations import Annotation, Level
from gitmlops.adapters.github.checks import Check
from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.deployments import State, Wanted
from gitmlops.adapters.github.outward import CHECK, RELEASE
from gitmlops.adapters.github.releases import Notes
from gitmlops.errors import InputError

ROBOT = "github-actions[bot]"
WORKFLOW = "on:\n  workflow_dispatch:\n    inputs:\n      model: {required: true}\njobs: {}\n"


@pytest.fixture
def ada(any_github) -> Client:
    return ask(any_github.url, any_github.token("ada"))


@pytest.fixture
def app(any_github, request) -> Client:
    """Who may write check runs: the App of workflows; `emulate` lets everybody."""
    if isinstance(any_github, Emulated):
        return ask(any_github.url, any_github.token("ada"))
    return request.getfixturevalue("ours")


@pytest.fixture
def ours(github, acme_shop) -> Client:
    github.collaborator("acme/shop", ROBOT)
    return ask(github.url, github.token(ROBOT, {"checks": "write", "contents": "read"}))


@pytest.fixture
def writer(github, acme_shop) -> Client:
    return ask(github.url, github.token("ada"))


def tip(client: Client, branch: str = "main") -> str:
    return client.get(client.path("git", "ref", f"heads/{branch}"), dict, "contents: read")["object"]["sha"]


def remarks(count: int) -> tuple[Annotation, ...]:
    return tuple(Annotation(Level.ERROR, f"remark {number}", "rule", "a.py", number + 1) for number in range(count))


def test_a_check_run_tells_the_verdict_once(app):
    commit = tip(app)
    check = Check("gitmlops", commit, "run 1", "failure", "refused", "**2** findings", annotations=remarks(2))
    run = checks.publish(app, check)
    assert run.conclusion == "failure"
    assert checks.publish(app, check).id == run.id
    every = list(app.pages(app.path("commits", commit, "check-runs"), dict, "checks: read", key="check_runs"))
    assert [(one["name"], one["output"]["title"], one["output"]["summary"]) for one in every] == [
        ("gitmlops", "refused", "**2** findings")
    ]


def test_a_second_try_of_a_run_is_another_check_run(app):
    first, second = (
        checks.publish(app, Check("gate", tip(app), key, "success", "passed", "x")) for key in ("run 1", "run 2")
    )
    assert first.id != second.id


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
def test_annotations_go_out_in_portions_of_fifty(github, ours, acme_shop, count):
    check = Check("gate", tip(ours), "run 1", "failure", "refused", "x", annotations=remarks(count))
    checks.publish(ours, check)
    checks.publish(ours, check)
    [run] = acme_shop.checks
    assert [one["message"] for one in run.annotations] == [f"remark {number}" for number in range(count)]
    assert len(operations(github.requests, "PATCH")) == max(0, (count - 1) // 50)


@pytest.mark.parametrize("served", [False, True])
def test_annotations_are_neither_lost_nor_doubled_by_faults(github, ours, acme_shop, served):
    github.faults.add("POST */check-runs", faults.half_closed(served=served))
    github.faults.add("PATCH */check-runs/*", faults.server_error(502, served=served), times=2)
    checks.publish(ours, Check("gate", tip(ours), "run 1", "failure", "refused", "x", annotations=remarks(170)))
    [run] = acme_shop.checks
    assert [one["message"] for one in run.annotations] == [f"remark {number}" for number in range(170)]


def test_who_is_stopped_between_portions_goes_on_with_the_next(github, ours, acme_shop):
    check = Check("gate", tip(ours), "run 1", "failure", "refused", "x", annotations=remarks(170))
    github.faults.add("GET */check-runs/*", faults.Fault(problem(403, "Not now")))
    github.faults.add("PATCH */check-runs/*", faults.server_error(502, served=True))
    assert "Not now" in refusal(checks.publish, ours, check)
    assert len(acme_shop.checks[0].annotations) == 100
    checks.publish(ours, check)
    [run] = acme_shop.checks
    assert [one["message"] for one in run.annotations] == [f"remark {number}" for number in range(170)]


def test_another_verdict_of_the_same_run_is_not_hidden_by_the_first(app):
    """Of several check runs of one name the newest counts: none of them may be taken for one that is older."""
    commit = tip(app)
    for conclusion in ("success", "failure", "failure", "success"):
        checks.publish(app, Check("gate", commit, "run 1", conclusion, conclusion, "x"))
    every = app.pages(app.path("commits", commit, "check-runs"), dict, "checks: read", key="check_runs", filter="all")
    told = [one["conclusion"] for one in sorted(every, key=lambda one: one["id"])]
    assert told == ["success", "failure", "success"]


def test_among_three_hundred_check_runs_ours_is_found_again(ours, acme_shop):
    check = Check("gate", tip(ours), "run 0", "success", "passed", "x")
    first = checks.publish(ours, check)
    for number in range(1, 300):
        acme_shop.checks.append(replace(acme_shop.checks[0], id=first.id + number, external_id=f"run {number}/0"))
    assert checks.publish(ours, check).id == first.id
    assert len(acme_shop.checks) == 300


def test_a_check_run_is_cut_to_what_github_takes(ours, acme_shop):
    long = "| row |\n" * 20_000
    notes = (Annotation(Level.NOTICE, "x" * 20_000, "t" * 400), Annotation(Level.WARNING, "", "", "a.py"))
    address = "https://ci.example/1"
    checks.publish(ours, Check("gate", tip(ours), "1", "neutral", "t" * 900, long, long, address, notes))
    [run] = acme_shop.checks
    for part in ("summary", "text"):
        assert CHECK - 200 < len(run.output[part]) <= CHECK
        assert run.output[part].endswith(f"|\n\nWhat follows has no room here: [all of it]({address})")
    assert len(run.output["title"]) == 250
    assert [len(one["message"]) for one in run.annotations] == [10_000, 1]
    assert [one["path"] for one in run.annotations] == [".github", "a.py"]
    assert [one["annotation_level"] for one in run.annotations] == ["notice", "warning"]


@pytest.mark.parametrize("row", ["| größer |", "| \U0001f680\U0001f680 |"])
def test_the_length_of_a_check_run_is_counted_in_bytes(ours, acme_shop, row):
    checks.publish(ours, Check("gate", tip(ours), "1", "neutral", "t", f"{row}\n" * 20_000))
    [run] = acme_shop.checks
    assert CHECK * 0.95 < len(run.output["summary"].encode()) <= CHECK
    *rows, blank, last = run.output["summary"].split("\n")
    assert ({*rows}, blank, last) == ({row}, "", "What follows has no room here.")


def test_a_person_writes_no_check_run_and_is_told_who_does(writer):
    words = refusal(checks.publish, writer, Check("gate", tip(writer), "1", "success", "t", "x"))
    assert "check runs are written by Apps alone: use GITHUB_TOKEN of a workflow, or an App's token" in words


def test_a_wrong_request_is_a_violation_of_githubs_description(github, ours):
    refusal(checks.publish, ours, Check("gate", tip(ours), "1", "excellent", "t", "x"))
    assert "excellent" in "".join(github.take_violations())


def tagged(client: Client, tag: str) -> None:
    rest = Rest(client.access.url, client.access.token.reveal())
    rest.post("/repos/acme/shop/git/refs", {"ref": f"refs/tags/{tag}", "sha": tip(client)})


def test_a_release_page_is_made_once_and_then_changed(ada):
    tagged(ada, "v1.0.0")
    first = releases.upsert(ada, Notes("v1.0.0", "churn v1.0.0", "first"))
    second = releases.upsert(ada, Notes("v1.0.0", "churn v1.0.0", "better", prerelease=True))
    assert (second.id, second.body, second.prerelease) == (first.id, "better", True)
    assert releases.find(ada, "v1.0.0") == second
    assert releases.find(ada, "v2.0.0") is None


def test_a_release_page_may_have_a_tag_with_any_name(writer):
    tagged(writer, "models/churn@v1.0.0#prod")
    release = releases.upsert(writer, Notes("models/churn@v1.0.0#prod", "t", "x"))
    assert releases.find(writer, "models/churn@v1.0.0#prod") == release


def test_without_its_tag_there_is_no_release_page(ada):
    with pytest.raises(InputError, match=r"there is no tag v9 at GitHub; push it: `git push origin 'v9'`"):
        releases.upsert(ada, Notes("v9", "t", "x"))
    assert list(ada.pages(ada.path("releases"), dict, "contents: read")) == []


def test_the_loser_of_a_race_for_a_release_page_changes_it(github, writer, acme_shop):
    tagged(writer, "v1")
    github.faults.add("POST */releases", faults.Fault(faults.already_exists("Release").answer, served=True))
    assert releases.upsert(writer, Notes("v1", "t", "text")).body == "text"
    assert len(acme_shop.releases) == 1


@pytest.mark.parametrize("served", [False, True])
def test_a_release_page_is_not_doubled_by_a_fault(github, writer, acme_shop, served):
    tagged(writer, "v1")
    github.faults.add("POST */releases", faults.server_error(500, served=served))
    releases.upsert(writer, Notes("v1", "t", "row\n" * 50_000))
    [release] = acme_shop.releases.values()
    assert len(release.body) <= RELEASE
    assert release.body.endswith("row\n\nWhat follows has no room here.")


@pytest.fixture
def with_workflow(github, repo, acme_shop, writer) -> Client:
    repo.commit({".github/workflows/deploy.yml": WORKFLOW})
    repo.git("push", "-q", github.clone_url("acme", "shop", github.token("acme")), "main")
    return writer


@pytest.mark.parametrize("fault", [None, faults.server_error(502), faults.server_error(502, served=True)])
def test_a_workflow_is_started_once(github, with_workflow, acme_shop, fault):
    workflows.dispatch(with_workflow, "deploy.yml", "main", {"model": "delay"})
    if fault:
        github.faults.add("POST */dispatches", fault)
    workflows.dispatch(with_workflow, "deploy.yml", "main", {"model": "churn"})
    assert [run.inputs for run in acme_shop.workflow_runs.values()] == [{"model": "delay"}, {"model": "churn"}]


@pytest.mark.parametrize(
    ("workflow", "ref", "inputs", "words"),
    [
        ("none.yml", "main", {}, "there is no workflow none.yml; look into .github/workflows, or at the token"),
        ("deploy.yml", "none", {"model": "m"}, "No ref found for: none"),
        ("deploy.yml", "main", {}, "Required input 'model' not provided"),
        ("deploy.yml", "main", {"model": "m", "x": "y"}, "Unexpected inputs provided"),
    ],
)
def test_what_cannot_be_started_is_the_users_to_mend(with_workflow, acme_shop, workflow, ref, inputs, words):
    with pytest.raises(InputError) as told:
        workflows.dispatch(with_workflow, workflow, ref, inputs)
    assert words in str(told.value)
    assert not acme_shop.workflow_runs


def test_a_deployment_is_made_once_and_its_state_said_once(writer, acme_shop):
    wanted = Wanted(tip(writer), "production", "deploy:churn@v1.2.0", "by hand")
    made = deployments.ensure(writer, wanted)
    assert deployments.ensure(writer, wanted) == made
    for state in (State.IN_PROGRESS, State.IN_PROGRESS, State.SUCCESS, State.SUCCESS):
        deployments.report(writer, made, state, "fine", address="https://churn.example", log="https://ci.example/1")
    assert [one.state for one in deployments.statuses(writer, made)] == ["success", "in_progress"]
    assert len(acme_shop.deployments) == 1


def test_another_task_or_environment_is_another_deployment(writer):
    commit = tip(writer)
    wanted = [Wanted(commit, "production", "a"), Wanted(commit, "production", "b"), Wanted(commit, "staging", "a")]
    assert len({deployments.ensure(writer, one).id for one in wanted}) == 3
    assert deployments.find(writer, Wanted(commit, "staging", "b")) is None


@pytest.mark.parametrize("served", [False, True])
def test_deployments_and_their_states_are_not_doubled_by_faults(github, writer, acme_shop, served):
    github.faults.add("POST */deployments", faults.half_closed(served=served))
    github.faults.add("POST */statuses", faults.server_error(503, served=served))
    made = deployments.ensure(writer, Wanted(tip(writer), "production", "deploy"))
    deployments.report(writer, made, State.FAILURE, "x" * 500)
    [deployment] = acme_shop.deployments.values()
    assert [(one.state, len(one.body["description"])) for one in deployment.statuses] == [("failure", 140)]


def test_a_commit_that_github_does_not_have_is_not_deployed(writer):
    assert "No ref found" in refusal(deployments.ensure, writer, Wanted("0" * 40, "production", "deploy"))
