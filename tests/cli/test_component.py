import json
from pathlib import Path

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
