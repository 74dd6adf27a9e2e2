"""CPU seconds of `gitmlops feature search` over 1,000 views, whole processes: first, after a change, unchanged."""

import compileall
import statistics
import tempfile
from pathlib import Path

import check
from measured import cpu_seconds

import gitmlops

RUNS, MOST_SECONDS = 7, 0.3
COMMAND = (check.GITMLOPS, "feature", "search", "dealy", "history")


def first(root: Path) -> float:
    """The time without what an earlier run kept."""
    check.forget(root)
    return cpu_seconds(COMMAND, cwd=root)


def changed(root: Path) -> float:
    """The time after one view was changed."""
    check.change(root)
    return cpu_seconds(COMMAND, cwd=root)


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        check.write_project(Path(folder))
        cold = statistics.median(first(Path(folder)) for _ in range(3))
        warm = statistics.median(cpu_seconds(COMMAND, cwd=Path(folder)) for _ in range(RUNS))
        after = statistics.median(changed(Path(folder)) for _ in range(RUNS))
    print(f"gitmlops feature search, {check.VIEWS} views (at most {MOST_SECONDS} CPU s):")
    print(f"  the first time {cold:.3f}, after a change {after:.3f}, unchanged {warm:.3f}")


if __name__ == "__main__":
    main()
