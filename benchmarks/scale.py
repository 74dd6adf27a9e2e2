"""A point-in-time join of a hundred million rows with a view of as many, on one machine within 4 GB.

`python benchmarks/scale.py [--rows N] [--engines duckdb spark] [--folder FOLDER]`: memory is that of the whole tree of
processes, looked at ten times a second; what the engine may take is 2.5 GB, the rest is spilled to the folder's disk,
which needs about 30 GB. Everything is removed at the end. Spark runs in one process of two threads.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import psutil
import pyarrow
import pyarrow.parquet
from join_workload import ENTITY, SOURCE, SPAN, START, VIEW
from results import OURS, Row, keep

PART, ROWS_OF_A_KEY = 2_000_000, 20
MOST_MEMORY = 4_096
SECONDS_BETWEEN_LOOKS = 0.1
JOIN = (sys.executable, "-m", "gitmlops", "feature", "get", "--entities", "rows", "--features", "calls@v1:a",
        "--output", "found.parquet", "--engine")  # fmt: skip
ENGINES = {
    "duckdb": {"GITMLOPS_MEMORY_LIMIT": "2500MB"},
    "spark": {"PYSPARK_SUBMIT_ARGS": "--master local[2] --driver-memory 2500m --conf spark.ui.enabled=false "
                                     "--conf spark.sql.shuffle.partitions=64 pyspark-shell"},
}  # fmt: skip


def write_project(root: Path, rows: int) -> None:
    """Entity rows in rows/, events in data/calls/, in files of two million rows; twenty of each key."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    source = SOURCE.format(name="calls", created="", columns="a: float64").replace("calls.parquet", "calls")
    feature = "  - {name: a, dtype: float64, description: d}"
    texts = {
        "gitmlops.yaml": "project: benchmark\n",
        "features/entities/customer.yaml": ENTITY,
        "features/sources/calls.yaml": source,
        "features/views/calls.yaml": VIEW.format(name="calls", more="ttl: 7d\n", features=feature),
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for seed, (folder, moment, value) in enumerate((("rows", "event_timestamp", "label"), ("data/calls", "at", "a"))):
        (root / folder).mkdir(parents=True)
        for part in range(0, rows, PART):
            count = min(PART, rows - part)
            random = numpy.random.default_rng((seed, part))
            table = {
                "customer_id": random.integers(0, max(1, rows // ROWS_OF_A_KEY), count),
                moment: pyarrow.array(START + random.integers(0, SPAN, count), pyarrow.timestamp("us", "UTC")),
                value: random.normal(size=count),
            }
            pyarrow.parquet.write_table(pyarrow.table(table), root / folder / f"{part // PART:04}.parquet")


def joined(root: Path, engine: str) -> tuple[float, float, float]:
    """Seconds, CPU seconds and the most megabytes of all processes together."""
    began, memory, cpu = time.monotonic(), 0, 0.0
    environment = {**os.environ, "SPARK_LOCAL_DIRS": str(root), **ENGINES[engine]}
    running = subprocess.Popen((*JOIN, engine), cwd=root, env=environment, stdout=subprocess.DEVNULL)
    while (ended := os.wait4(running.pid, os.WNOHANG))[0] == 0:
        now = taken(running.pid)
        memory, cpu = max(memory, now[0]), max(cpu, now[1])
        time.sleep(SECONDS_BETWEEN_LOOKS)
    status = ended[1]
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"the join ended with exit code {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, cpu, memory / 2**20


def taken(process: int) -> tuple[int, float]:
    """Of a process and its children: bytes in memory, what they share counted once, and CPU seconds so far.

    Java starts programs by a child that for a moment has all of its memory.
    """
    memory, cpu = 0, 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(process)
        for one in (first, *first.children(recursive=True)):
            times = one.cpu_times()
            memory, cpu = memory + one.memory_full_info().pss, cpu + times.user + times.system
    return memory, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        write_project(Path(folder), given.rows)
        for engine in given.engines:
            measure(Path(folder), given.rows, engine)


def measure(root: Path, rows: int, engine: str) -> None:
    wall, cpu, most = joined(root, engine)
    output = root / "found.parquet"
    files = sorted(output.glob("*.parquet")) if output.is_dir() else [output]
    found = sum(pyarrow.parquet.read_metadata(file).num_rows for file in files)
    if found != rows:
        raise SystemExit(f"{found:,} rows came back of {rows:,}")
    what = f"a point-in-time join of {rows:,} rows with a view of {rows:,}, on {engine}"
    keep(Row(what, OURS, "MB", [most], MOST_MEMORY))
    keep(Row(what, OURS, "CPU s", [cpu]))
    keep(Row(what, OURS, "s", [wall]))


if __name__ == "__main__":
    main()
