"""What `init` and `github files` write below .github/, for github.com and for an Enterprise Server: what it may do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.actions import generated
from tests.actions.conftest import ACTION
from tests.actions.expressions import Scope, evaluate
from tests.actions.linting import require_clean, told

from gitmlops.errors import InputErrors
from gitmlops.hooks.staged import StagedFile
from gitmlops.hooks.workflows import check
from gitmlops.scaffold.templates import render
from gitmlops.specs.ci import WORKFLOWS

PINNED = re.compile(r"uses: ([\w.-]+/[\w./-]+@[0-9a-f]{40}( # v\d+\.\d+\.\d+)?)( # .*)?$")
MAY = {
    ("gate", "gate"): {"actions": "read", "contents": "read", "pull-requests": "read"},
    ("verdict", "find"): {"contents": "read", "pull-requests": "read"},
    ("verdict", "judge"): {"actions": "read", "checks": "write", "contents": "read", "pull-requests": "write"},
    ("verdict", "count"): {"contents": "write"},
    ("receipt", "receipt"): {"actions": "read", "contents": "write", "pull-requests": "read"},
    ("hooks", "hooks"): {"contents": "read"},
    ("sync", "sync"): {"contents": "write"},
    ("monitor", "judge"): {"contents": "write", "issues": "write"},
    ("monitor", "train"): {"contents": "read"},
    ("monitor", "propose"): {"contents": "write", "issues": "write", "pull-requests": "write"},
    ("release", "release"): {"actions": "read", "contents": "write", "pull-requests": "read"},
    ("promote", "promote"): {"actions": "write", "contents": "write", "issues": "read", "pull-requests": "read"},
    ("rollback", "rollback"): {"actions": "write", "contents": "write", "issues": "write"},
    ("deploy", "deploy"): {"actions": "read", "contents": "read", "issues": "write", "pull-requests": "read"},
    ("catalog", "build"): {"contents": "read"},
    ("catalog", "deploy"): {"id-token": "write", "pages": "write"},
}
KINDS = {"github.com": "ci: {catalog: pages}\n", "enterprise": generated.ENTERPRISE}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def written(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated.write(tmp_path_factory.mktemp("written"), more=KINDS[kind]) / ".github"


@pytest.fixture(scope="module")
def workflows(written: Path) -> dict[str, dict]:
    # `on` is true to YAML 1.1.
    return {file.stem: yaml.safe_load(file.read_text()) for file in sorted(written.glob("workflows/*.yml"))}


def test_all_are_clean_by_the_strictest_rules_of_every_linter(written: Path) -> None:
    require_clean(*sorted(written.glob("workflows/*.yml")))


@pytest.mark.slow
def test_those_of_the_other_templates_and_our_own_are_clean_too(tmp_path: Path) -> None:
    folders = [generated.write(tmp_path / name, template=name) for name in ("blank", "credit", "hiring")]
    files = [file for folder in folders for file in sorted(folder.glob(".github/workflows/*.yml"))]
    require_clean(*files, ACTION / ".github/workflows/ci.yml", ACTION / "action.yml", ACTION / "setup/action.yml")


def test_the_linters_know_the_inputs_of_our_actions_and_the_outputs_of_jobs(tmp_path: Path) -> None:
    text = generated.workflow(tmp_path, "verdict").read_text()
    text = re.sub(r"gitmlops/gitmlops@v\S+.*", generated.PINNED, text).replace("head-ref:", "heat-ref:")
    file = tmp_path / "verdict.yml"
    file.write_text(text.replace("needs.find.outputs.pulls !=", "needs.find.outputs.pull !="))
    said = " ".join(told([file]))
    assert "heat-ref" in said
    assert "pull" in said


def test_the_hook_that_looks_for_traps_finds_none_in_them(written: Path) -> None:
    files = [StagedFile(file.name, file.read_bytes()) for file in sorted(written.glob("workflows/*"))]
    assert len(files) > 5
    report = check(files)
    assert report.passed, report.findings


def test_a_project_that_watches_a_model_and_publishes_its_catalogue_gets_every_workflow_and_another_fewer(
    workflows: dict[str, dict], tmp_path: Path
) -> None:
    assert sorted(workflows) == sorted(WORKFLOWS)
    blank = generated.write(tmp_path, template="blank") / ".github" / "workflows"
    assert {file.stem for file in blank.iterdir()} == {*WORKFLOWS} - {"monitor", "catalog"}


def test_actions_are_pinned_by_commit_and_ours_as_the_project_says(written: Path, kind: str) -> None:
    for file in written.glob("workflows/*.yml"):
        uses = [line.strip(" -") for line in file.read_text().splitlines() if re.match(r" *(- )?uses:", line)]
        loose = [line for line in uses if not PINNED.match(line)]
        assert all(kind == "github.com" and re.match(r"uses: gitmlops/gitmlops(/setup)?@v", line) for line in loose)


def test_a_job_may_what_its_steps_need_and_says_why(workflows: dict[str, dict], written: Path) -> None:
    for name, workflow in workflows.items():
        assert workflow["permissions"] == {}
        for job, described in workflow["jobs"].items():
            assert described["permissions"] == MAY[name, job]
    for file in written.glob("workflows/*.yml"):
        granted = re.findall(
            r"^      (?:actions|checks|contents|id-token|issues|pages|pull-requests): .*", file.read_text(), re.M
        )
        assert all(" # " in line for line in granted)


def test_every_workflow_says_what_becomes_of_two_runs_and_every_job_how_long_it_may_take(
    workflows: dict[str, dict],
) -> None:
    for name, workflow in workflows.items():
        assert workflow["concurrency"]["cancel-in-progress"] is (name in ("gate", "verdict", "hooks"))
        assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_no_checkout_leaves_a_token_and_no_input_is_text_of_a_script(written: Path) -> None:
    for file in written.glob("workflows/*.yml"):
        text = file.read_text()
        assert text.count("actions/checkout@") == text.count("persist-credentials: false")
        scripts = [
            step["run"] for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"] if "run" in step
        ]
        assert not [script for script in scripts if "${{" in script]


def test_what_has_the_projects_code_run_has_no_token_and_what_pushes_runs_none_of_it(
    workflows: dict[str, dict],
) -> None:
    jobs = workflows["monitor"]["jobs"]
    assert not [step for step in jobs["train"]["steps"] if "token" in json.dumps(step).lower()]
    assert "environment" not in jobs["train"]
    ran = " ".join(step.get("run", "") for step in jobs["propose"]["steps"])
    assert not re.search(r"pipeline|retrain\b(?!ing)|dvc (repro|pull)", ran)


def test_workflows_follow_hosts_runners_and_the_package_index(workflows: dict[str, dict], kind: str) -> None:
    train = workflows["monitor"]["jobs"]["train"]
    uploads = [step["uses"] for step in train["steps"] if "upload-artifact" in step.get("uses", "")]
    if kind == "github.com":
        assert {job["runs-on"] for one in workflows.values() for job in one["jobs"].values()} == {"ubuntu-latest"}
        assert not any("env" in one for one in workflows.values())
        return
    assert train["runs-on"] == ["self-hosted", "gpu"]
    assert workflows["monitor"]["jobs"]["judge"]["runs-on"] == "self-hosted"
    assert workflows["gate"]["jobs"]["gate"]["runs-on"] == "big"
    assert all(one["env"] == {"PIP_INDEX_URL": "https://pypi.acme.example/simple"} for one in workflows.values())
    # Enterprise Servers take artifacts of the third version alone.
    assert uploads == ["actions/upload-artifact@ff15f0306b3f739f7b6fd43fb5d26cd321bd4de5"]
    assert "pip install --quiet --requirement requirements.txt" in json.dumps(train)


def test_where_there_is_an_app_it_posts_verdicts_and_writes_tags_with_the_least_rights(
    workflows: dict[str, dict], written: Path, kind: str
) -> None:
    if kind == "github.com":
        assert "create-github-app-token" not in "".join(file.read_text() for file in written.glob("workflows/*"))
        return
    for name, job in (("verdict", "judge"), ("release", "release"), ("promote", "promote"), ("rollback", "rollback"),
                      ("sync", "sync")):  # fmt: skip
        steps = workflows[name]["jobs"][job]["steps"]
        [app] = [step for step in steps if step.get("id") == "app"]
        assert app["with"]["app-id"] == 1234
        assert [key for key in app["with"] if key.startswith("permission-")]
        assert steps[-1]["env"]["GITHUB_TOKEN"] == "${{ steps.app.outputs.token }}"
        assert workflows[name]["jobs"][job]["environment"] in ("gitmlops", "registry")


def test_required_is_the_verdict_of_the_default_branch_by_whom_nobody_else_can_be(written: Path, kind: str) -> None:
    default, like_tags = json.loads((written / "rulesets/branches.json").read_text())
    rules = {rule["type"]: rule.get("parameters") for rule in default["rules"]}
    assert default["bypass_actors"] == like_tags["bypass_actors"] == []
    [check] = rules["required_status_checks"]["required_status_checks"]
    assert check == {"context": "verdict/main", "integration_id": 15368 if kind == "github.com" else 1234}
    assert rules["pull_request"]["require_code_owner_review"]
    assert {"deletion", "non_fast_forward"} <= {*rules}


def test_tags_of_models_neither_move_nor_go_and_an_app_alone_makes_them(written: Path, kind: str) -> None:
    rulesets = json.loads((written / "rulesets/tags.json").read_text())
    assert {rule["type"] for rule in rulesets[0]["rules"]} == {"deletion", "update"}
    assert len(rulesets) == (1 if kind == "github.com" else 2)
    if kind == "enterprise":
        assert rulesets[1]["rules"] == [{"type": "creation"}]
        assert [actor["actor_id"] for actor in rulesets[1]["bypass_actors"]] == [1234]


LOGINS = """\
ci:
  catalog: pages
  remote: s3
  login:
    aws: {region: eu-central-1, read: "arn:aws:iam::123456789012:role/read", write: "arn:aws:iam::123456789012:role/write", hours: 6}
    google:
      provider: projects/1/locations/global/workloadIdentityPools/github/providers/acme
      read: dvc-read@acme-models.iam.gserviceaccount.com
    azure:
      tenant: 01234567-89ab-cdef-0123-456789abcdef
      subscription: 11234567-89ab-cdef-0123-456789abcdef
      read: 21234567-89ab-cdef-0123-456789abcdef
      write: 31234567-89ab-cdef-0123-456789abcdef
