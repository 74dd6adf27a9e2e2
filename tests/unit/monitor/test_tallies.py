"""What is counted of parts of a log adds up to what is counted of all of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import pytest
from tests import serving_tasks
from tests.serving_tasks import NUMBERS, SEVERAL

from gitmlops.adapters.data import row_files
from gitmlops.monitor.profiles.tallies import Counted, Counting, tally
from gitmlops.specs.model import Task


def told(counted: Mapping[int, Counted]) -> list[Any]:
    """Everything that was counted, as values that compare."""
    return [
        (
            {name: (one.counts.tolist(), one.missing, one.others, one.outside, one.extremes)
             for name, one in unit.columns.items()},
            [subsets.records() for subsets in unit.slices],
            unit.losses,
            unit.faults,
        )
        for unit in counted.values()
    ]  # fmt: skip


@pytest.mark.parametrize("task", [SEVERAL, NUMBERS])
@pytest.mark.parametrize("together", [1, 3])
def test_parts_counted_apart_add_up_to_the_whole_to_the_last_bit(tmp_path: Path, task: Task, together: int) -> None:
    log = serving_tasks.log(task, serving_tasks.rows(task, "2020-05", n=1_200))
    log.to_parquet(tmp_path / "a.parquet", index=False, row_group_size=150)
    wrong = log.assign(**{"feature.kind": "never seen"}).astype({"feature.b": str}).drop(columns="feature.a")
    wrong.to_parquet(tmp_path / "b.parquet", index=False, row_group_size=400)
    files, units = row_files.found(tmp_path), numpy.repeat([0, -1, 1, 0, 1], [700, 200, 700, 400, 400])
    baselines = dict.fromkeys((0, 1, 2), serving_tasks.baseline(task, n=1_000))
    whole, start = Counting(baselines), 0
    parts = [*row_files.parts(files, whole.names)]
    for first in range(0, len(parts), together):
        counting = Counting(baselines)
        for part in parts[first : first + together]:
            counting.add(part, units[start : start + part.rows])
            start += part.rows
        whole.add_packed(counting.packed())
    found = told(whole.counted())
    assert start == len(units)
    assert found == told(tally(files, units, baselines))
    assert {"text", "gone"} <= {fault.found for unit in found[:2] for fault in unit[3]}
    assert found[2][3] == ()
