"""What it costs to compare a million rows of 20 columns with a reference: gitmlops beside tools that do the same.

Prints Markdown. Each other tool gets an environment of its own below --environments, by default in the user's cache.
--rows 1000000 10000000 100000000: sizes on which gitmlops' memory is looked at; the other tools get the first one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet

HERE = Path(__file__).parent
TOOLS = ("evidently", "nannyml", "whylogs")
CHUNK, ROW_GROUP = 1_000_000, 122_880
MOST_OF_A_FILE = 10_000_000
"""More rows are the same file several times, which the disk of a small machine holds."""
LEVELS = (3, 10, 50, 200, 2_000)


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds, and megabytes at the peak, of a whole process."""

    cpu: float
    wall: float
    memory: float


def chunk(seed: int, rows: int) -> pyarrow.Table:
    """15 columns of numbers, some with heavy tails and missing values, and 5 of 3 to 2,000 levels."""
    numbers = numpy.random.default_rng(seed)
    columns = {}
    for index in range(15):
        values = numbers.normal(index, 1 + index, rows) if index % 3 else numbers.standard_t(3, rows)
        if index % 5 == 0:
            values[numbers.random(rows) < 0.02] = numpy.nan
        columns[f"x{index}"] = pyarrow.array(values, from_pandas=True)
    for index, levels in enumerate(LEVELS):
        codes = numpy.minimum(numbers.exponential(levels / 4, rows).astype("int32"), levels - 1)
        names = pyarrow.array([f"level {level}" for level in range(levels)])
        columns[f"c{index}"] = pyarrow.DictionaryArray.from_arrays(pyarrow.array(codes), names).cast(pyarrow.string())
    return pyarrow.table(columns)


def write(path: Path, rows: int, seed: int) -> None:
    """So many rows as Parquet, in chunks."""
    writer = None
    for start in range(0, rows, CHUNK):
        table = chunk(seed + start // CHUNK, min(CHUNK, rows - start))
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer:
        writer.close()


def measured(command: Sequence[str]) -> Cost:
    done = subprocess.run(
        [sys.executable, str(HERE / "measured.py"), *command], check=True, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "NML_DISABLE_USAGE_LOGGING": "1", "WHYLOGS_NO_ANALYTICS": "True"},
    )  # fmt: skip
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def environment(folder: Path, tool: str) -> Path | None:
    """The Python of an environment that has the tool, made once; None with a word where that fails."""
    python = folder / tool / "bin" / "python"
    needs = HERE / "drift_tools" / f"{tool}.txt"
    try:
        if not (folder / tool / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / tool)], check=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "--quiet", "-r", str(needs)], check=True, stdout=sys.stderr
            )
            (folder / tool / "complete").touch()
    except subprocess.CalledProcessError as error:
        print(f"{tool} is left out: it cannot be installed ({error})", file=sys.stderr)
        return None
    return python


def of_tool(python: Path, tool: str, reference: Path, current: Path) -> Cost:
    command = [str(python), str(HERE / "drift_tools" / f"{tool}_drift.py")]
    if tool == "whylogs":
        subprocess.run([*command, "profile", str(reference)], check=True, stdout=sys.stderr)
    return measured([*command, str(reference), str(current)])


def gitmlops(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "gitmlops", "monitor", *map(str, arguments)]


def report(folder: Path, environments: Path, sizes: Sequence[int], tools: Sequence[str]) -> None:
    reference, current, baseline = folder / "reference.parquet", folder / "current.parquet", folder / "baseline.json"
    write(reference, sizes[0], seed=100)
    made = measured(gitmlops("profile", "--data", reference, "--output", baseline))
    print("| what | rows | CPU s | wall s | MB |\n|---|---|---|---|---|")
    row("`monitor profile` (once)", sizes[0], made)
    for size in sizes:
        write(current, min(size, MOST_OF_A_FILE), seed=200)
        files = ["--data", current] * max(1, size // MOST_OF_A_FILE)
        row("`monitor run`", size, measured(gitmlops("run", "--baseline", baseline, *files)))
    if sizes[1:]:
        write(current, sizes[0], seed=200)
    for tool in tools:
        if python := environment(environments, tool):
            row(tool, sizes[0], of_tool(python, tool, reference, current))


def row(what: str, rows: int, cost: Cost) -> None:
    print(f"| {what} | {rows:,} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:,.0f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--tools", nargs="*", default=list(TOOLS), choices=TOOLS)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gitmlops-benchmarks"
    parser.add_argument("--environments", type=Path, default=cache)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        report(Path(temporary), given.environments, given.rows, given.tools)
