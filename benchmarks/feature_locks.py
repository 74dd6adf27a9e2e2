"""CPU seconds of `gitmlops feature lock --check` over 1,000 views with SQL: first, after a change, unchanged."""

import compileall
import statistics
import subprocess
import tempfile
from pathlib import Path

import check
from measured import cpu_seconds

import gitmlops

RUNS, MOST_SECONDS = 5, 1.0
COMMAND = (check.GITMLOPS, "feature", "lock", "--check")


def first(root: Path) -> float:
    """The time without what an earlier run kept."""
    check.forget(root)
    return cpu_seconds(COMMAND, cwd=root)


def changed(root: Path) -> float:
    """The time after one view was changed, and its lock written: nothing says yet that the locks are right."""
    check.change(root)
    subprocess.run((check.GITMLOPS, "feature", "lock"), cwd=root, check=True, stderr=subprocess.DEVNULL)
    return cpu_seconds(COMMAND, cwd=root)


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        check.write_project(Path(folder))
        subprocess.run((check.GITMLOPS, "feature", "lock"), cwd=folder, check=True, stderr=subprocess.DEVNULL)
        cold = statistics.median(first(Path(folder)) for _ in range(RUNS))
        warm = statistics.median(cpu_seconds(COMMAND, cwd=Path(folder)) for _ in range(RUNS))
        after = statistics.median(changed(Path(folder)) for _ in range(RUNS))
    print(f"gitmlops feature lock --check, {check.VIEWS} views with SQL (at most {MOST_SECONDS} CPU s):")
    print(f"  the first time {cold:.3f}, after a change {after:.3f}, unchanged {warm:.3f}")


if __name__ == "__main__":
    main()
