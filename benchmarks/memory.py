"""The most memory that a whole process takes, over the rows that it is given: a drift run, a point-in-time join.

Prints Markdown; with --plots FOLDER draws the curves, too. A drift run counts 20 columns, all rows in one file or in
one file for each million. A join has three views of as many rows as there are entity rows, 50,000 keys, and at most
--limit for the engine: what does not fit is spilled.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet
from drift import CHUNK, ROW_GROUP, chunk, gitmlops
from features import JOIN
from join_workload import write_project
from measured import Cost, cost
from plots import plot

DRIFT = (1, 3, 10, 30, 100)
JOINS = (1, 2, 5, 10)
"""Millions of rows."""
TICKS = {0.0: "0 MB", 100.0: "100 MB", 200.0: "200 MB", 300.0: "300 MB", 400.0: "400 MB"}


def in_one_file(path: Path, millions: int, row_group: int) -> None:
    """A few chunks again and again, in one file; row_group: rows of a group."""
    chunks = [chunk(200 + seed, CHUNK) for seed in range(min(millions, 4))]
    with pyarrow.parquet.ParquetWriter(path, chunks[0].schema) as writer:
        for place in range(millions):
            writer.write_table(chunks[place % len(chunks)], row_group_size=row_group)


def in_many_files(folder: Path, million: Path, files: int) -> None:
    """A folder with the same file many times, which the disk holds once."""
    folder.mkdir(exist_ok=True)
    for place in range(files):
        (folder / f"{place}.parquet").unlink(missing_ok=True)
        (folder / f"{place}.parquet").hardlink_to(million)


def drift(folder: Path, sizes: Sequence[int], row_group: int) -> Iterator[tuple[Cost, Cost]]:
    """The cost of judging so many millions of rows in one file, and in many."""
    million, baseline, one = folder / "million.parquet", folder / "baseline.json", folder / "one.parquet"
    in_one_file(million, 1, row_group)
    gitmlops("profile", "--data", million, "--output", baseline)()
    for size in sizes:
        in_one_file(one, size, row_group)
        in_many_files(folder / "many", million, size)
        yield tuple(gitmlops("run", "--baseline", baseline, "--data", data)() for data in (one, folder / "many"))
    one.unlink()


def joins(folder: Path, sizes: Sequence[int], limit: str) -> Iterator[Cost]:
    """The cost of joining so many millions of entity rows with three views."""
    for size in sizes:
        root = folder / f"join-{size}"
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        (root / "gitmlops.yaml").write_text("project: benchmark\n")
        write_project(root, size * CHUNK)
        yield cost(JOIN, cwd=root, GITMLOPS_MEMORY_LIMIT=limit)


def report(folder: Path, given: argparse.Namespace) -> None:
    print("| drift run over rows | one file | | many files | |\n|---|---|---|---|---|", flush=True)
    found = []
    for size, (one, many) in zip(given.drift, drift(folder, given.drift, given.row_group), strict=True):
        found.append((one, many))
        print(f"| {size},000,000 | {_told(one)} | {_told(many)} |", flush=True)
    print(f"\n| join of rows with three views, {given.limit} for the engine | | |\n|---|---|---|", flush=True)
    joined = []
    for size, one in zip(given.joins, joins(folder, given.joins, given.limit), strict=True):
        joined.append(one)
        print(f"| {size},000,000 | {_told(one)} |", flush=True)
    if given.plots:
        curves = {"in one file": [one.memory for one, _ in found], "in many files": [many.memory for _, many in found]}
        labels = [f"{size}M" for size in given.drift]
        plot(given.plots / "drift-memory.svg", "Most memory of a drift run, by rows", labels, curves, TICKS)
        labels, curve = [f"{size}M" for size in given.joins], [one.memory / 1_000 for one in joined]
        ticks = {place / 2: f"{place / 2:.1f} GB" for place in range(5)}
        plot(
            given.plots / "join-memory.svg", "Most memory of a join with three views, by rows", labels,
            {f"{given.limit} for the engine": curve}, ticks,
        )  # fmt: skip


def _told(one: Cost) -> str:
    return f"{one.cpu:.1f} CPU s | {one.memory:,.0f} MB"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drift", type=int, nargs="+", default=DRIFT, help="millions of rows")
    parser.add_argument("--row-group", type=int, default=ROW_GROUP, help="rows of a Parquet row group")
    parser.add_argument("--joins", type=int, nargs="+", default=JOINS, help="millions of rows")
    parser.add_argument("--limit", default="1GB")
    parser.add_argument("--plots", type=Path)
    with tempfile.TemporaryDirectory() as temporary:
        report(Path(temporary), parser.parse_args())
