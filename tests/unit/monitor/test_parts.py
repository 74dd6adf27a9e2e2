"""What is counted of parts of the rows adds up to what is counted of all of them, however they are parted."""

import itertools
from pathlib import Path

import msgspec
import numpy
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitmlops.errors import InputError
from gitmlops.monitor.files import parts
from gitmlops.monitor.files.scan import Plan, Scan, scan_batches
from gitmlops.monitor.profiles.columns import Summary, levels_column, numbers_column

NUMBERS = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -0.0, 1.0, 1e300]))
TEXTS = st.one_of(st.none(), st.sampled_from(["a", "b", "", "unknown"]), st.text(max_size=2))
ROWS = st.lists(st.tuples(NUMBERS, TEXTS, TEXTS, st.integers(0, 40)), max_size=40)
DAY = 86_400_000_000
COLUMNS = (
    msgspec.structs.replace(
        numbers_column("x", numpy.array([-5.0, 0.0, 0.0, 1.0, 7.5]), "float64"), minimum=-5.0, maximum=7.5
    ),
    levels_column("t", {"a": 5, "b": 3}, "string", fewest=1),
)


def plan() -> Plan:
    return Plan(COLUMNS, "at", "week", ("of",), {"x": Summary(0.5)}, labels={"of": ("a",)}, until=30 * DAY)


def batch(rows: list[tuple[float | None, str | None, str | None, int]]) -> pyarrow.RecordBatch:
    numbers, texts, of, days = ([row[place] for row in rows] for place in range(4))
    times = pyarrow.array([day * DAY for day in days], pyarrow.int64()).cast(pyarrow.timestamp("us"))
    arrays = [pyarrow.array(numbers, pyarrow.float64()), *(pyarrow.array(one, pyarrow.string()) for one in (texts, of))]
    return pyarrow.RecordBatch.from_arrays([*arrays, times], names=["x", "t", "of", "at"])


def scanned(*batches: pyarrow.RecordBatch) -> tuple[Scan, Plan]:
    asked = plan()
    types = {field.name: field.type for field in batch([]).schema}
    return scan_batches(batches, types, asked, Path("rows")), asked


def told(scan: Scan, asked: Plan) -> list[object]:
    tallies = {
        name: (one.counts.tolist(), one.missing, one.others, one.outside, one.extremes)
        for name, one in scan.tallies.items()
    }
    subsets = [one.records() if scan.rows else () for one in (scan.periods, *scan.slices)]
    return [tallies, subsets, asked.summaries, scan.rows, scan.first, scan.last, scan.undated, scan.future]


@given(ROWS, st.lists(st.integers(0, 40), max_size=3))
def test_parts_of_any_size_add_up_to_the_whole(rows: list[tuple[float | None, str | None, str | None, int]],
                                               cuts: list[int]) -> None:  # fmt: skip
    found, asked = scanned()
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for start, end in itertools.pairwise(ends):
        one, of_one = scanned(batch(rows[start:end]))
        parts.add(found, asked, parts.packed(one, of_one.summaries))
    assert told(found, asked) == told(*scanned(batch(rows)))


def test_a_part_that_cannot_be_counted_says_why() -> None:
    found, asked = scanned()
    refusal = parts.refused(InputError("at is text", mend="write times"))
    with pytest.raises(InputError, match="at is text"):
        parts.add(found, asked, refusal)
