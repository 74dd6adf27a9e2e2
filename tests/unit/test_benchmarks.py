"""Benchmarks find what they import when they are run as files, wherever that is."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "benchmarks"
# As `python FILE` does it: what lies beside the file can be imported, what lies in the current folder cannot.
LOAD_ALL = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
for file in sys.argv[2:]:
    kept = list(sys.path)
    runpy.run_path(file, run_name="loaded")
    sys.path[:] = kept
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
"""


def test_every_benchmark_finds_what_it_imports(tmp_path: Path) -> None:
    files = [str(file) for file in sorted(FOLDER.glob("*.py"))]
    command = [sys.executable, "-I", "-c", LOAD_ALL, str(FOLDER), *files]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
