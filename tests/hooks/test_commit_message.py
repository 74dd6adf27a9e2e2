"""Messages of commits."""

import pytest
from tests.conftest import GitRepo
from tests.hooks.test_secrets import SECRETS

from gitmlops.hooks.commit_message import check


@pytest.mark.parametrize(
    "words", ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[Actions Skip]", "\n\nskip-checks: true"]
)
def test_words_that_keep_the_gate_from_running_are_refused(words: str) -> None:
    report = check(f"Train anew {words}\n")
    assert "keeps the gate from running" in report.findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        "Train anew\n\nWith a reason.\n",
        "",
        "Skip the ci folder\n",
        "Change\n# [skip ci] in a comment\n",
        "Change\n# ------------------------ >8 ------------------------\ndiff --git a b\n+[skip ci]\n",
        "Größe: 1\n",
    ],
)
def test_other_messages_pass(text: str) -> None:
    assert check(text).passed


def test_a_secret_is_refused_at_its_line_and_not_shown() -> None:
    report = check(f"Change\n\nwith {SECRETS['GitHub token']}\n")
    assert str(report.findings[0].location) == "commit message:3:1"
    assert SECRETS["GitHub token"][8:20] not in repr(report)


def test_command_reads_the_file_that_git_names(repo: GitRepo) -> None:
    repo.write({".git/COMMIT_EDITMSG": b"Gr\xf6\xdfe [skip ci]\n"})
    result = repo.run("hook", "commit-msg", str(repo.root / ".git/COMMIT_EDITMSG"))
    assert result.exit_code == 1
    assert "keeps the gate from running" in result.output
