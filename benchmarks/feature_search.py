"""CPU seconds of `gitmlops feature search` over 1,000 views, whole processes: the first time, and without a change."""

import compileall
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import check

import gitmlops

RUNS, MOST_SECONDS = 7, 0.3


def cpu_seconds(root: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).parent / "gitmlops"), "feature", "search", "dealy", "history"]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def first(root: Path) -> float:
    """The time without what an earlier run kept."""
    shutil.rmtree(root / ".git/gitmlops", ignore_errors=True)
    return cpu_seconds(root)


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        check.write_project(Path(folder))
        cold = statistics.median(first(Path(folder)) for _ in range(3))
        warm = statistics.median(cpu_seconds(Path(folder)) for _ in range(RUNS))
    print(f"gitmlops feature search, {check.VIEWS} views (at most {MOST_SECONDS} CPU s):")
    print(f"  after a change {cold:.3f}, unchanged {warm:.3f}")


if __name__ == "__main__":
    main()
