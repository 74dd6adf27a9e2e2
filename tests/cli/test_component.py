import json
import subprocess
import sys
from pathlib import Path

import pandas
import pytest
from click.testing import CliRunner
from tests.cli.test_pipeline import COMPONENT, PIPELINE
from tests.conftest import GitRepo

from gitmlops.cli.main import main


@pytest.fixture
def copies(project: GitRepo) -> GitRepo:
    project.commit({"components/copy/component.yaml": COMPONENT, "pipelines/p.yaml": PIPELINE})
    (project.root / ".dvc").mkdir()
    return project


def test_list_shows_the_librarys_components_and_the_repositorys_own(copies: GitRepo) -> None:
    rows = json.loads(copies.run("component", "list", "--format", "json").stdout)["tables"][0]["rows"]
    names = [row["uses"] for row in rows]
    assert names[-1] == "./components/copy"
    assert {"gitmlops/train@v1", "gitmlops/validate@v1"} <= set(names)


def test_the_library_can_be_read_outside_a_repository(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "component", "list"])
    assert result.exit_code == 0
    assert "gitmlops/split@v1" in result.output


@pytest.mark.parametrize("name", ["split", "gitmlops/split@v1"])
def test_show_tells_what_a_component_takes_and_gives(copies: GitRepo, name: str) -> None:
    output = copies.run("component", "show", name).stdout
    assert "train_until" in output
    assert "evaluation_labels" in output


def test_show_tells_columns_values_limits_and_what_a_run_of_it_takes(copies: GitRepo) -> None:
    contract = """\
kind: component
name: copy
version: v1
owner: us
description: For a test
inputs: {source: {type: table, many: true, description: In, schema: {id: int64, at: timestamp}}}
params:
  mode: {type: string, description: How, enum: [fast, "<b>"]}
  share: {type: number, description: Share, minimum: 0, maximum: 0.5}
  least: {type: integer, description: Least, minimum: 2}
  most: {type: integer, description: Most, maximum: 7}
  names: {type: list, items: string, description: Names}
outputs:
  result: {type: table, description: Out, schema: {id: int64}}
  score: {type: json, description: Score, cache: false, metric: true, plot: {x: a, y: b}}
deterministic: false
resources: {cpus: 3}
entry: code:run
"""
    copies.write(
        {"components/copy/component.yaml": contract, "pipelines/p.yaml": "kind: pipeline\nname: p\nsteps: {}\n"}
    )
    result = copies.run("component", "show", "copy", "--format", "json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    types = {row["name"]: row["type"] for table in shown["tables"] for row in table["rows"]}
    assert types == {
        "source": "table, one path or several with id: int64, at: timestamp",
        "mode": 'string: "fast", "<b>"',
        "share": "number from 0 to 0.5",
        "least": "integer, at least 2",
        "most": "integer, at most 7",
        "names": "list of string",
        "result": "table with id: int64",
        "score": "json, metric, plot",
    }
    assert {"deterministic": "no", "cpus": "3"}.items() <= dict(shown["facts"]).items()
    assert "<b>" not in copies.run("component", "show", "copy", "--format", "html").stdout


def test_show_answers_a_misspelt_name_with_the_nearest(copies: GitRepo) -> None:
    result = copies.run("component", "show", "splt")
    assert (result.exit_code, result.output) == (3, "there is no component 'splt'; did you mean 'split'?\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("p", "frist"), "pipelines/p.yaml: pipeline 'p' has no step 'frist'; did you mean 'first'?"),
        (("q", "first"), "there is no pipeline 'q'; known: p"),
        (("p", "first"), "data/in.txt: the input 'source' of step 'first' is not here; run the pipeline"),
    ],
)
def test_run_says_what_is_missing(copies: GitRepo, arguments: tuple[str, str], words: str) -> None:
    result = copies.run("component", "run", *arguments)
    assert result.exit_code == 3
    assert words in result.output


def test_a_component_without_its_code_is_named(copies: GitRepo) -> None:
    copies.write({"data/in.txt": "in"})
    result = copies.run("component", "run", "p", "first")
    assert result.exit_code == 3
    assert "components/copy/component.yaml: there is no copy.py; mend `entry:`" in result.output
    assert "step 'first' of pipeline 'p' (pipelines/p.yaml:6:5) failed:" in result.output


def test_a_new_component_is_complete_its_test_passes_and_a_step_can_use_it(project: GitRepo) -> None:
    result = project.run("component", "new", "drop-gaps", "--owner", "data-eng")
    assert result.exit_code == 0
    files = ["components/drop-gaps/component.yaml", "components/drop-gaps/drop_gaps.py"]
    assert result.stdout.splitlines() == [*files, "tests/test_component_drop_gaps.py"]
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    subprocess.run(pytest_, cwd=project.root, check=True, capture_output=True)
    pandas.DataFrame({"id": [1, 2], "weight": [None, 2.0]}).to_parquet(project.root / "in.parquet")
    steps = "  gaps: {uses: ./components/drop-gaps, with: {table: in.parquet, columns: [weight]}}\n"
    project.write({"pipelines/p.yaml": f"kind: pipeline\nname: p\nsteps:\n{steps}"})
    (project.root / ".dvc").mkdir()
    assert project.run("check").exit_code == 0
    result = project.run("component", "run", "p", "gaps")
    assert result.exit_code == 0, result.output
    assert pandas.read_parquet(project.root / "build/p/gaps/table.parquet")["id"].tolist() == [2]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1x", "'1x' is no name of a component; use letters"),
        ("../x", "'../x' is no name of a component"),
        ("json", "the module 'json' would stand before the one of Python or of a library; choose another name"),
        ("copy", "the module 'copy' would stand"),
        ("mine", "components/mine/component.yaml: is there already; choose another name"),
    ],
)
def test_a_name_that_is_wrong_or_taken_is_refused_and_nothing_is_written(
    project: GitRepo, name: str, words: str
) -> None:
    project.commit({"components/mine/component.yaml": COMPONENT.replace("name: copy", "name: mine")})
    result = project.run("component", "new", name)
    assert result.exit_code == 3
    assert words in result.output
    assert project.git("status", "--porcelain") == ""


def test_a_dry_run_says_what_would_be_written(project: GitRepo) -> None:
    result = project.run("component", "new", "x", "--dry-run")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 3)
    assert project.git("status", "--porcelain") == ""
