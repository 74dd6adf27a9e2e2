"""Seconds of each hook over 2,000 staged files, as a whole process, median: what a commit waits for."""

import compileall
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gitmlops

RUNS, FILES, MOST_SECONDS = 7, 2000, 0.3


def write_project(root: Path) -> list[str]:
    names = [f"notes/{number // 100}/{number}.txt" for number in range(FILES)]
    (root / "gitmlops.yaml").write_text("project: benchmark\n")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name * 50)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    return names


def seconds(root: Path, *arguments: str) -> float:
    began = time.perf_counter()
    command = [str(Path(sys.executable).parent / "gitmlops"), *arguments]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        names = write_project(Path(folder))
        for hook in (("check",), ("pipeline", "compile", "--check"), ("hook", "large-file", "--", *names)):
            times = [seconds(Path(folder), *hook) for _ in range(RUNS + 1)][1:]
            shown = f"gitmlops {' '.join(hook[:3]).removesuffix(' --')}, {FILES:,} files"
            print(f"{shown}: {statistics.median(times):.3f} s (at most {MOST_SECONDS})")


if __name__ == "__main__":
    main()
