"""The doctor of code ownership: who is asked about a change, and whether people see it."""

import json
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import team

PROJECT = """\
project: test
roles: {risk-sme: ["@acme/risk"], software-engineer: ["@acme/software"], ml-engineer: ["@acme/ml"]}
reviewers: {platform: software-engineer}
"""


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    repo = team(tmp_path)
    repo.commit({"gitmlops.yaml": PROJECT})
    assert repo.run("github", "files").exit_code == 0
    repo.commit(message="Files")
    return repo


def found(repo: GitRepo, severity: str = "error") -> list[tuple[str, str]]:
    """Place and words of what is found about owners and attributes."""
    findings = json.loads(repo.run("doctor", "--format", "json").stdout)["findings"]
    return [
        (f"{one['path']}:{one['line']}", one["message"])
        for one in findings
        if one["severity"] == severity and one["rule"] in ("doctor/codeowners", "doctor/attributes")
    ]


def owners(repo: GitRepo) -> list[str]:
    return (repo.root / ".github/CODEOWNERS").read_text().splitlines(keepends=True)


def test_what_we_wrote_has_an_owner_in_each_line(work: GitRepo) -> None:
    assert found(work) == found(work, "warning") == []
    assert found(work, "pass")[0][1].startswith(".github/CODEOWNERS has an owner in each of its ")


def test_a_line_without_an_owner_undoes_those_before_it(work: GitRepo) -> None:
    lines = [*owners(work), "/policies/ # nobody is asked any more\n"]
    work.commit({".github/CODEOWNERS": "".join(lines)})
    [(place, words)] = found(work)
    assert place == f".github/CODEOWNERS:{len(lines)}"
    assert words == "/policies/ has no owner: whatever stood before it is undone, and nobody is asked"


def test_a_later_line_that_gives_policies_to_others_is_told_at_its_place(work: GitRepo) -> None:
    lines = [*owners(work), "*.yaml @acme/ml\n"]
    work.commit({".github/CODEOWNERS": "".join(lines)})
    told = found(work)
    assert (
        f".github/CODEOWNERS:{len(lines)}",
        "policies/ is owned by @acme/ml, who is not of the role risk-sme: the last line counts",
    ) in told


def test_a_second_file_counts_for_nothing(work: GitRepo) -> None:
    work.commit({"CODEOWNERS": "* @acme/risk\n", "docs/CODEOWNERS": "* @acme/risk\n"})
    because = "counts for nothing, because there is .github/CODEOWNERS"
    assert found(work, "warning") == [("CODEOWNERS:1", because), ("docs/CODEOWNERS:1", because)]


def test_a_repository_at_github_without_owners_is_warned(work: GitRepo) -> None:
    (work.root / ".github/CODEOWNERS").unlink()
    assert "there is no CODEOWNERS" in found(work, "warning")[0][1]


@pytest.mark.parametrize(
    ("path", "line", "hidden"),
    [
        (".gitattributes", "*.yaml linguist-generated", "policies"),
        (".gitattributes", "/policies/** linguist-generated=true", "policies"),
        (".gitattributes", ".github/** -diff", ".github/workflows"),
        (".gitattributes", "gitmlops.yaml binary", "gitmlops.yaml"),
        ("models/.gitattributes", "* linguist-vendored", "models"),
    ],
)
def test_attributes_that_fold_away_what_people_must_see_are_told(
    work: GitRepo, path: str, line: str, hidden: str
) -> None:
    work.commit({path: f"# why not\n{line}\n"})
    [(place, words)] = found(work)
    assert place == f"{path}:2"
    assert f"hides changes of {hidden} from who reviews them" in words


def test_locks_may_be_folded_away(work: GitRepo) -> None:
    work.commit({".gitattributes": "dvc.lock linguist-generated\nfeatures/locks/*.lock linguist-generated\n"})
    assert found(work) == []
