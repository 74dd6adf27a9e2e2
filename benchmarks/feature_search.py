"""CPU seconds of `gitmlops feature search` over 1,000 views, whole processes: the first time, and without a change."""

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


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        check.write_project(Path(folder))
        cold = statistics.median(first(Path(folder)) for _ in range(3))
        warm = statistics.median(cpu_seconds(COMMAND, cwd=Path(folder)) for _ in range(RUNS))
    print(f"gitmlops feature search, {check.VIEWS} views (at most {MOST_SECONDS} CPU s):")
    print(f"  after a change {cold:.3f}, unchanged {warm:.3f}")


if __name__ == "__main__":
    main()
