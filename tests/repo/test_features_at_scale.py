"""A million rows: as many out as in, in their order, and what another library's join answers."""

from pathlib import Path
from typing import Any

import polars
import pytest
from benchmarks.join_workload import ROWS, SET, VIEWS, write_project


def expected(root: Path) -> polars.DataFrame:
    """Polars' own as-of join over the same files, TTL included."""
    rows = polars.read_parquet(root / "rows.parquet").with_row_index("place").sort("event_timestamp")
    for view in VIEWS:
        known = polars.read_parquet(root / f"data/{view}.parquet").sort("at", "created")
        known = known.unique(["customer_id", "at"], keep="last").sort("at")
        known = known.select("customer_id", "at", polars.col("a", "b").name.prefix(f"{view}__"))
        joined = rows.join_asof(known, left_on="event_timestamp", right_on="at", by="customer_id", tolerance="7d")
        rows = joined.drop("at")
    return rows.sort("place").drop("place")


@pytest.mark.slow
def test_a_million_rows_and_three_views_of_a_million_are_joined_as_polars_joins_them(project: Any) -> None:
    write_project(project.root)
    get = ["feature", "get", "--entities", "rows.parquet", "--set", SET, "--output", "frame.parquet"]
    assert project.run(*get).exit_code == 0
    found = polars.read_parquet(project.root / "frame.parquet")
    assert found.height == ROWS
    right = expected(project.root).select(found.columns)
    assert found.equals(right)
    # In many files of many row groups, read by several threads, the rows keep their order.
    rows, third = polars.read_parquet(project.root / "rows.parquet"), ROWS // 3
    (project.root / "rows").mkdir()
    for number in range(4):
        part = rows.slice(number * third, third)
        part.write_parquet(project.root / f"rows/{number}.parquet", row_group_size=5_000)
    get[3] = "rows"
    assert project.run(*get).exit_code == 0
    assert polars.read_parquet(project.root / "frame.parquet").equals(right)
