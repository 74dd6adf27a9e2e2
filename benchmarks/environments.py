"""The tools that benchmarks stand beside: each in an environment of its own, `.venv-bench-NAME` of the repository.

`environments/NAME.txt` pins what is in it. An environment is made once, by whoever asks for it first.
"""

import subprocess
import sys
from importlib.metadata import version as installed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = Path(__file__).resolve().parent / "environments"
LEFT_OUT = " is left out, it cannot be installed: "
"""In a line that a benchmark prints, between the tool and the reason."""
TOOLS = tuple(sorted(file.stem for file in PINS.glob("*.txt")))


def python_with(tool: str) -> Path | None:
    """The Python of an environment that has a tool; None, with a word, where it cannot be installed."""
    folder = ROOT / f".venv-bench-{tool}"
    python, complete = folder / "bin/python", folder / "complete"
    pins = (PINS / f"{tool}.txt").read_text()
    if complete.exists() and complete.read_text() == pins:
        return python
    print(f"installing {tool} into {folder.name} (once)", file=sys.stderr, flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, stdout=sys.stderr)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
        subprocess.run([*install, str(PINS / f"{tool}.txt")], check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"{tool}{LEFT_OUT}{error}", flush=True)
        return None
    complete.write_text(pins)
    return python


def named(package: str, python: Path | None = None) -> str:
    """A package with its version, as a table names it: of our own environment, or of another one's Python."""
    if python is None:
        return f"{package} {installed(package)}"
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    found = subprocess.run([str(python), "-c", code, package], check=True, capture_output=True, text=True)
    return f"{package} {found.stdout.strip()}"
