import json
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from gitmlops.adapters import tables
from gitmlops.components.validate.validate import run
from gitmlops.errors import InputError, Refusal

FRAME = pandas.DataFrame(
    {
        "id": [1, 2, 2, 4],
        "day": ["a", "a", "b", "a"],
        "delay": [-130.0, 5.0, numpy.nan, 2000.0],
        "origin": ["EWR", "JFK", None, "XXX"],
    }
)


def validate(table: Path | pandas.DataFrame, folder: Path, **params: Any) -> dict[str, Any]:
    if isinstance(table, pandas.DataFrame):
        tables.write(table, folder / "table.parquet")
        table = folder / "table.parquet"
    run({"table": table}, params, {"report": folder / "report.json"})
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_real_arrivals_keep_their_promises(january: Path, tmp_path: Path) -> None:
    report = validate(
        january / "data/arrivals",
        tmp_path,
        unique=["flight_id"],
        not_null=["flight_id", "landed_at"],
        ranges={"arr_delay": {"min": -120, "max": 1800}, "late": {"min": 0, "max": 1}},
        categories={"origin": ["EWR", "JFK", "LGA"]},
    )
    assert report["rows"] == 26398
    assert report["broken"] == 0
    assert report["checks"]["range(arr_delay, -120..1800)"] == {"broken": 0, "sample": []}


@pytest.mark.parametrize(
    ("params", "name", "rows"),
    [
        ({"unique": ["id"]}, "unique(id)", [3]),
        ({"not_null": ["delay"]}, "not_null(delay)", [3]),
        ({"ranges": {"delay": {"min": -120}}}, "range(delay, -120..)", [1]),
        ({"ranges": {"delay": {"max": 1800}}}, "range(delay, ..1800)", [4]),
        ({"categories": {"origin": ["EWR", "JFK"]}}, "category(origin)", [4]),
    ],
)
def test_a_broken_promise_is_refused_with_the_rows_that_break_it(
    params: dict[str, Any], name: str, rows: list[int], tmp_path: Path
) -> None:
    with pytest.raises(Refusal) as refused:
        validate(FRAME, tmp_path, **params)
    assert f"{name}: 1 of 4 rows (first: {rows[0]})" in str(refused.value)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["checks"] == {name: {"broken": 1, "sample": rows}}


def test_columns_that_are_unique_together_may_repeat_alone(tmp_path: Path) -> None:
    assert validate(FRAME, tmp_path, unique=["id", "day"])["broken"] == 0


def test_the_ends_of_a_range_are_inside(tmp_path: Path) -> None:
    assert validate(FRAME, tmp_path, ranges={"delay": {"min": -130, "max": 2000}})["broken"] == 0


def test_only_the_first_rows_are_listed(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"100 of 100 rows \(first: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\)"):
        validate(pandas.DataFrame({"x": [None] * 100}), tmp_path, not_null=["x"])


def test_a_folder_is_one_table(tmp_path: Path) -> None:
    for month in ("01", "02"):
        tables.write(FRAME.head(2), tmp_path / f"months/{month}.parquet")
    with pytest.raises(Refusal, match=r"unique\(id\): 2 of 4 rows \(first: 3, 4\)"):
        validate(tmp_path / "months", tmp_path, unique=["id"])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"unique": ["idd"]}, "there is no column 'idd'; did you mean 'id'?"),
        ({"ranges": {"delai": {"min": 0}}}, "there is no column 'delai'; did you mean 'delay'?"),
        ({"ranges": {"delay": {"mni": 0}}}, "the range of 'delay' has no min or max"),
        ({"ranges": {"delay": {"min": "x"}}}, "the range of 'delay' has no min or max"),
        ({"ranges": {"delay": 5}}, "the range of 'delay' has no min or max"),
        ({"ranges": {"origin": {"min": 0}}}, "the range of 'origin' needs numbers"),
        ({"categories": {"origin": "EWR"}}, "categories of 'origin' are no list"),
    ],
)
def test_a_promise_that_makes_no_sense_is_an_error(params: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as wrong:
        validate(FRAME, tmp_path, **params)
    assert words in str(wrong.value)


def test_a_table_that_is_not_there_or_not_readable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such table"):
        validate(tmp_path / "none", tmp_path)
    (tmp_path / "bad.parquet").write_text("not Parquet")
    with pytest.raises(InputError, match="not readable as Parquet"):
        validate(tmp_path / "bad.parquet", tmp_path)
