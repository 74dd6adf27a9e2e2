"""What it costs to judge a billion rows of which nobody has more than a million: profiles of parts, added up.

Each part is the profile of a million rows of 20 columns, of one day, within three slices; a few are
really made and stand for all of them, each with the time of its own day. --parts 10000: ten billion rows.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy
import pyarrow
import pyarrow.parquet
from drift import CHUNK, ROW_GROUP, chunk, gitmlops
from measured import Cost
from results import OURS, Row, keep

from gitmlops.records.canonical import encode
from gitmlops.records.profile import Profile, read_profile

DAY = 86_400_000_000
REFERENCE_DAYS = 30
RUNS, MOST_SECONDS, MOST_MEMORY = 3, 10, 350


def write(path: Path, seed: int, days: int) -> None:
    """A million rows as Parquet, evenly over so many days from 1 January 2024."""
    times = numpy.linspace(0, days * DAY, CHUNK, endpoint=False).astype("int64") + 19_723 * DAY
    table = chunk(seed, CHUNK).append_column("at", pyarrow.array(times.astype("datetime64[us]")))
    pyarrow.parquet.write_table(table, path, row_group_size=ROW_GROUP)


def of_day(part: Profile, day: int) -> Profile:
    """The same part, of another day."""
    first = f"{numpy.datetime64('2024-01-01') + day}"
    moved = [one if one.of else msgspec.structs.replace(one, label=first) for one in part.subsets]
    return msgspec.structs.replace(part, first=f"{first}T00:00:00Z", last=f"{first}T23:59:59Z", subsets=tuple(moved))


def report(folder: Path, parts: int, made: int) -> None:
    reference, baseline = folder / "rows.parquet", folder / "baseline.json"
    write(reference, 100, REFERENCE_DAYS)
    wanted = ["--time", "at", "--slice", "c0"]
    tell(
        "the profile of the reference, with days and slices",
        [gitmlops("profile", "--data", reference, "--output", baseline, *wanted)()],
    )
    costs, found = [], []
    for index in range(made):
        write(reference, 200 + index, 1)
        one = folder / "one.json"
        costs.append(gitmlops("profile", "--data", reference, "--bins-of", baseline, "--output", one)())
        found.append(read_profile(one.read_bytes(), str(one)))
    tell("the profile of a part", costs)
    profiles = folder / "parts"
    profiles.mkdir()
    for index in range(parts):
        (profiles / f"{index}.json").write_bytes(encode(of_day(found[index % made], index % 365)))
    run = gitmlops("run", "--baseline", baseline, "--profiles", profiles)
    what = f"{parts:,} parts of {CHUNK:,} rows, added up and judged"
    tell(what, [run() for _ in range(RUNS)], MOST_SECONDS, MOST_MEMORY)


def tell(what: str, costs: Sequence[Cost], most_seconds: float | None = None, most_memory: float | None = None) -> None:
    """Seconds on the clock, CPU seconds and memory."""
    keep(Row(what, OURS, "s", [one.wall for one in costs], most_seconds))
    keep(Row(what, OURS, "CPU s", [one.cpu for one in costs]))
    keep(Row(what, OURS, "MB", [one.memory for one in costs], most_memory))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=1_000)
    parser.add_argument("--made", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        report(Path(temporary), given.parts, given.made)
