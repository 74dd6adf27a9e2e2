"""Getting features: CPU seconds and memory of `gitmlops feature get` beside raw DuckDB, Polars, pandas and Feast.

`python benchmarks/features.py [--rows N] [--tools TOOL ...] [--parts PART ...]`: join, small-memory, windows; all of
them unless named. Each figure is of a whole process that reads Parquet files and writes one: 1M entity rows, three
views of 1M rows, 50,000 keys, TTL 7 d, unless --rows says otherwise; windows go over 10M events. Tools take turns.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import environments
import pyarrow.parquet
from join_workload import EVENTS, ROWS, SET, WINDOWS, write_project, write_windows
from measured import Cost, cost
from results import OURS, Row, keep

RUNS = int(os.environ.get("RUNS", "3"))
HERE = Path(__file__).resolve().parent
GITMLOPS = str(Path(sys.executable).parent / "gitmlops")
GET = [GITMLOPS, "feature", "get", "--entities", "rows.parquet", "--output", f"{OURS}.parquet"]
JOIN = [*GET, "--set", SET]
PINS = ",".join(f"events@v1:{name}" for name in WINDOWS)
TOOLS = ("duckdb", "polars", "pandas", "feast")
PARTS = ("join", "small-memory", "windows")
SMALL_MEMORY = "300MB"
MOST_CPU, MOST_MEMORY, MOST_SECONDS = 1.15, 1.2, 30


def peers(tools: list[str]) -> dict[str, tuple[list[str], str]]:
    """By name: the command of a join, and the file that it writes."""
    found = {}
    for tool in tools:
        script = str(HERE / f"joins/with_{tool}.py")
        if tool != "feast":
            found[environments.named(tool)] = ([sys.executable, script], f"{tool}.parquet")
        elif python := environments.python_with("feast"):
            name = environments.named("feast", python)
            for store, called in (("duckdb", "its DuckDB store"), ("file", "its default store")):
                found[f"{name}, {called}"] = ([str(python), script, store], f"feast-{store}.parquet")
    return found


def compare(root: Path, rows: int, tools: list[str]) -> None:
    commands = {OURS: (JOIN, f"{OURS}.parquet"), **peers(tools)}
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, (command, _) in commands.items():
            try:
                costs[name].append(cost(command, cwd=root))
            except subprocess.CalledProcessError as error:
                print(f"{name} failed: {error}", flush=True)
    done = {name: found for name, found in costs.items() if found}
    what = f"a point-in-time join of {rows:,} rows with three views of {rows:,}"
    raw = environments.named("duckdb")
    for unit, part, times in (("CPU s", "cpu", MOST_CPU), ("MB", "memory", MOST_MEMORY)):
        values = {name: [getattr(one, part) for one in found] for name, found in done.items()}
        limits = {raw: times} if raw in values and rows >= ROWS else {}
        keep(*(Row(what, name, unit, found, None, limits if name == OURS else {}) for name, found in values.items()))
    keep(*(Row(what, name, "rows with a value", [known(root / commands[name][1])]) for name in done))


def known(file: Path) -> float:
    """How many rows of a frame have a value of the last view: all tools are to find as many."""
    column = pyarrow.parquet.read_table(file, columns=["orders__a"]).column(0)
    return float(len(column) - column.null_count)


def measure_small(root: Path, rows: int) -> None:
    found = [cost(JOIN, cwd=root, GITMLOPS_MEMORY_LIMIT=SMALL_MEMORY) for _ in range(RUNS)]
    what = f"the same join of {rows:,} rows within {SMALL_MEMORY} for the engine"
    keep(Row(what, OURS, "CPU s", [one.cpu for one in found]))
    keep(Row(what, OURS, "MB", [one.memory for one in found]))


def measure_windows(root: Path) -> None:
    for title, busy in (("even keys", 0), ("562,000 events on one key", 562_000)):
        write_windows(root, busy=busy)
        found = [cost([*GET, "--features", PINS], cwd=root) for _ in range(RUNS)]
        what = f"five windows over {EVENTS:,} events, {title}"
        keep(Row(what, OURS, "s", [one.wall for one in found], MOST_SECONDS))
        keep(Row(what, OURS, "MB", [one.memory for one in found]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--tools", nargs="*", default=list(TOOLS), choices=TOOLS)
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        subprocess.run(["git", "init", "-q", folder], check=True)
        (root / "gitmlops.yaml").write_text("project: benchmark\n")
        write_project(root, given.rows)
        parts: dict[str, Callable[[], None]] = {
            "join": lambda: compare(root, given.rows, given.tools),
            "small-memory": lambda: measure_small(root, given.rows),
            "windows": lambda: measure_windows(root),
        }
        for name in given.parts:
            parts[name]()


if __name__ == "__main__":
    main()
