"""gitmlops github …: reports of ours, shown at GitHub."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.github.rest import Rest
from tests.github.server.faults import secondary_limit
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository

from gitmlops.cli.main import main
from gitmlops.render.formats import render
from gitmlops.report import Finding, Location, Report, Severity

Run = Callable[..., Result]
REFUSED = Report(
    "Gate",
    (
        Finding(
            "performance/auc", Severity.ERROR, "churn: 0.61 is below 0.70", Location("policies/p.yaml", 8, 3), "improve"
        ),
        Finding("performance/brier", Severity.WARNING, "churn: 0.21 is above 0.19"),
        Finding("gate/affected", Severity.NOTE, "churn differs"),
    ),
    next_action="Improve the model.",
)
PASSED = Report("Gate", (Finding("performance/auc", Severity.PASS, "churn: 0.75 is above 0.70"),))
HOSTILE = Report(
    "Gate <img src=x onerror=alert(1)>",
    (Finding("r", Severity.ERROR, "@acme/everyone fixes #1\n::error::<b>x</b> \u202eevil", Location("a,b:c.yaml")),),
)


@pytest.fixture
def run(github: GitHub, acme_shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("comment", REPORT, …)` as a workflow of acme/shop does, whose token writes."""
    monkeypatch.chdir(tmp_path)
    environ = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "acme/shop", "GITHUB_TOKEN": github.token("acme")}

    def runs(command: str, *arguments: str | Report, **more: str) -> Result:
        written = []
        for number, one in enumerate(arguments):
            if isinstance(one, Report):
                file = tmp_path / f"report-{number}.json"
                file.write_text(render(one, "json"))
                written.append(str(file))
            else:
                written.append(one)
        return CliRunner(env={**environ, **more}).invoke(main, ["github", command, *written])

    return runs


@pytest.fixture
def rest(github: GitHub, acme_shop: Repository) -> Rest:
    return Rest(github.url, github.token("acme"))


@pytest.fixture
def opened(rest: Rest) -> int:
    """The number of a pull request of feature into main."""
    body = {"title": "B", "head": "feature", "base": "main"}
    return int(rest.post("/repos/acme/shop/pulls", body)["number"])


def comments(rest: Rest, number: int) -> list[str]:
    return [one["body"] for one in rest.get(f"/repos/acme/shop/issues/{number}/comments")]


def test_two_runs_keep_one_comment(run: Run, rest: Rest, opened: int) -> None:
    for report in (REFUSED, PASSED):
        result = run("comment", report, "--pull-request", str(opened))
        assert result.exit_code == 0, result.output
    (only,) = comments(rest, opened)
    assert "Gate: passed" in only
    assert "0.75" in only


def test_the_commit_says_which_pull_request_is_meant(run: Run, rest: Rest, opened: int) -> None:
    head = rest.get(f"/repos/acme/shop/pulls/{opened}")["head"]["sha"]
    assert run("comment", REFUSED, "--commit", head).exit_code == 0
    assert len(comments(rest, opened)) == 1
    nowhere = run("comment", REFUSED, "--commit", "0" * 40)
    assert (nowhere.exit_code, len(comments(rest, opened))) == (0, 1)
    assert "no open pull request has the head" in nowhere.stderr


