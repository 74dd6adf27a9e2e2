"""`gitmlops pipeline compare`: metrics, parameters and plots of two commits, or of one and the work tree."""

import json
import subprocess
import sys

import pytest
from tests.conftest import GitRepo

STAGES = """\
stages:
  fit:
    matrix: {s: [x, y]}
    cmd: cp in.json m_${item.s}.json && cp plot.csv p_${item.s}.csv
    deps: [in.json, plot.csv]
    params: [depth, deep]
    metrics: [{"m_${item.s}.json": {cache: false}}]
    plots: [{"p_${item.s}.csv": {x: t, y: v}}]
"""
HOSTILE = "<script>alert(1)</script>\u202e::error::"


@pytest.fixture
def experiments(project: GitRepo) -> GitRepo:
    """A commit on main, and one on `deeper` with other parameters, metrics and points."""
    repro(project, "init", "-q")
    project.write({"dvc.yaml": STAGES})
    run(project, {"auc": 0.5, "loss": 3, "old": 1}, "t,v\n1,2\n2,3\n", "depth: 1\ndeep: {z: 0.1}\n")
    project.commit(message="first")
    run(project, {"auc": 0.75, "loss": 1, "b": True}, "t,v\n1,2\n2,5\n3,6\n", "depth: [1, 2]\ndeep: {z: 0.3}\n")
    project.commit(branch="deeper")
    return project


def run(repo: GitRepo, metrics: dict[str, object], points: str, params: str) -> None:
    repo.write({"in.json": json.dumps(metrics), "plot.csv": points, "params.yaml": params})
    repro(repo, "repro", "-q")


def repro(repo: GitRepo, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=repo.root, check=True, capture_output=True)


def compare(repo: GitRepo, *arguments: str) -> dict[str, list[list[object]]]:
    """The rows of each table, by title."""
    result = repo.run("pipeline", "compare", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return {table["title"]: [[*row.values()] for row in table["rows"]] for table in json.loads(result.stdout)["tables"]}


def test_metrics_and_parameters_of_two_commits_are_told_with_by_how_much_and_which_way(experiments: GitRepo) -> None:
    tables = compare(experiments, "main", "deeper")
    assert [row for row in tables["Metrics"] if row[0] == "m_x.json"] == [
        ["m_x.json", "auc", 0.5, 0.75, 0.25, "up"],
        ["m_x.json", "b", None, True, None, "new"],
        ["m_x.json", "loss", 3, 1, -2, "down"],
        ["m_x.json", "old", 1, None, None, "gone"],
    ]
    assert {row[0] for row in tables["Metrics"]} == {"m_x.json", "m_y.json"}
    path, key, before, after, difference, change = tables["Parameters"][0]
    assert (path, key, before, after, change) == ("params.yaml", "deep.z", 0.1, 0.3, "up")
    assert difference == pytest.approx(0.2)
    assert tables["Parameters"][1] == ["params.yaml", "depth", 1, "[1, 2]", None, "changed"]
    turned = compare(experiments, "deeper", "main")["Metrics"]
    assert turned[0] == ["m_x.json", "auc", 0.75, 0.5, -0.25, "down"]


def test_plots_whose_points_differ_are_drawn_over_each_other(experiments: GitRepo) -> None:
    result = experiments.run("pipeline", "compare", "main", "deeper", "--format", "json")
    charts = json.loads(result.stdout)["charts"]
    assert [chart["title"] for chart in charts] == ["p_x.csv: v", "p_y.csv: v"]
    assert charts[0]["labels"] == ["1", "2", "3"]
    assert [(line["name"], line["values"]) for line in charts[0]["series"]] == [
        ("main", [2, 3, None]),
        ("deeper", [2, 5, 6]),
    ]
    assert compare(experiments, "main", "deeper")["Plots"][0] == ["p_x.csv", 2, 3, "changed"]


def test_the_work_tree_is_compared_with_the_last_commit(experiments: GitRepo) -> None:
    result = experiments.run("pipeline", "compare")
    assert result.exit_code == 0
    assert result.stdout.startswith("HEAD → work tree\nNothing differs.\n")
    run(experiments, {"auc": 0.8}, "t,v\n1,2\n", "depth: 3\ndeep: {z: 0.3}\n")
    result = experiments.run("pipeline", "compare", "main")
    assert "main → work tree\ndifferent: metrics (6), parameters (2), plots (2)\n" in result.stdout


def test_what_cannot_be_read_is_a_warning_and_no_difference(experiments: GitRepo) -> None:
    experiments.write({"m_x.json": "{broken"})
    result = experiments.run("pipeline", "compare", "main")
    assert result.exit_code == 0
    assert "unread  m_x.json:1:1: work tree: unable to read" in result.stdout
    assert "m_x.json" not in str(compare(experiments, "main")["Metrics"])


def test_points_that_are_not_in_the_cache_are_told(experiments: GitRepo) -> None:
    subprocess.run(["rm", "-rf", str(experiments.root / ".dvc/cache")], check=True)
    result = experiments.run("pipeline", "compare", "main", "deeper")
    assert result.exit_code == 0
    assert "p_x.csv:1:1: main: " in result.stdout
    assert "`dvc fetch` it" in result.stdout


@pytest.mark.slow
def test_strange_values_are_text_in_every_format(experiments: GitRepo) -> None:
    strange = {HOSTILE: 1, "auc": float("nan"), "huge": 10**40, "word": "x"}
    run(experiments, strange, "t,v\n,\nx,1e999\n1,abc\n", f"depth: '{HOSTILE}'\ndeep: {{z: .inf}}\n")
    for name in ("text", "markdown", "json", "junit", "sarif", "html"):
        result = experiments.run("pipeline", "compare", "main", "--format", name)
        assert result.exit_code == 0, result.output
        assert "\u202e" not in result.stdout
        if name in ("html", "markdown"):
            assert "<script>alert" not in result.stdout


def test_the_result_is_written_to_a_file_in_the_format_of_its_suffix(experiments: GitRepo) -> None:
    result = experiments.run("pipeline", "compare", "main", "deeper", "--output", str(experiments.root / "out.html"))
    assert result.exit_code == 0
    assert "<svg" in (experiments.root / "out.html").read_text()


@pytest.mark.parametrize("name", ["nope", "--help-me", "main..deeper"])
def test_a_name_that_is_no_commit_is_refused(experiments: GitRepo, name: str) -> None:
    result = experiments.run("pipeline", "compare", "main", "--", name)
    assert result.exit_code == 3
    assert f"there is no commit {name!r} here" in result.stderr


def test_a_dvc_yaml_that_is_broken_is_told(experiments: GitRepo) -> None:
    experiments.write({"dvc.yaml": "stages: [\n"})
    result = experiments.run("pipeline", "compare", "main")
    assert result.exit_code == 3
    assert "dvc.yaml: unable to read" in result.stderr
    assert result.stdout == ""


def test_without_dvc_it_says_what_to_do(project: GitRepo) -> None:
    result = project.run("pipeline", "compare")
    assert result.exit_code == 3
    assert "run `dvc init`" in result.stderr


def test_a_dvc_that_was_not_tested_is_not_asked(experiments: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitmlops.adapters.dvc.versions.TESTED", ("2.0", "2.1"))
    result = experiments.run("pipeline", "compare", "main", "deeper")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "comparing works with parts of DVC, and " in result.stderr
    assert "install a DVC of 2.0 or 2.1, or use `dvc metrics diff`" in result.stderr
