"""CPU seconds of `gitmlops --help` beside those of `import click` and of other tools' `--help`, as whole processes.

`python benchmarks/startup.py [TOOL ...]`: gto, dvc and feast, of which the last is installed for it; all unless named.
"""

import sys
from pathlib import Path

import environments
from measured import cpu_seconds
from results import OURS, Row, keep

RUNS, MOST_SECONDS, MOST_TIMES = 15, 0.08, 2.0
BESIDE = Path(sys.executable).parent
TOOLS = ("gto", "dvc", "feast")


def commands(tools: list[str]) -> dict[str, tuple[str, ...]]:
    """By name, what starts."""
    found: dict[str, tuple[str, ...]] = {
        OURS: (str(BESIDE / "gitmlops"), "--help"),
        "import click": (sys.executable, "-c", "import click"),
    }
    for tool in tools:
        python = environments.python_with(tool) if tool in environments.TOOLS else BESIDE / "python"
        if python:
            name = environments.named(tool, None if python.parent == BESIDE else python)
            found[name] = (str(python.parent / tool), "--help")
    return found


def main() -> None:
    # In turn, so that whatever else the machine does meets all alike.
    starting = commands(sys.argv[1:] or list(TOOLS))
    rounds = [[cpu_seconds(command) for command in starting.values()] for _ in range(RUNS + 1)][1:]
    times = dict(zip(starting, zip(*rounds, strict=True), strict=True))
    limits = {"import click": MOST_TIMES}
    what = "`--help`"
    keep(
        Row(what, OURS, "CPU s", times.pop(OURS), MOST_SECONDS, limits),
        *(Row(what, name, "CPU s", values) for name, values in times.items()),
    )


if __name__ == "__main__":
    main()
