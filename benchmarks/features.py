"""Getting features: CPU seconds and memory of `gitmlops feature get` beside raw DuckDB, Polars, pandas and Feast.

Each is a whole process that reads the same Parquet files and writes Parquet: 1M entity rows, three views of 1M rows,
50,000 keys, TTL 7 d. Medians of runs that take turns. Feast gets an environment of its own in the user's cache.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from join_workload import SET, WINDOWS, write_project, write_windows

RUNS = int(os.environ.get("RUNS", "3"))
HERE = Path(__file__).parent
GITMLOPS = str(Path(sys.executable).parent / "gitmlops")
GET = [GITMLOPS, "feature", "get", "--entities", "rows.parquet", "--output", "ours.parquet"]
JOIN = [*GET, "--set", SET]
PINS = ",".join(f"events@v1:{name}" for name in WINDOWS)
FEAST = "feast[duckdb]==0.67.0"
MOST_CPU, MOST_MEMORY, MOST_SECONDS = 1.15, 1.2, 30


@dataclass(frozen=True)
class Cost:
    """Of one process with its children: CPU seconds, seconds on the clock, most memory in MB."""

    cpu: float
    wall: float
    memory: float


def cost(command: list[str], root: Path, **environment: str) -> Cost:
    measured = subprocess.run(
        [sys.executable, str(HERE / "measured.py"), *command],
        cwd=root,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Cost(**json.loads(measured.stdout.splitlines()[-1]))


def median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in ("cpu", "wall", "memory")))


def feast() -> list[str] | None:
    """The command of Feast's join, in an environment that is made once; None with a word where that fails."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gitmlops-benchmarks/feast-0.67"
    python = folder / "bin/python"
    try:
        if not (folder / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", FEAST], check=True, capture_output=True)
            (folder / "complete").touch()
    except subprocess.CalledProcessError as error:
        print(f"Feast is left out: {FEAST} cannot be installed ({error})")
        return None
    return [str(python), str(HERE / "joins/with_feast.py")]


def compare(root: Path) -> None:
    peers = {name: [sys.executable, str(HERE / f"joins/with_{name}.py")] for name in ("duckdb", "polars", "pandas")}
    commands = {"gitmlops": JOIN, **peers}
    if command := feast():
        commands["feast"] = command
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            try:
                costs[name].append(cost(command, root))
            except subprocess.CalledProcessError as error:
                print(f"{name} failed: {error}")
    medians = {name: median(found) for name, found in costs.items() if found}
    raw = medians["duckdb"]
    for name, one in medians.items():
        ratios = f"{one.cpu / raw.cpu:.2f} x CPU, {one.memory / raw.memory:.2f} x memory of raw DuckDB"
        print(f"{name:9} {one.cpu:6.2f} CPU s {one.wall:6.2f} s {one.memory:6.0f} MB  {ratios}")
    print(f"gitmlops is to take at most {MOST_CPU} x CPU and {MOST_MEMORY} x memory of raw DuckDB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        subprocess.run(["git", "init", "-q", folder], check=True)
        (root / "gitmlops.yaml").write_text("project: benchmark\n")
        write_project(root)
        compare(root)
        small = cost(JOIN, root, GITMLOPS_MEMORY_LIMIT="300MB")
        print(f"with 300 MB for the engine: {small.cpu:.2f} CPU s, {small.memory:.0f} MB for the whole process")
        for title, busy in (("even keys", 0), ("562,000 events on one key", 562_000)):
            write_windows(root, busy=busy)
            one = cost([*GET, "--features", PINS], root)
            print(
                f"five windows over 10M events, {title}: {one.wall:.1f} s (at most {MOST_SECONDS}), {one.memory:.0f} MB"
            )


if __name__ == "__main__":
    main()
