import json
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from gitmlops.adapters.data import tables
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
        ({"rules": [{"name": "late", "sql": "delay < 1000 OR origin = 'EWR'"}]}, "rule(late)", [4]),
        ({"rules": [{"name": "even", "sql": "id % 2 = 0"}]}, "rule(even)", [1]),
    ],
)
def test_a_broken_promise_is_refused_with_the_rows_that_break_it(
    params: dict[str, Any], name: str, rows: list[int], tmp_path: Path
) -> None:
    with pytest.raises(Refusal) as refused:
        validate(FRAME, tmp_path, **params)
    assert f"{name}: 1 of 4 rows (first: {rows[0]})" in str(refused.value)
    report = json.loads((tmp_path / "report.json").read_text())
    check = report["checks"][name]
    assert (check["broken"], check["sample"]) == (1, rows)
    assert [row.get("id", FRAME["id"][rows[0] - 1]) for row in check["values"]] == [FRAME["id"][rows[0] - 1]]
    assert f"{tmp_path}/report.json has the values of these rows" in str(refused.value)


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
        ({"ranges": {"delay": {"mni": 0}}}, "unknown field `mni`"),
        ({"ranges": {"delay": {}}}, "the range of 'delay' has no min or max"),
        ({"ranges": {"delay": {"min": "x"}}}, "at `$.ranges[...].min`"),
        ({"ranges": {"delay": 5}}, "at `$.ranges[...]`"),
        ({"ranges": {"origin": {"min": 0}}}, "the range of 'origin' needs numbers"),
        ({"categories": {"origin": "EWR"}}, "Expected `array`, got `str`"),
        ({"categories": {"origin": []}}, "categories of 'origin' are no list of values"),
        ({"types": {"id": "int"}}, "at `$.types[...]`"),
        ({"missing": {"delay": 2}}, "at `$.missing[...]`"),
        ({"rows": {}}, "the range of 'rows' has no min or max"),
        ({"fresh": {"column": "day", "as_of": "2013-01-31", "within": "1d"}}, "fresh: 'day' is string"),
        ({"fresh": {"column": "day", "as_of": "2013-02-31", "within": "1d"}}, "fresh: '2013-02-31' is no day"),
        ({"rules": [{"name": "a", "sql": "idd > 1"}]}, "rule a: "),
        ({"rules": [{"name": "a", "sql": "id"}]}, "rule a: is no condition on one row"),
        ({"rules": [{"name": "a", "sql": "sum(id) > 3"}]}, "rule a: is no condition on one row"),
        ({"rules": [{"name": "a", "sql": "1); DROP TABLE x; SELECT (1"}]}, "rule a: "),
        ({"rules": [{"name": "a", "sql": "id < (SELECT count(*) FROM '/etc/passwd')"}]}, "rule a: "),
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


def test_real_arrivals_are_fresh_whole_and_in_order(january: Path, tmp_path: Path) -> None:
    report = validate(
        january / "data/arrivals",
        tmp_path,
        types={"flight_id": "int64", "landed_at": "timestamp", "origin": "string"},
        missing={"arr_delay": 0.01},
        rows={"min": 26000, "max": 27000},
        fresh={"column": "landed_at", "as_of": "2013-01-31", "within": "2d"},
        rules=[{"name": "late", "sql": "(arr_delay > 15) = (late = 1)"}],
    )
    assert report["broken"] == 0
    assert len(report["checks"]) == 7


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"types": {"id": "string"}}, "type(id, string): is int64"),
        ({"missing": {"delay": 0.2}}, "missing(delay, 0.2): 1 of 4 rows have no value"),
        ({"rows": {"min": 5}}, "rows(5..): there are 4"),
        ({"rows": {"max": 3}}, "rows(..3): there are 4"),
        (
            {"fresh": {"column": "at", "as_of": "2013-03-31", "within": "2d"}},
            "fresh(at): the newest is 2013-01-04 00:00, more than 2d before the end of 2013-03-31",
        ),
    ],
)
def test_a_table_that_breaks_a_promise_as_a_whole_is_refused(
    params: dict[str, Any], words: str, tmp_path: Path
) -> None:
    frame = FRAME.assign(at=pandas.date_range("2013-01-01", periods=4, tz="UTC"))
    with pytest.raises(Refusal) as refused:
        validate(frame, tmp_path, **params)
    assert words in str(refused.value)
    (check,) = json.loads((tmp_path / "report.json").read_text())["checks"].values()
    assert (check["broken"], check["sample"]) == (1, [])


def test_the_shares_and_counts_at_the_border_pass(tmp_path: Path) -> None:
    assert validate(FRAME, tmp_path, missing={"delay": 0.25}, rows={"min": 4, "max": 4})["broken"] == 0


def test_unknown_is_no_break_of_a_rule(tmp_path: Path) -> None:
    rule = [{"name": "delay", "sql": "delay > -1000"}]
    assert validate(FRAME, tmp_path, rules=rule)["broken"] == 0


EXPECTATIONS = """\
kind: expectations
name: flights
owner: data-engineers
description: What every month of flights promises
unique: [id, day]
ranges: {delay: {min: -200}}
not_null: [id]
"""


def with_file(text: str, folder: Path, **params: Any) -> dict[str, Any]:
    tables.write(FRAME, folder / "table.parquet")
    (folder / "flights.yaml").write_text(text)
    inputs = {"table": folder / "table.parquet", "expectations": folder / "flights.yaml"}
    run(inputs, params, {"report": folder / "report.json"})
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_promises_of_a_file_and_of_the_step_are_kept_together(tmp_path: Path) -> None:
    report = with_file(EXPECTATIONS, tmp_path, not_null=["day"])
    assert set(report["checks"]) == {"unique(id, day)", "range(delay, -200..)", "not_null(id)", "not_null(day)"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (EXPECTATIONS.replace("min", "mni"), "flights.yaml:6:18: unknown key 'mni'; did you mean 'min'?"),
        (EXPECTATIONS.replace("unique", "uniqe"), "flights.yaml:5:1: unknown key 'uniqe'; did you mean 'unique'?"),
        ("", "flights.yaml: is empty"),
    ],
)
def test_a_mistake_in_the_file_is_told_at_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as wrong:
        with_file(text, tmp_path)
    assert words in str(wrong.value)
