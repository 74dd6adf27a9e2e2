"""`gitmlops hook`: the exit codes and words that pre-commit shows."""

import pytest
from tests.conftest import GitRepo


@pytest.fixture
def staged(repo: GitRepo) -> GitRepo:
    repo.write({"large.csv": b"x" * 2_000_000, "small.csv": "1", "--max-kb=9999": b"x" * 2_000_000})
    repo.git("add", "--all")
    return repo


def test_large_file_is_refused_with_exit_code_1_and_its_name(staged: GitRepo) -> None:
    result = staged.run("hook", "large-file", "small.csv", "large.csv")
    assert result.exit_code == 1
    assert "large.csv" in result.output
    assert "1,954 KiB are too much for git (limit: 1,000 KiB)" in result.output
    assert "dvc add large.csv" in result.output
    assert "small.csv" not in result.output


def test_small_file_passes(staged: GitRepo) -> None:
    assert staged.run("hook", "large-file", "small.csv").exit_code == 0


def test_limit_can_be_raised(staged: GitRepo) -> None:
    assert staged.run("hook", "large-file", "--max-kb", "2000", "large.csv").exit_code == 0


def test_file_that_is_named_like_the_option_does_not_raise_the_limit(staged: GitRepo) -> None:
    assert staged.run("hook", "large-file", "--", "--max-kb=9999", "large.csv").exit_code == 1


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5"])
def test_impossible_limit_is_a_usage_error(staged: GitRepo, limit: str) -> None:
    assert staged.run("hook", "large-file", f"--max-kb={limit}", "small.csv").exit_code == 2


def test_unknown_hook_is_a_usage_error(repo: GitRepo) -> None:
    assert repo.run("hook", "small-file").exit_code == 2
