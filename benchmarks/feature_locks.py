"""CPU seconds of `gitmlops feature lock --check` over 1,000 views with SQL: the first time, and without a change."""

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

RUNS, MOST_SECONDS = 5, 1.0


def run(root: Path, *arguments: str) -> None:
    command = [str(Path(sys.executable).parent / "gitmlops"), "feature", *arguments]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)


def cpu_seconds(root: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(root, "lock", "--check")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def first(root: Path) -> float:
    """The time without what an earlier run remembered."""
    shutil.rmtree(root / ".git/gitmlops", ignore_errors=True)
    return cpu_seconds(root)


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        check.write_project(Path(folder))
        run(Path(folder), "lock")
        cold = statistics.median(first(Path(folder)) for _ in range(RUNS))
        warm = statistics.median(cpu_seconds(Path(folder)) for _ in range(RUNS))
    print(f"gitmlops feature lock --check, {check.VIEWS} views with SQL (at most {MOST_SECONDS} CPU s):")
    print(f"  the first time {cold:.3f}, unchanged {warm:.3f}")


if __name__ == "__main__":
    main()
