import json
import subprocess
import sys

import pytest
from tests.conftest import GitRepo

COMPONENT = """\
kind: component
name: copy
version: v1
owner: us
description: Copies
inputs: {source: {type: any, description: A file}}
params: {times: {type: integer, default: 1, description: How often}}
outputs: {result: {type: any, description: The copy}}
entry: copy:run
"""
PIPELINE = """\
kind: pipeline
name: p
description: Copies twice
steps:
  first:
    uses: ./components/copy
    with: {source: data/in.txt}
"""


@pytest.fixture
def copies(project: GitRepo) -> GitRepo:
    project.commit(
        {"components/copy/component.yaml": COMPONENT, "pipelines/p.yaml": PIPELINE, "components/copy/copy.py": ""}
    )
    return project


def test_compile_writes_dvc_yaml_once(copies: GitRepo) -> None:
    first = copies.run("pipeline", "compile")
    assert (first.exit_code, first.output) == (0, "dvc.yaml written\n")
    again = copies.run("pipeline", "compile")
    assert (again.exit_code, again.output) == (0, "dvc.yaml is up to date\n")


def test_check_refuses_a_dvc_yaml_that_is_older_than_the_definitions_and_shows_what_differs(copies: GitRepo) -> None:
    copies.run("pipeline", "compile")
    assert copies.run("pipeline", "compile", "--check").exit_code == 0
    copies.write({"pipelines/p.yaml": PIPELINE.replace("first:", "only:")})
    before = (copies.root / "dvc.yaml").read_bytes()
    result = copies.run("pipeline", "compile", "--check")
    assert result.exit_code == 1
    assert "-    cmd: gitmlops component run p first\n" in result.stdout
    assert "+    cmd: gitmlops component run p only\n" in result.stdout
    assert "dvc.yaml: is older than the definitions; run `gitmlops pipeline compile` and commit it" in result.stderr
    assert (copies.root / "dvc.yaml").read_bytes() == before


def test_check_tells_a_hand_made_edit_from_an_old_file(copies: GitRepo) -> None:
    copies.run("pipeline", "compile")
    text = (copies.root / "dvc.yaml").read_text()
    copies.write({"dvc.yaml": text.replace("component run p first", "component run p frist")})
    result = copies.run("pipeline", "compile", "--check")
    assert result.exit_code == 1
    assert "dvc.yaml: was edited between the markers" in result.stderr


def test_a_dvc_yaml_that_is_no_text_is_named(copies: GitRepo) -> None:
    copies.write({"dvc.yaml": b"\xff\xfe"})
    result = copies.run("pipeline", "compile")
    assert (result.exit_code, result.output) == (3, "dvc.yaml: not UTF-8 text; save the file as UTF-8\n")


def test_broken_definitions_are_all_reported_and_nothing_is_written(copies: GitRepo) -> None:
    copies.write({"pipelines/p.yaml": PIPELINE.replace("source:", "sauce:")})
    result = copies.run("pipeline", "compile")
    assert result.exit_code == 3
    assert "pipelines/p.yaml:7:19: copy has no input or parameter 'sauce'; did you mean 'source'?" in result.output
    assert "pipelines/p.yaml:6:5: the step 'first' does not give copy its input 'source'" in result.output
    assert not (copies.root / "dvc.yaml").exists()


def test_a_project_without_pipelines_has_nothing_to_compile(project: GitRepo) -> None:
    assert project.run("pipeline", "compile").exit_code == 0
    assert not (project.root / "dvc.yaml").exists()


def test_compiling_loads_nothing_heavy(copies: GitRepo) -> None:
    code = (
        "import sys\nfrom gitmlops.cli.main import main\n"
        "try:\n    main(['pipeline', 'compile', '--check'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('dvc', 'pandas', 'numpy', 'duckdb', 'sklearn', 'git') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=copies.root, check=True, capture_output=True, text=True)
    assert done.stdout.endswith("\n[]\n")


def test_list_names_pipelines_with_their_steps(copies: GitRepo) -> None:
    result = copies.run("pipeline", "list", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["tables"][0]["rows"] == [
        {"pipeline": "p", "steps": 1, "models": "", "description": "Copies twice"}
    ]


def test_status_says_what_would_run_and_why(copies: GitRepo) -> None:
    copies.write({"data/in.txt": "in"})
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=copies.root, check=True)
    stale = copies.run("pipeline", "status")
    assert (stale.exit_code, stale.stdout) == (3, "")
    assert "dvc.yaml: is older than the definitions; run `gitmlops pipeline compile` first" in stale.stderr
    copies.run("pipeline", "compile")
    result = copies.run("pipeline", "status")
    assert result.exit_code == 0
    assert "1 of 1 stages would run" in result.stdout
    assert "build/p/first/result is deleted" in result.stdout


def test_an_unknown_pipeline_is_answered_with_the_nearest(copies: GitRepo) -> None:
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=copies.root, check=True)
    result = copies.run("pipeline", "run", "pp")
    assert (result.exit_code, result.output) == (3, "there is no pipeline 'pp'; did you mean 'p'?\n")


def test_set_needs_to_know_which_pipeline(copies: GitRepo) -> None:
    copies.write({"pipelines/q.yaml": PIPELINE.replace("name: p", "name: q")})
    result = copies.run("pipeline", "run", "--set", "params.a=1")
    assert result.exit_code == 2
    assert "--set needs to know which pipeline; name it" in result.output


def test_outside_a_project_the_mend_is_said(repo: GitRepo) -> None:
    result = repo.run("pipeline", "compile")
    assert result.exit_code == 3
    assert "not a gitmlops project: there is no gitmlops.yaml; run `gitmlops init`" in result.output
