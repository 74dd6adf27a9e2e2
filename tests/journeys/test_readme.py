"""The README's example, typed as it stands, prints what it says."""

import os
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def example() -> list[tuple[str, str]]:
    """Each command of the example with the output that stands below it."""
    block = README.read_text().partition("```console\n")[2].partition("```")[0]
    steps = [step.partition("\n") for step in block.removeprefix("$ ").split("\n$ ")]
    return [(command, output.rstrip("\n")) for command, _, output in steps]


def test_every_command_of_the_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }
    folder = tmp_path
    for command, output in example():
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.stdout.rstrip("\n") == output, command
    assert len(example()) >= 4