@pytest.mark.parametrize("arguments", [(), ("--pull-request", "1", "--commit", "0" * 40)])
def test_one_way_to_name_the_pull_request_is_asked_for(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("comment", REFUSED, *arguments).exit_code == 2


def test_a_comment_that_somebody_deleted_is_written_again(run: Run, rest: Rest, opened: int) -> None:
    run("comment", REFUSED, "--pull-request", str(opened))
    (there,) = rest.get(f"/repos/acme/shop/issues/{opened}/comments")
    rest.delete(f"/repos/acme/shop/issues/comments/{there['id']}")
    assert run("comment", REFUSED, "--pull-request", str(opened)).exit_code == 0
    assert len(comments(rest, opened)) == 1


def test_a_marker_in_somebody_elses_comment_is_not_ours(run: Run, github: GitHub, rest: Rest, opened: int) -> None:
    run("comment", REFUSED, "--pull-request", str(opened))
    forged = comments(rest, opened)[0].replace("refused", "passed")
    stranger = Rest(github.url, github.token("ada"))
    stranger.post(f"/repos/acme/shop/issues/{opened}/comments", {"body": forged})
    run("comment", REFUSED, "--pull-request", str(opened))
    assert comments(rest, opened)[1] == forged
    assert len(comments(rest, opened)) == 2


def test_a_hostile_report_stays_text(run: Run, rest: Rest, opened: int) -> None:
    assert run("comment", HOSTILE, "--pull-request", str(opened)).exit_code == 0
    (body,) = comments(rest, opened)
    assert "\\<img" in body
    assert "<img" not in body.replace("\\<img", "")
    assert "@acme" not in body
    assert "\u202e" not in body
    lines = run("annotate", HOSTILE).stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("::error file=a%2Cb%3Ac.yaml,line=1,col=1,title=r::")


def test_a_missing_permission_is_named_with_its_mend(run: Run, github: GitHub, opened: int) -> None:
    narrow = github.token("ada", {"contents": "read", "metadata": "read", "pull_requests": "read"})
    result = run("comment", REFUSED, "--pull-request", str(opened), GITHUB_TOKEN=narrow)
    assert result.exit_code == 4
    assert "add `pull-requests: write`" in result.stderr
    assert narrow not in result.output


def test_a_permission_to_read_that_is_missing_is_told_as_the_one_to_write_that_the_command_needs(
    run: Run, github: GitHub
) -> None:
    narrow = github.token("ada", {"metadata": "read"})
    assert "add `issues: write`" in run("issue", REFUSED, "--key", "drift", GITHUB_TOKEN=narrow).stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("comment --commit main", "give a full SHA"),
        ("check-run --commit feature", "give a full SHA"),
        ("check-run --commit deadbeef", "give a full SHA"),
        ("comment --pull-request 1 --key=", "it is empty"),
        ("issue --key=", "it is empty"),
    ],
)
def test_what_an_empty_variable_or_a_branch_would_mean_is_asked_back(run: Run, command: str, words: str) -> None:
    name, *arguments = command.split()
    result = run(name, REFUSED, *arguments)
    assert (result.exit_code, words in result.stderr) == (2, True)


def test_a_limit_is_waited_out(run: Run, github: GitHub, rest: Rest, opened: int) -> None:
    github.faults.add("POST */comments", secondary_limit(retry_after=1), times=1)
    assert run("comment", REFUSED, "--pull-request", str(opened)).exit_code == 0
    assert len(comments(rest, opened)) == 1


def test_a_check_run_has_the_verdict_and_the_findings(run: Run, github: GitHub, rest: Rest, opened: int) -> None:
    head = rest.get(f"/repos/acme/shop/pulls/{opened}")["head"]["sha"]
    github.collaborator("acme/shop", "gate[bot]")
    token = github.token("gate[bot]", {"checks": "write", "metadata": "read"})
    for _ in range(2):
        result = run("check-run", REFUSED, "--commit", head, GITHUB_TOKEN=token, GITHUB_RUN_ID="7")
        assert result.exit_code == 0, result.output
    (only,) = rest.get(f"/repos/acme/shop/commits/{head}/check-runs")["check_runs"]
    assert (only["name"], only["conclusion"]) == ("gitmlops", "failure")
    assert only["output"]["annotations_count"] == 3


def test_the_summary_is_appended(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    assert run("summary", REFUSED, GITHUB_STEP_SUMMARY=str(file)).exit_code == 0
    assert file.read_text().startswith("before\n## Gate: refused")
    assert run("summary", REFUSED, GITHUB_STEP_SUMMARY="").exit_code == 2


def test_annotations_stand_at_their_lines_the_worst_first(run: Run) -> None:
    lines = run("annotate", REFUSED).stdout.splitlines()
    assert [line.partition("::")[2].partition(" ")[0] for line in lines] == ["error", "warning", "notice"]
    assert "file=policies/p.yaml,line=8,col=3" in lines[0]


def test_an_issue_is_kept_up_to_date_and_closed(run: Run, rest: Rest) -> None:
    for report in (REFUSED, PASSED):
        assert run("issue", report, "--key", "drift churn", "--label", "drift").exit_code == 0
    (only,) = rest.get("/repos/acme/shop/issues?state=open")
    assert only["title"] == "Gate: passed"
    assert [label["name"] for label in only["labels"]] == ["drift"]
    assert run("issue", PASSED, "--key", "drift churn", "--close").exit_code == 0
    assert rest.get("/repos/acme/shop/issues?state=open") == []
    assert "no open issue" in run("issue", PASSED, "--key", "drift churn", "--close").stderr


def test_a_pull_request_is_opened_once(run: Run, rest: Rest) -> None:
    for report in (REFUSED, PASSED):
        result = run("pull-request", report, "--branch", "feature", "--base", "main", "--label", "retraining")
        assert result.exit_code == 0, result.output
    (only,) = rest.get("/repos/acme/shop/pulls")
    assert only["title"] == "Gate: passed"
    assert [label["name"] for label in only["labels"]] == ["retraining"]


def test_a_branch_that_is_not_pushed_is_named(run: Run) -> None:
    result = run("pull-request", REFUSED, "--branch", "nowhere", "--base", "main")
    assert result.exit_code == 3
    assert "git push origin nowhere" in result.stderr


def test_a_release_page_needs_its_tag(run: Run, rest: Rest, acme_shop: Repository) -> None:
    missing = run("release", "churn@v1.0.0", PASSED)
    assert missing.exit_code == 3
    assert "git push origin 'churn@v1.0.0'" in missing.stderr
    subprocess.run(["git", "tag", "churn@v1.0.0", "main"], cwd=acme_shop.git.path, check=True)
    for _ in range(2):
        assert run("release", "churn@v1.0.0", PASSED).exit_code == 0
    (only,) = rest.get("/repos/acme/shop/releases")
    assert (only["tag_name"], only["name"]) == ("churn@v1.0.0", "churn@v1.0.0")


def test_settings_differ_are_applied_and_then_are_as_wanted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"repository": {"delete_branch_on_merge": True}}))
    assert [run("settings", str(file), *more).exit_code for more in ((), ("--apply",), ())] == [1, 0, 0]


