"""What it costs to compare a million rows of 20 columns with a reference: gitmlops beside tools that do the same.

Each other tool gets an environment of its own. --rows 1000000 10000000 100000000: sizes on which gitmlops' memory is
looked at; the other tools get the first one.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import environments
import msgspec
import numpy
import pyarrow
import pyarrow.parquet
from measured import Cost, cost
from results import OURS, Row, keep

HERE = Path(__file__).parent
TOOLS = ("evidently", "nannyml", "whylogs")
CHUNK, ROW_GROUP = 1_000_000, 122_880
MOST_OF_A_FILE = 10_000_000
"""More rows are the same file several times, which the disk of a small machine holds."""
LEVELS = (3, 10, 50, 200, 2_000)
RUNS = 3
MOST_SECONDS, MOST_MEMORY = 2.5, 350
QUIET = {"PATH": "/usr/bin:/bin", "NML_DISABLE_USAGE_LOGGING": "1", "WHYLOGS_NO_ANALYTICS": "True"}


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


def write_lines(path: Path, rows: int, seed: int) -> None:
    """So many rows as JSON Lines."""
    with path.open("wb") as file:
        for start in range(0, rows, ROW_GROUP):
            table = chunk(seed + start // ROW_GROUP, min(ROW_GROUP, rows - start))
            file.write(msgspec.json.Encoder().encode_lines(table.to_pylist()))


def of_tool(python: Path, tool: str, reference: Path, current: Path) -> Callable[[], Cost]:
    command = [str(python), str(HERE / "drift_tools" / f"{tool}_drift.py")]
    if tool == "whylogs":
        subprocess.run([*command, "profile", str(reference)], check=True, stdout=sys.stderr)
    return lambda: cost([*command, str(reference), str(current)], **QUIET)


def gitmlops(*arguments: object) -> Callable[[], Cost]:
    return lambda: cost([sys.executable, "-m", "gitmlops", "monitor", *map(str, arguments)], **QUIET)


def report(folder: Path, sizes: Sequence[int], tools: Sequence[str]) -> None:
    reference, current, baseline = folder / "reference.parquet", folder / "current.parquet", folder / "baseline.json"
    write(reference, sizes[0], seed=100)
    write(current, sizes[0], seed=200)
    compare(f"`monitor profile`, {sizes[0]:,} x 20, once", {OURS: profile_to(reference, baseline)})
    others = {
        environments.named(tool, python): of_tool(python, tool, reference, current)
        for tool in tools
        if (python := environments.python_with(tool))
    }
    run = gitmlops("run", "--baseline", baseline, "--data", current)
    compare(f"drift of {sizes[0]:,} x 20 against a baseline", {OURS: run, **others}, MOST_SECONDS, MOST_MEMORY)
    lines = folder / "current.jsonl"
    write_lines(lines, sizes[0], seed=200)
    measure = gitmlops("run", "--baseline", baseline, "--data", lines)
    compare(f"drift of {sizes[0]:,} x 20 in JSON Lines", {OURS: measure}, most_memory=MOST_MEMORY)
    for size in sizes[1:]:
        write(current, min(size, MOST_OF_A_FILE), seed=200)
        files = ["--data", current] * max(1, size // MOST_OF_A_FILE)
        measure = gitmlops("run", "--baseline", baseline, *files)
        compare(f"drift of {size:,} x 20 against a baseline", {OURS: measure}, most_memory=MOST_MEMORY)


def profile_to(reference: Path, baseline: Path) -> Callable[[], Cost]:
    measure = gitmlops("profile", "--data", reference, "--output", baseline)

    def again() -> Cost:
        baseline.unlink(missing_ok=True)
        return measure()

    return again


def compare(
    what: str,
    tools: dict[str, Callable[[], Cost]],
    most_seconds: float | None = None,
    most_memory: float | None = None,
) -> None:
    """Of each tool in turns: CPU seconds and memory, ours within limits."""
    costs = {name: [measure()] for name, measure in tools.items()}
    for _ in range(RUNS - 1):
        for name, measure in tools.items():
            costs[name].append(measure())
    for unit, part, most in (("CPU s", "cpu", most_seconds), ("MB", "memory", most_memory)):
        keep(
            *(
                Row(what, name, unit, [getattr(one, part) for one in found], most if name == OURS else None)
                for name, found in costs.items()
            )
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--tools", nargs="*", default=list(TOOLS), choices=TOOLS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        report(Path(temporary), given.rows, given.tools)
