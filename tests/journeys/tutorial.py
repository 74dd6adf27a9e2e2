"""A tutorial as a program: its files written, its commands typed, its outputs compared."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^```(console|python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(text: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Each command with the output that stands below it, and what it printed.

    A block of YAML or Python that begins with a path as a comment is written to that file.
    """
    for kind, body in BLOCK.findall(text):
        if kind != "console":
            path, _, content = body.removeprefix("# ").partition("\n")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
            continue
        for step in body.removeprefix("$ ").split("\n$ "):
            command, _, expected = step.partition("\n")
            if command.startswith("cd "):
                folder = folder / command.removeprefix("cd ")
            else:
                yield command, expected.rstrip("\n"), _printed(command, folder)


def _printed(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = re.sub(r"^python ", f"{sys.executable} ", command)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.rstrip("\n")
