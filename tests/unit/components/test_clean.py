import json
from pathlib import Path
from typing import Any

import pandas
import pytest

from gitmlops.adapters.data import tables
from gitmlops.components.clean.clean import run
from gitmlops.errors import InputError

FRAME = pandas.DataFrame(
    {
        "id": [1, 2, 2, 4, 5],
        "delay": [-130.0, 5.0, 7.0, 2000.0, None],
        "origin": ["EWR", "JFK", "JFK", "XXX", None],
        "seats": ["100", "n/a", "120", "120.5", None],
        "at": ["2013-01-01T05:00:00Z", "2013-01-02T00:00:00+01:00", "soon", None, "2013-01-05T00:00:00Z"],
        "paid": ["true", "False", "1", "maybe", None],
    }
)


def clean(table: Path | pandas.DataFrame, folder: Path, **params: Any) -> tuple[pandas.DataFrame, dict[str, Any]]:
    if isinstance(table, pandas.DataFrame):
        tables.write(table, folder / "table.parquet")
        table = folder / "table.parquet"
    run({"table": table}, params, {"table": folder / "clean.parquet", "log": folder / "log.json"})
    return tables.read(folder / "clean.parquet"), json.loads((folder / "log.json").read_text())


def test_real_arrivals_lose_what_is_far_out_and_keep_their_order(january: Path, tmp_path: Path) -> None:
    before = tables.read(january / "data/arrivals")
    table, log = clean(
        january / "data/arrivals",
        tmp_path,
        unique=["flight_id"],
        outliers={"arr_delay": {"max": 600, "do": "drop"}},
        missing={"arr_delay": "drop"},
    )
    assert log["rows_before"] == len(before) == 26398
    assert table["arr_delay"].max() <= 600
    assert log["rows_after"] == len(table) == 26398 - int((before["arr_delay"] > 600).sum())
    assert table["flight_id"].tolist() == before.loc[before["arr_delay"] <= 600, "flight_id"].tolist()
    assert [step["step"] for step in log["steps"]] == [
        "unique(flight_id)", "outliers(arr_delay, drop)", "missing(arr_delay, drop)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "column", "values", "dropped", "changed"),
    [
        ({"unique": ["id"]}, "id", [1, 2, 4, 5], 1, 0),
        ({"types": {"seats": "float64"}}, "seats", [100, None, 120, 120.5, None], 0, 1),
        ({"types": {"seats": "int64"}}, "seats", [100, None, 120, None, None], 0, 2),
        ({"types": {"id": "string"}}, "id", ["1", "2", "2", "4", "5"], 0, 0),
        ({"types": {"paid": "boolean"}}, "paid", [True, False, True, None, None], 0, 1),
        ({"categories": {"origin": {"allowed": ["EWR", "JFK"]}}}, "origin", ["EWR", "JFK", "JFK", None, None], 0, 1),
        (
            {"categories": {"origin": {"allowed": ["EWR", "JFK"], "other": "else"}}},
            "origin", ["EWR", "JFK", "JFK", "else", None], 0, 1,
        ),
        ({"outliers": {"delay": {"min": -120, "do": "drop"}}}, "delay", [5, 7, 2000, None], 1, 0),
        ({"outliers": {"delay": {"min": -120, "max": 1800, "do": "clip"}}}, "delay", [-120, 5, 7, 1800, None], 0, 2),
        ({"outliers": {"delay": {"max": 1800, "do": "missing"}}}, "delay", [-130, 5, 7, None, None], 0, 1),
        ({"missing": {"delay": "drop"}}, "delay", [-130, 5, 7, 2000], 1, 0),
        ({"missing": {"delay": "median"}}, "delay", [-130, 5, 7, 2000, 6], 0, 1),
        ({"missing": {"origin": "most_frequent"}}, "origin", ["EWR", "JFK", "JFK", "XXX", "JFK"], 0, 1),
        ({"missing": {"origin": {"fill": "none"}}}, "origin", ["EWR", "JFK", "JFK", "XXX", "none"], 0, 1),
    ],
)  # fmt: skip
def test_each_step_does_what_it_says_and_says_what_it_did(
    params: dict[str, Any], column: str, values: list[Any], dropped: int, changed: int, tmp_path: Path
) -> None:
    table, log = clean(FRAME, tmp_path, **params)
    found = [None if pandas.isna(value) else value for value in table[column]]
    assert found == values
    (step,) = log["steps"]
    assert (step["dropped"], step["changed"], step["rows"]) == (dropped, changed, len(values))


def test_times_are_read_with_their_zone_and_kept_in_utc(tmp_path: Path) -> None:
    table, log = clean(FRAME, tmp_path, types={"at": "timestamp"})
    assert table["at"][1] == pandas.Timestamp("2013-01-01T23:00:00Z")
    assert table["at"].isna().tolist() == [False, False, True, True, False]
    assert log["steps"][0]["changed"] == 1


def test_gaps_that_another_step_makes_are_filled(tmp_path: Path) -> None:
    table, log = clean(
        FRAME, tmp_path, missing={"delay": {"fill": 0}}, outliers={"delay": {"max": 1800, "do": "missing"}}
    )
    assert table["delay"].tolist() == [-130, 5, 7, 0, 0]
    assert [step["changed"] for step in log["steps"]] == [1, 2]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    params = {"unique": ["id"], "missing": {"delay": "median"}}
    clean(FRAME, tmp_path, **params)
    before = (tmp_path / "clean.parquet").read_bytes()
    clean(FRAME, tmp_path, **params)
    assert (tmp_path / "clean.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"unique": ["idd"]}, "there is no column 'idd'; did you mean 'id'?"),
        ({"missing": {"dleay": "drop"}}, "there is no column 'dleay'; did you mean 'delay'?"),
        ({"types": {"id": "int"}}, "types.id: there is no type 'int'; did you mean 'int64'?"),
        ({"categories": {"origin": ["EWR"]}}, "categories.origin: ['EWR'] is no mapping"),
        (
            {"categories": {"origin": {"allowd": []}}},
            "categories.origin: unknown key 'allowd'; did you mean 'allowed'?",
        ),
        ({"categories": {"origin": {"allowed": []}}}, "allowed is no list of values"),
        ({"outliers": {"delay": {"min": 1}}}, "outliers.delay: do is None"),
        ({"outliers": {"delay": {"do": "drop"}}}, "neither min nor max is a number"),
        ({"outliers": {"delay": {"min": "a", "do": "drop"}}}, "neither min nor max is a number"),
        ({"outliers": {"origin": {"min": 1, "do": "drop"}}}, "outliers.origin: the column is "),
        ({"missing": {"delay": "mean"}}, "missing.delay: there is no way 'mean'"),
        ({"missing": {"origin": "median"}}, "missing.origin: the column is "),
        ({"missing": {"delay": {"fill": "words"}}}, "missing.delay: 'words' does not fit into the column"),
        ({"outliers": {"id": {"min": 100, "do": "drop"}}}, "no row is left"),
    ],
)
def test_a_step_that_makes_no_sense_is_an_error(params: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as wrong:
        clean(FRAME, tmp_path, **params)
    assert words in str(wrong.value)


def test_a_column_without_any_value_has_no_typical_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the column has no value at all"):
        clean(FRAME.assign(delay=float("nan")), tmp_path, missing={"delay": "median"})
