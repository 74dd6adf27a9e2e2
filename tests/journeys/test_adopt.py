"""docs/how-to/adopt-a-dvc-project.md, typed on a project that knew nothing of gitmlops."""

import re
from pathlib import Path

import pytest
from tests import dvc_shapes
from tests.journeys import tutorial

PAGE = Path(__file__).parents[2] / "docs/how-to/adopt-a-dvc-project.md"
DIGEST = re.compile(r"\b[0-9a-f]{12}\b")


def lines(text: str) -> list[str]:
    """The words of an output, line by line; digests are of the moment."""
    return [DIGEST.sub("DIGEST", line.strip()) for line in text.splitlines() if line.strip() not in ("", "...")]


@pytest.mark.slow
def test_every_command_of_the_page_says_what_stands_below_it(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    shape = dvc_shapes.get_started(tmp_path_factory.getbasetemp() / "shape-get-started")
    project = dvc_shapes.copy(shape, tmp_path / "questions")
    before = {path: (project.root / path).read_bytes() for path in project.git("ls-files").split()}
    typed = 0
    for command, expected, printed in tutorial.run(PAGE.read_text(), project.root):
        typed += 1
        said = lines(printed)
        missing = [line for line in lines(expected) if line not in said]
        assert not missing, f"{command}\n{missing}\n{printed}"
        if not expected:
            assert not printed, f"{command}\n{printed}"
        if command == "gitmlops adopt":
            assert {path: (project.root / path).read_bytes() for path in before} == before
    assert typed > 20
