"""CPU seconds of `gitmlops --help` beside those of `import click`, as whole processes, medians."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

RUNS, MOST_SECONDS, MOST_TIMES = 15, 0.08, 2.0
GITMLOPS = (str(Path(sys.executable).parent / "gitmlops"), "--help")
CLICK = (sys.executable, "-c", "import click")


def cpu_seconds(command: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    # In turn, so that whatever else the machine does meets both alike.
    pairs = [(cpu_seconds(GITMLOPS), cpu_seconds(CLICK)) for _ in range(RUNS + 1)][1:]
    ours, click = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"gitmlops --help {ours:.3f} CPU s (at most {MOST_SECONDS}), import click {click:.3f} CPU s")
    print(f"ratio {ours / click:.2f} (at most {MOST_TIMES})")


if __name__ == "__main__":
    main()
