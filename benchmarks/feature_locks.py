"""CPU seconds of `gitmlops feature lock --check` over 1,000 views with SQL: first, after a change, unchanged."""

import compileall
import subprocess
import tempfile
from pathlib import Path

import check
from measured import cpu_seconds
from results import OURS, Row, keep

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
        times = {
            "the first time": [first(Path(folder)) for _ in range(RUNS)],
            "unchanged": [cpu_seconds(COMMAND, cwd=Path(folder)) for _ in range(RUNS)],
            "after a change": [changed(Path(folder)) for _ in range(RUNS)],
        }
    for when, values in times.items():
        what = f"`feature lock --check`, {check.VIEWS:,} views with SQL, {when}"
        keep(Row(what, OURS, "CPU s", values, MOST_SECONDS))


if __name__ == "__main__":
    main()
