"""`gitmlops github files`: what lies below .github/ follows gitmlops.yaml, and nothing that git lacks is lost."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conftest import GitRepo

from gitmlops.cli.main import main


@pytest.fixture
def shop(tmp_path: Path) -> GitRepo:
    result = CliRunner().invoke(main, ["init", str(tmp_path / "shop"), "--owner", "acme"])
    assert result.exit_code == 0, result.output
    repo = GitRepo(tmp_path / "shop")
    repo.commit(message="Start")
    return repo


def change(repo: GitRepo, **replaced: str) -> None:
    file = repo.root / "gitmlops.yaml"
    text = file.read_text()
    for old, new in replaced.items():
        text = text.replace(old, new)
    file.write_text(text + "ci: {runners: {gate: big}, workflows: [gate, verdict]}\n")


def test_what_init_wrote_is_what_gitmlops_yaml_says(shop: GitRepo) -> None:
    result = shop.run("github", "files", "--check")
    assert result.exit_code == 0, result.output
    assert "13 files are as gitmlops.yaml says" in result.output


def test_a_setting_that_changed_is_told_by_check_and_carried_out_without_it(shop: GitRepo) -> None:
    change(shop, risk="auditors")
    told = shop.run("github", "files", "--check")
    assert told.exit_code == 1
    assert re.findall(r"\.github/\S+?(?=:1:1: is not as)", told.output) == [
        ".github/CODEOWNERS",
        ".github/workflows/gate.yml",
        ".github/workflows/verdict.yml",
    ]
    assert shop.git("status", "--porcelain").split() == ["M", "gitmlops.yaml"]
    assert shop.run("github", "files", "--dry-run").stderr.count("would write") == 3
    result = shop.run("github", "files")
    assert result.stderr.count("wrote .github/") == 3
    assert "runs-on: big\n" in (shop.root / ".github/workflows/gate.yml").read_text()
    assert "/policies/               @acme/auditors\n" in (shop.root / ".github/CODEOWNERS").read_text()
    assert shop.run("github", "files", "--check").exit_code == 0


def test_a_file_that_git_does_not_have_as_it_is_is_not_overwritten_nor_is_any_other(shop: GitRepo) -> None:
    change(shop)
    with (shop.root / ".github/workflows/gate.yml").open("a") as file:
        file.write("# mine\n")
    result = shop.run("github", "files")
    assert result.exit_code == 1
    assert "git does not have .github/workflows/gate.yml as it is: nothing was written" in result.stderr
    assert (shop.root / ".github/workflows/gate.yml").read_text().endswith("# mine\n")
    assert "runs-on: ubuntu-latest" in (shop.root / ".github/workflows/verdict.yml").read_text()


def test_a_link_in_the_place_of_a_file_is_not_followed(shop: GitRepo) -> None:
    (shop.root / ".github/CODEOWNERS").unlink()
    (shop.root / ".github/CODEOWNERS").symlink_to(shop.root.parent / "elsewhere")
    result = shop.run("github", "files")
    assert result.exit_code == 3
    assert ".github/CODEOWNERS: is no plain file; move it" in result.stderr


def test_people_and_roles_that_nobody_fills_make_no_line_without_an_owner(shop: GitRepo) -> None:
    text = (
        "project: shop\npeople: {jane: {id: 1}}\nroles: {ml-engineer: ['@jane'], risk-sme: ['@acme/risk', '@jane']}\n"
    )
    shop.commit({"gitmlops.yaml": text})
    assert shop.run("github", "files").exit_code == 0
    lines = [line.split() for line in (shop.root / ".github/CODEOWNERS").read_text().splitlines() if line[0] != "#"]
    assert lines[0] == ["*", "@jane"]
    assert lines[-1] == ["/policies/", "@acme/risk", "@jane"]
    assert all(len(line) > 1 for line in lines)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("{runners: {gate: 'a b'}}", "gitmlops.yaml:13:22: 'a b' is not of the right form; write a label of runners"),
        ("{workflows: [gates]}", "'gates' is not one of the allowed values; did you mean 'gate'?"),
        ("{package_index: 'http://x'}", "write https://HOST/PATH"),
        ("{action: gitmlops/gitmlops@v1}", "write OWNER/NAME@SHA with the whole SHA of a commit"),
        ("{host: 'https://x.example'}", "write the name of the server"),
        ("{app: -1}", "write the number that GitHub shows"),
    ],
)
def test_a_setting_that_cannot_be_is_told_at_its_place(shop: GitRepo, settings: str, words: str) -> None:
    with (shop.root / "gitmlops.yaml").open("a") as file:
        file.write(f"ci: {settings}\n")
    result = shop.run("github", "files")
    assert result.exit_code == 3
    assert words in result.stderr