def test_rulesets_are_made_once(run: Run, rest: Rest, tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    ruleset = {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "non_fast_forward"}],
    }
    file.write_text(json.dumps(ruleset))
    before = run("rulesets", str(file))
    assert (before.exit_code, "main: is missing" in before.stdout) == (1, True)
    assert [run("rulesets", str(file), *more).exit_code for more in (("--apply",), ())] == [0, 0]
    assert [one["name"] for one in rest.get("/repos/acme/shop/rulesets")] == ["main"]


@pytest.mark.parametrize("command", ["comment", "issue", "pull-request", "release"])
def test_a_dry_run_asks_nobody(run: Run, github: GitHub, command: str) -> None:
    arguments = {
        "comment": (REFUSED, "--pull-request", "1"),
        "issue": (REFUSED, "--key", "k"),
        "pull-request": (REFUSED, "--branch", "b", "--base", "main"),
        "release": ("t@v1.0.0", REFUSED),
    }[command]
    before = len(github.requests)
    result = run(command, *arguments, "--dry-run", GITHUB_TOKEN="")
    assert (result.exit_code, len(github.requests)) == (0, before), result.output
    assert "Gate: refused" in result.stdout


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a report"),
        (b"{}", "not a report"),
        (b"[" * 200_000, "not a report"),
        (
            b'{"schema":"gitmlops/report/9","title":"t","passed":true,"outcomes":["a","b"],"summary":[],"findings":[],"facts":{},"tables":[],"charts":[],"next_action":""}',
            "its schema is",
        ),
        (
            b'{"schema":"gitmlops/report/1","title":"t","passed":false,"outcomes":["a","b"],"summary":[],"findings":[],"facts":{},"tables":[],"charts":[],"next_action":""}',
            "`passed` is not",
        ),
        (b" " * (9 << 20), "more than 8,388,608 bytes"),
    ],
)
def test_what_is_no_report_is_refused(run: Run, tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "strange.json"
    file.write_bytes(content)
    result = run("summary", str(file), GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert result.exit_code == 3
    assert why in result.stderr
    assert not (tmp_path / "summary.md").exists()


def test_links_folders_and_pipes_are_no_reports(run: Run, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text(render(PASSED, "json"))
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    for name in ("link.json", "folder.json", "pipe.json", "nothing.json"):
        result = run("annotate", str(tmp_path / name))
        assert result.exit_code == 3, name
        assert name in result.stderr


def test_a_path_outside_of_the_repository_is_not_annotated(run: Run) -> None:
    report = Report("t", (Finding("r", Severity.ERROR, "m", Location("../../etc/passwd")),))
    assert "passwd" not in run("annotate", report).stdout


def test_without_a_token_the_mend_names_it(run: Run) -> None:
    result = run("comment", REFUSED, "--pull-request", "1", GITHUB_TOKEN="", GH_TOKEN="")
    assert result.exit_code == 2
    assert "GITHUB_TOKEN" in result.stderr


def test_summaries_and_annotations_load_nothing_of_githubs_client(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(render(REFUSED, "json"))
    code = (
        "import sys; from gitmlops.cli.main import main; "
        "main(['github', sys.argv[1], sys.argv[2]], standalone_mode=False); "
        "sys.exit(' '.join({'github', 'requests'} & {*sys.modules}))"
    )
    for command in ("annotate", "summary"):
        environ = {**os.environ, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
        done = subprocess.run(
            [sys.executable, "-c", code, command, str(file)], env=environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
