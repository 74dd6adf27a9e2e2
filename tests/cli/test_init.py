"""`gitmlops init`: a complete project in an empty folder, and nothing overwritten in any other."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.conftest import GitRepo

from gitmlops.cli.main import main
from gitmlops.specs.yaml import compose


def init(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(main, ["init", *arguments], input=input)


@pytest.fixture
def flights(tmp_path: Path) -> GitRepo:
    result = init(str(tmp_path / "flights"), "--template", "flights", "--owner", "acme")
    assert result.exit_code == 0, result.output
    return GitRepo(tmp_path / "flights")


@pytest.mark.parametrize("template", ["blank", "flights"])
def test_init_writes_a_project_whose_every_yaml_file_is_valid(tmp_path: Path, template: str) -> None:
    assert init(str(tmp_path / "new"), "--template", template).exit_code == 0
    files = [*(tmp_path / "new").rglob("*.yaml"), *(tmp_path / "new").rglob("*.yml")]
    assert files
    for file in files:
        compose(file.read_bytes(), path=file.name)


def test_init_initialises_git_and_dvc_and_compiles_the_pipelines(flights: GitRepo) -> None:
    assert (flights.root / ".git").is_dir()
    assert (flights.root / ".dvc" / "config").is_file()
    assert "delay-train:" in (flights.root / "dvc.yaml").read_text()
    assert flights.run("pipeline", "compile", "--check").exit_code == 0


def test_init_names_the_project_after_its_folder_and_the_owners_after_the_organisation(flights: GitRepo) -> None:
    text = (flights.root / "gitmlops.yaml").read_text()
    assert "project: flights\n" in text
    assert '"@acme/data-scientists"' in text


def test_init_leaves_no_template_variable_behind(flights: GitRepo) -> None:
    for path in flights.git("ls-files", "--others", "--exclude-standard").splitlines():
        assert "%%{" not in (flights.root / path).read_text(), path


def test_init_says_what_to_do_next(tmp_path: Path) -> None:
    result = init(str(tmp_path / "new"), "--template", "flights")
    assert "python scripts/import_data.py" in result.stdout
    assert "gitmlops pipeline run delay" in result.stdout


def test_init_asks_in_a_folder_with_files_and_writes_nothing_on_no(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = init(str(tmp_path), "--project", "mine", input="n\n")
    assert result.exit_code == 130
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


def test_init_never_overwrites_a_file(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    result = init(str(tmp_path), "--project", "mine", input="y\n")
    assert result.exit_code == 0
    assert (tmp_path / "README.md").read_text() == "mine"
    assert (tmp_path / "gitmlops.yaml").exists()
    assert "kept README.md as it was" in result.output


def test_init_twice_changes_nothing(flights: GitRepo) -> None:
    before = {
        path: path.read_bytes() for path in flights.root.rglob("*") if path.is_file() and ".git" not in path.parts
    }
    assert init(str(flights.root), "--template", "flights", "--yes").exit_code == 0
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("name", ["a b", "x/y", "-", "$(touch pwned)"])
def test_init_refuses_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    result = init(str(tmp_path / "new"), "--project", name)
    assert result.exit_code == 2
    assert not (tmp_path / "new").exists()
