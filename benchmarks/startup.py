"""CPU seconds of `gitmlops --help` beside those of `import click`, as whole processes, medians."""

import statistics
import sys
from pathlib import Path

from measured import cpu_seconds

RUNS, MOST_SECONDS, MOST_TIMES = 15, 0.08, 2.0
GITMLOPS = (str(Path(sys.executable).parent / "gitmlops"), "--help")
CLICK = (sys.executable, "-c", "import click")


def main() -> None:
    # In turn, so that whatever else the machine does meets both alike.
    pairs = [(cpu_seconds(GITMLOPS), cpu_seconds(CLICK)) for _ in range(RUNS + 1)][1:]
    ours, click = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"gitmlops --help {ours:.3f} CPU s (at most {MOST_SECONDS}), import click {click:.3f} CPU s")
    print(f"ratio {ours / click:.2f} (at most {MOST_TIMES})")


if __name__ == "__main__":
    main()
