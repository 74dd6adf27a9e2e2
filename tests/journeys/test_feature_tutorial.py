"""The tutorial on features, typed as it stands, prints what it says."""

import re
from pathlib import Path

import pytest
from tests.journeys import tutorial

PAGE = Path(__file__).parents[2] / "docs/tutorial/from-a-table-to-a-reused-feature.md"


@pytest.mark.slow
def test_every_command_of_the_tutorial_prints_what_stands_below_it(tmp_path: Path) -> None:
    commands = 0
    for command, expected, printed in tutorial.run(PAGE.read_text(), tmp_path):
        assert without_commits(printed) == without_commits(expected), command
        commands += 1
    assert commands > 20


def without_commits(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "COMMIT", text)