"""  # noqa: E501
READERS = {
    ("gate", "gate"), ("verdict", "judge"), ("receipt", "receipt"), ("monitor", "judge"), ("monitor", "train"),
    ("release", "release"), ("promote", "promote"), ("rollback", "rollback"), ("deploy", "deploy"),
}  # fmt: skip
WRITERS = {("monitor", "propose"), ("pipeline-delay", "shard"), ("pipeline-delay", "join")}


@pytest.fixture(scope="module")
def logged_in(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    [delay] = [file for file in render("flights", generated.VARIABLES) if file.path.name == "delay.yaml"]
    sharded = {str(delay.path): f"{delay.content.decode()}shards: 3\n"}
    folder = generated.write(tmp_path_factory.mktemp("logged"), more=LOGINS, files=sharded)
    return {file.stem: file for file in sorted(folder.glob(".github/workflows/*.yml"))}


def jobs(files: dict[str, Path]) -> Iterator[tuple[tuple[str, str], dict]]:
    for name, file in files.items():
        for job, described in yaml.safe_load(file.read_text())["jobs"].items():
            yield (name, job), described


def test_jobs_that_need_what_dvc_keeps_log_in_to_read_and_those_that_train_to_write(logged_in: dict[str, Path]) -> None:
    require_clean(*logged_in.values())
    seen = {}
    for place, job in jobs(logged_in):
        inputs = {step["name"]: step["with"] for step in job["steps"] if step["name"].startswith("Log in to ")}
        assert (job["permissions"].get("id-token") == "write") == bool(inputs or place == ("catalog", "deploy"))
        if inputs:
            seen[place] = (
                inputs["Log in to AWS"]["role-to-assume"].rpartition("/")[2],
                inputs["Log in to Google Cloud"]["service_account"].partition("@")[0],
                inputs["Log in to Azure"]["client-id"][0],
            )
    expected = dict.fromkeys(READERS, ("read", "dvc-read", "2")) | dict.fromkeys(WRITERS, ("write", "dvc-read", "3"))
    assert seen == expected


def test_whoever_logs_in_has_the_plug_in_of_the_remote(logged_in: dict[str, Path]) -> None:
    for place, job in jobs(logged_in):
        ours = [step for step in job["steps"] if "gitmlops/gitmlops" in step.get("uses", "")]
        asked = [step.get("with", {}).get("dvc-remote") for step in ours]
        assert ("s3" in asked) == (place in READERS | WRITERS), place


def test_a_pull_request_that_github_vouches_for_in_no_way_is_judged_without_login(logged_in: dict[str, Path]) -> None:
    steps = yaml.safe_load(logged_in["gate"].read_text())["jobs"]["gate"]["steps"]
    conditions = {step["if"] for step in steps if step["name"].startswith("Log in")}
    [condition] = conditions
    inside = condition.strip()[3:-2]
    ours = {"full_name": "acme/flights"}
    for head, user, logs_in in ((ours, "ann", True), ({"full_name": "eve/flights"}, "eve", False),
                                (ours, "dependabot[bot]", False)):  # fmt: skip
        event = {"pull_request": {"head": {"repo": head}, "user": {"login": user}}}
        github = {"event_name": "pull_request", "event": event, "repository": "acme/flights"}
        assert bool(evaluate(inside, Scope({"github": github}, False, False))) is logs_in
    merged = {"event_name": "merge_group", "event": {}, "repository": "acme/flights"}
    assert evaluate(inside, Scope({"github": merged}, False, False))
    assert "if" not in next(step for step in steps if step["name"] == "Judge")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("remote: ftp", "13:14: 'ftp' is not one of the allowed values"),
        ("login: {aws: {region: here, read: x}}", "write a region of AWS, as eu-central-1"),
        ("login: {aws: {region: eu-west-1, read: 'x\"'}}", "write the whole name of a role"),
        ("login: {google: {}}", "the key 'provider' is missing"),
    ],
)
def test_what_no_cloud_knows_is_refused_where_it_stands(tmp_path: Path, setting: str, said: str) -> None:
    with pytest.raises(InputErrors, match=re.escape(said)):
        generated.write(tmp_path, more=f"ci: {{{setting}}}\n")
