"""`gitmlops init`: a complete project in an empty folder, and nothing overwritten in any other."""

import subprocess
import sys
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


@pytest.mark.parametrize("template", ["blank", "credit", "flights", "hiring"])
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


@pytest.mark.parametrize("template", ["blank", "credit", "flights", "hiring"])
def test_init_leaves_no_template_variable_behind(tmp_path: Path, template: str) -> None:
    assert init(str(tmp_path / "new"), "--template", template).exit_code == 0
    project = GitRepo(tmp_path / "new")
    for path in project.git("ls-files", "--others", "--exclude-standard").splitlines():
        assert "%%{" not in (project.root / path).read_text(), path


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


def paths(root: Path) -> list[str]:
    """Everything in a folder except what git keeps for itself."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if ".git" not in path.relative_to(root).parts)


def test_init_at_the_root_of_a_repository_adds_the_project_and_keeps_history_and_files(repo: GitRepo) -> None:
    commit = repo.commit({"README.md": "mine", "src/app.py": "print()"})
    result = repo.run("init", "--project", "mine", "--yes")
    assert result.exit_code == 0, result.output
    assert (repo.root / "README.md").read_text() == "mine"
    assert (repo.root / "gitmlops.yaml").exists()
    assert repo.git("rev-parse", "HEAD").strip() == commit
    assert not list((repo.root / "src").rglob(".git"))


@pytest.mark.parametrize("folder", ["new", "deep/er/new", "there"])
def test_init_inside_another_repository_is_refused_and_writes_nothing(repo: GitRepo, folder: str) -> None:
    repo.commit({"there/file.txt": "x"})
    result = repo.run("init", folder, "--yes")
    assert result.exit_code == 3
    assert f"lies inside the git repository {repo.root}" in result.stderr
    assert "name a folder outside of it" in result.stderr
    assert paths(repo.root) == ["there", "there/file.txt"]


def test_init_inside_a_repository_works_in_a_folder_that_it_ignores(repo: GitRepo) -> None:
    repo.commit({".gitignore": "scratch/\n"})
    result = repo.run("init", "scratch/new")
    assert result.exit_code == 0, result.output
    assert (repo.root / "scratch" / "new" / ".git").is_dir()
    assert repo.git("status", "--porcelain") == ""


def test_init_works_in_a_repository_of_its_own_inside_another(repo: GitRepo) -> None:
    repo.git("init", "-q", "inner")
    assert repo.run("init", "inner").exit_code == 0
    assert (repo.root / "inner" / "gitmlops.yaml").exists()


def test_init_in_a_bare_repository_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "origin.git")], check=True)
    before = paths(tmp_path)
    result = init(str(tmp_path / "origin.git"), "--project", "mine", "--yes")
    assert result.exit_code == 3
    assert "a bare repository has no files to work on" in result.stderr
    assert paths(tmp_path) == before


def test_init_names_everything_that_stands_in_the_way_and_writes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    (root / "README.md").mkdir(parents=True)
    (root / "elsewhere").mkdir()
    (root / "policies").write_text("a file")
    (root / ".dvc").write_text("a file")
    (root / ".github").symlink_to(root / "elsewhere")
    (root / "gitmlops.yaml").symlink_to(root / "gone")
    before = paths(root)
    result = init(str(root), "--yes")
    assert result.exit_code == 3
    assert [line.removeprefix(f"{root}/").partition(";")[0] for line in result.stderr.splitlines()] == [
        ".dvc: is a file where a folder must go",
        ".github: is a link where a folder must go",
        "policies: is a file where a folder must go",
        "README.md: is a folder where a file must go",
        "gitmlops.yaml: is a broken link where a file must go",
    ]
    assert paths(root) == before
    assert not (root / ".git").exists()


def test_init_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = init(str(tmp_path / "notes.txt" / "new"))
    assert result.exit_code == 3
    assert f"{tmp_path}/notes.txt: is a file where a folder must go; move it" in result.stderr


def test_init_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    command = f"ulimit -f 1; exec {sys.executable} -m gitmlops init {tmp_path}/deep/new --template flights"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "cannot be written: File too large; nothing was changed" in done.stderr
    assert paths(tmp_path) == []


def test_init_beside_a_definition_that_is_wrong_changes_nothing(repo: GitRepo) -> None:
    repo.commit({"models/m.yaml": "kind: modle\n", "dvc.yaml": "stages: {}\n", "features/entities/mine.txt": ""})
    before = paths(repo.root)
    result = repo.run("init", "--template", "flights", "--project", "mine", "--yes")
    assert result.exit_code == 3
    assert "models/m.yaml:1:7" in result.stderr
    assert repo.git("status", "--porcelain") == ""
    assert paths(repo.root) == before


def test_the_printed_cd_can_be_typed_for_a_folder_with_blanks(tmp_path: Path) -> None:
    result = init(str(tmp_path / "my project"), "--project", "mine")
    cd = next(line for line in result.stdout.splitlines() if line.startswith("  cd "))
    there = subprocess.run(["bash", "-c", f"{cd} && pwd"], capture_output=True, text=True, check=True).stdout
    assert there.strip() == str(tmp_path / "my project")


def test_init_names_the_repository_at_github_which_becomes_origin_and_whose_owner_owns_the_code(tmp_path: Path) -> None:
    result = init(str(tmp_path / "new"), "--github", "acme/sky.flights")
    assert result.exit_code == 0, result.output
    project = GitRepo(tmp_path / "new")
    assert project.git("remote", "get-url", "origin").strip() == "https://github.com/acme/sky.flights.git"
    assert "project: sky-flights\n" in (project.root / "gitmlops.yaml").read_text()
    assert "@acme/risk" in (project.root / ".github/CODEOWNERS").read_text()
    badge = "https://github.com/acme/sky.flights/actions/workflows/verdict.yml"
    assert f"({badge}/badge.svg)]({badge})" in (project.root / "README.md").read_text()
    assert "gitmlops doctor --apply" in result.stdout


def test_init_for_an_enterprise_server_writes_workflows_that_work_there(tmp_path: Path) -> None:
    result = init(str(tmp_path / "new"), "--github", "github.acme.example/acme/shop", "--template", "flights")
    assert result.exit_code == 0, result.output
    project = GitRepo(tmp_path / "new")
    assert project.git("remote", "get-url", "origin").strip() == "https://github.acme.example/acme/shop.git"
    assert "ci: {host: github.acme.example}" in (project.root / "gitmlops.yaml").read_text()
    assert "# v3.2.1" in (project.root / ".github/workflows/monitor.yml").read_text()


@pytest.mark.parametrize("name", ["acme", "acme/", "a b/c", "acme/x;y", "https://github.com/acme/shop", "../x/y"])
def test_init_refuses_what_is_no_repository_of_github(tmp_path: Path, name: str) -> None:
    result = init(str(tmp_path / "new"), "--github", name)
    assert result.exit_code == 2
    assert "is no repository of GitHub" in result.stderr
    assert not (tmp_path / "new").exists()


def test_init_leaves_another_origin_alone_and_says_so_before_it_writes(repo: GitRepo) -> None:
    repo.commit({"README.md": "mine"})
    repo.git("remote", "add", "origin", "https://github.com/acme/other.git")
    result = repo.run("init", "--github", "acme/shop", "--yes")
    assert result.exit_code == 1
    assert "origin is https://github.com/acme/other.git, not acme/shop" in result.stderr
    assert paths(repo.root) == ["README.md"]
    repo.git("remote", "set-url", "origin", "git@github.com:Acme/Shop.git")
    assert repo.run("init", "--github", "acme/shop", "--yes").exit_code == 0
