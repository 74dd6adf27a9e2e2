"""CPU seconds of `gitmlops feature search` over views, whole processes: first, after a change, unchanged.

`python benchmarks/feature_search.py [VIEWS ...]`: 1,000 unless other numbers are given.
"""

import compileall
import sys
import tempfile
from pathlib import Path

import check
from measured import cpu_seconds
from results import OURS, Row, keep

import gitmlops

RUNS = 7
MOST_SECONDS = {"unchanged": 0.3, "after a change": 0.5}
COMMAND = (check.GITMLOPS, "feature", "search", "dealy", "history")


def first(root: Path) -> float:
    """The time without what an earlier run kept."""
    check.forget(root)
    return cpu_seconds(COMMAND, cwd=root)


def changed(root: Path) -> float:
    """The time after one view was changed."""
    check.change(root)
    return cpu_seconds(COMMAND, cwd=root)


def measure(views: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check.write_project(Path(folder), views)
        times = {
            "the first time": [first(Path(folder)) for _ in range(3)],
            "unchanged": [cpu_seconds(COMMAND, cwd=Path(folder)) for _ in range(RUNS)],
            "after a change": [changed(Path(folder)) for _ in range(RUNS)],
        }
    limits = MOST_SECONDS if views == check.VIEWS else {}
    for when, values in times.items():
        keep(Row(f"`feature search`, {views:,} views, {when}", OURS, "CPU s", values, limits.get(when)))


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    for views in map(int, sys.argv[1:] or [check.VIEWS]):
        measure(views)


if __name__ == "__main__":
    main()
