"""Serving: what the store answers is what the point-in-time join says of that moment, and nothing that has expired."""

import os
import random
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pytest

from gitmlops.adapters import sqlite
from gitmlops.errors import InputError, ToolError
from gitmlops.features import OnlineStore
from gitmlops.features.building import view_arguments
from gitmlops.features.join import retrieval
from gitmlops.features.serving import export, online_store
from gitmlops.features.wiring import selection
from gitmlops.specs.feature import Key

VIEW, SOURCE, SET = "features/views/spend.yaml", "features/sources/tx.yaml", "features/sets/churn.yaml"
T0 = datetime(2024, 5, 1, 12, tzinfo=UTC)
WINDOWED = """\
ttl: 1h
aggregations:
  - {name: sum_2h, column: amount, fn: sum, window: 2h}
  - {name: paid_2h, fn: count, window: 2h}
  - {name: last_30m, column: amount, fn: last, window: 30m}
features:
  - {name: amount, dtype: float64, description: Last payment}
  - {name: sum_2h, dtype: float64, description: Spend}
  - {name: paid_2h, dtype: int64, description: Payments}
  - {name: last_30m, dtype: float64, description: Last payment of half an hour}
version: 1
"""
PINS = "".join(f"  - spend@v1:{name}\n" for name in ("sum_2h", "paid_2h", "last_30m"))


@pytest.fixture
def windowed(store: Any) -> Any:
    text = store.files[VIEW]
    store.files[VIEW] = text[: text.index("features:\n")] + WINDOWED
    store.files[SET] += PINS
    return store


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def exported(store: Any, minutes: float, *, sets: tuple[str, ...] = ("churn",), views: tuple[str, ...] = ()) -> Any:
    definitions = store.definitions()
    wanted = export.sets(definitions, sets, view_arguments.named(definitions, views))
    export.export(store.root, definitions, wanted, store.root / "store.db", at=at(minutes))
    return OnlineStore(store.root / "store.db")


def known(store: Any, keys: dict[str, Any], minutes: float) -> dict[str, Any]:
    """What the join says."""
    rows = pandas.DataFrame({name: [value] for name, value in keys.items()}).assign(asked_at=at(minutes))
    definitions = store.definitions()
    chosen = selection.select(definitions, "churn")
    frame = retrieval.retrieve_chosen(store.root, definitions, rows, chosen=chosen, time="asked_at", engine="duckdb")
    (row,) = frame.to_dict("records")
    return {one.column: None if pandas.isna(row[one.column]) else row[one.column] for one in chosen}


def test_served_values_are_those_of_the_join_at_the_moment_of_serving(windowed: Any) -> None:
    chance = random.Random(4)
    rows = [(chance.randint(1, 8), chance.randint(0, 600), chance.choice([None, 1.5, 2.25, 3.0])) for _ in range(80)]
    windowed.payments(*rows, (None, 5, 1.0), (1, None, 1.0))
    for minutes in (0, 60.5, 300, 900):
        with exported(windowed, minutes) as served:
            for customer in range(10):
                found = served.get("churn", {"customer_id": customer}, now=at(minutes))
                assert found == known(windowed, {"customer_id": customer}, minutes)


def test_values_are_those_of_the_join_later_too_as_long_as_nothing_new_happened(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (2, 20, 6.0), (3, 500, 7.0))
    with exported(windowed, 30) as served:
        for minutes in (30, 31, 50, 60, 61, 80, 81):
            for customer in (1, 2, 3, 4):
                found = served.get("churn", {"customer_id": customer}, now=at(minutes))
                expected = known(windowed, {"customer_id": customer}, minutes)
                for name in ("amount", "last_30m"):
                    assert found[name] == expected[name], (customer, minutes, name)


def test_a_value_that_is_as_old_as_the_ttl_is_served_and_a_microsecond_later_it_is_not(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0))
    with exported(windowed, 10) as served:
        keys = {"customer_id": 1}
        assert served.get("churn", keys, now=at(60))["amount"] == 5.0
        assert served.get("churn", keys, now=at(60) + timedelta(microseconds=1))["amount"] is None
        assert served.get("churn", keys, now=at(30) - timedelta(microseconds=1))["last_30m"] == 5.0
        assert served.get("churn", keys, now=at(30))["last_30m"] is None


def test_a_value_that_had_expired_before_the_export_is_null(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0))
    with exported(windowed, 90) as served:
        found = served.get("churn", {"customer_id": 1}, now=at(90))
    assert found == {"amount": None, "sum_2h": 5.0, "paid_2h": 1, "last_30m": None}


def test_windows_are_of_the_export_until_nothing_before_it_is_in_them(windowed: Any) -> None:
    windowed.payments((1, 9, 5.0))
    with exported(windowed, 10) as served:
        assert served.exported_at == at(10)
        assert served.get("churn", {"customer_id": 1}, now=at(129.9))["sum_2h"] == 5.0
        assert served.get("churn", {"customer_id": 2}, now=at(129.9))["paid_2h"] == 0
        for customer in (1, 2):
            late = served.get("churn", {"customer_id": customer}, now=at(130))
            assert (late["sum_2h"], late["paid_2h"]) == (None, None)


def test_nothing_of_the_future_is_served(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 20, 6.0))
    with exported(windowed, 10) as served:
        assert served.get("churn", {"customer_id": 1}, now=at(10))["amount"] == 5.0
        early = served.get("churn", {"customer_id": 1}, now=at(-1))
    assert early == {"amount": None, "sum_2h": None, "paid_2h": None, "last_30m": None}


def test_an_unknown_key_and_a_null_key_give_null_and_count_nothing(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0))
    with exported(windowed, 10) as served:
        nothing = {"amount": None, "sum_2h": None, "paid_2h": 0, "last_30m": None}
        assert served.get("churn", {"customer_id": 99}, now=at(10)) == nothing
        assert served.get("churn", {"customer_id": None}, now=at(10)) == nothing


def test_text_keys_several_keys_and_every_type_come_back_as_they_are(store: Any) -> None:
    entity = "kind: entity\nname: item\nkeys: [{name: shop, dtype: string}, {name: number, dtype: int64}]\n"
    store.files["features/entities/item.yaml"] = entity + "owner: o\ndescription: d\n"
    types = {"flag": "boolean", "label": "string", "count": "int64", "share": "float64", "since": "timestamp"}
    columns = ", ".join(f"{name}: {dtype}" for name, dtype in {"shop": "string", "number": "int64", **types}.items())
    source = "kind: source\nname: items\npath: data/items.parquet\ntimestamp: at\nowner: o\ndescription: d\n"
    store.files["features/sources/items.yaml"] = source + f"columns: {{{columns}, at: timestamp}}\n"
    features = ", ".join(f"{{name: {name}, dtype: {dtype}, description: d}}" for name, dtype in types.items())
    view = "kind: feature_view\nname: items\nversion: 1\nowner: o\ndescription: d\nentities: [item]\nsource: items\n"
    store.files["features/views/items.yaml"] = view + f"features: [{features}]\n"
    moment = datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=UTC)
    values = {"flag": [True, None], "label": ["'; DROP TABLE view_0; --", None], "count": [2**62, None]}
    values |= {"share": [float("inf"), None], "since": [moment, None]}
    table = pyarrow.table({"shop": ["É 007", "é"], "number": [7, 7], **values, "at": [T0, T0]})
    store.arrow("data/items.parquet", table)
    with exported(store, 0, sets=(), views=("items",)) as served:
        found = served.get("items@v1", {"shop": "É 007", "number": 7}, now=T0)
        assert found == {name: column[0] for name, column in values.items()}
        assert found["flag"] is True
        nulls = served.get("items@v1", {"number": 7, "shop": "é"}, now=T0)
        assert nulls == dict.fromkeys(values)
        assert served.get("items@v1", {"number": 7, "shop": "É"}, now=T0) == dict.fromkeys(values)


def test_text_that_no_file_can_hold_is_no_key() -> None:
    with pytest.raises(InputError, match="the key 'code' is str, its entity says string; give it as text"):
        online_store._key(Key(name="code", dtype="string"), "\ud800")
    assert online_store._key(Key(name="code", dtype="string"), "\U0001f600\0") == "\U0001f600\0"


def test_a_view_without_entities_has_one_answer(store: Any) -> None:
    store.edit(VIEW, "entities: [customer]", "entities: []")
    store.payments((1, 0, 5.0), (2, 3, 6.0))
    with exported(store, 5) as served:
        assert served.get("churn", {}, now=at(5)) == {"amount": 6.0}


def test_a_store_of_no_rows_answers(store: Any) -> None:
    store.payments()
    with exported(store, 5) as served:
        assert served.get("churn", {"customer_id": 1}, now=at(5)) == {"amount": None}


def test_a_row_that_was_ingested_after_the_export_is_not_served(store: Any) -> None:
    store.edit(SOURCE, "timestamp: paid_at", "timestamp: paid_at\ncreated_timestamp: seen")
    store.edit(SOURCE, "  paid_at: timestamp", "  paid_at: timestamp\n  seen: timestamp")
    store.edit(VIEW, "source: tx", "source: tx\nknown_at: created")
    rows = {"customer_id": [1, 1], "paid_at": [at(0), at(5)], "seen": [at(0), at(60)], "amount": [1.0, 2.0]}
    store.arrow("data/tx.parquet", pyarrow.table(rows))
    with exported(store, 30) as served:
        assert served.get("churn", {"customer_id": 1}, now=at(30)) == {"amount": 1.0}
    with exported(store, 60) as served:
        assert served.get("churn", {"customer_id": 1}, now=at(60)) == {"amount": 2.0}


def test_without_a_moment_the_clock_counts(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0))
    with exported(windowed, 10) as served:
        assert served.get("churn", {"customer_id": 1})["amount"] is None


@pytest.mark.parametrize(
    ("set_", "keys", "said"),
    [
        ("chrun", {"customer_id": 1}, "there is no set 'chrun' in the store; did you mean 'churn'?"),
        ("churn", {}, "the key 'customer_id' is missing; the set has the keys customer_id"),
        ("churn", {"customer_id": 1, "shop": 2}, "the set has no key 'shop'"),
        (
            "churn",
            {"customer_id": "1"},
            "the key 'customer_id' is str, its entity says int64; give it as a whole number of 64 bits",
        ),
        ("churn", {"customer_id": 1.0}, "the key 'customer_id' is float, its entity says int64"),
        ("churn", {"customer_id": 1 << 63}, "the key 'customer_id' is int, its entity says int64; give it as a whole"),
        ("churn", {"customer_id": True}, "the key 'customer_id' is bool, its entity says int64"),
    ],
)
def test_a_wrong_question_is_refused(store: Any, set_: str, keys: dict[str, Any], said: str) -> None:
    store.payments((1, 0, 5.0))
    with exported(store, 5) as served, pytest.raises(InputError) as raised:
        served.get(set_, keys)
    assert said in str(raised.value)


def test_a_file_that_is_no_store_is_refused(store: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file; write it with `gitmlops feature export`"):
        OnlineStore(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at as one" * 20)
    with pytest.raises(InputError, match="no serving store"):
        OnlineStore(tmp_path / "text.db")
    hostile = '{"schema":"gitmlops/online-store/1","exported_at":0,"sets":{},"views":{"v":{"table":"x;--","keys":[]}}}'
    with sqlite3.connect(tmp_path / "hostile.db") as database:
        database.execute("CREATE TABLE about (record TEXT)")
        database.execute("INSERT INTO about VALUES (?)", [hostile])
    database.close()
    with pytest.raises(InputError, match="upgrade gitmlops, or write the file again"):
        OnlineStore(tmp_path / "hostile.db")


def test_a_new_export_takes_the_place_of_the_old_one_under_those_who_read(store: Any) -> None:
    store.payments((1, 0, 5.0))
    with exported(store, 5) as served:
        assert served.get("churn", {"customer_id": 1}, now=at(5))["amount"] == 5.0
        store.payments((1, 0, 5.0), (1, 6, 8.0))
        exported(store, 10).close()
        assert served.get("churn", {"customer_id": 1}, now=at(10))["amount"] == 8.0
        (store.root / "store.db").unlink()
        assert served.get("churn", {"customer_id": 1}, now=at(10))["amount"] == 8.0


def test_an_export_that_fails_leaves_the_old_store(store: Any) -> None:
    store.payments((1, 0, 5.0))
    exported(store, 5).close()
    before = (store.root / "store.db").read_bytes()
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": ["x"], "paid_at": [T0], "amount": [1.0]}))
    with pytest.raises(InputError):
        exported(store, 10)
    assert (store.root / "store.db").read_bytes() == before
    assert sorted(file.name for file in store.root.glob("*.db*")) == ["store.db"]
    (store.root / "folder").mkdir()
    with pytest.raises(ToolError, match="cannot be written"):
        export.export(store.root, store.definitions(), {}, store.root / "folder", at=T0)


def test_exports_at_once_publish_what_one_of_them_made(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite.written(path) as late:
        late.execute("CREATE TABLE late (x)")
        with sqlite.written(path) as early:
            early.execute("CREATE TABLE early (x)")
        assert tables(path) == ["early"]
    assert tables(path) == ["late"]
    assert [file.name for file in tmp_path.iterdir()] == ["store.db"]


def tables(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    found = database.execute("SELECT name FROM sqlite_master").fetchall()
    database.close()
    return [name for (name,) in found]


def test_an_on_demand_feature_is_refused_with_the_reason(store: Any) -> None:
    store.files["features/on_demand/ratio.yaml"] = (
        "kind: on_demand\nname: ratio\nversion: 1\nowner: o\ndescription: d\ninputs: ['spend@v1:amount']\n"
        "request: {price: float64}\nsql: price / amount\ndtype: float64\n"
    )
    store.files[SET] += "  - ratio@v1\n"
    with pytest.raises(InputError) as raised:
        export.sets(store.definitions(), ["churn"], [])
    assert str(raised.value) == (
        "features/on_demand/ratio.yaml:8:6: the on-demand feature ratio@v1 is computed from the request, in DuckDB's "
        "SQL: not stored; export a set of its inputs (spend@v1:amount), and compute it there"
    )


def test_threads_share_a_store(store: Any) -> None:
    store.payments(*((i, 0, float(i)) for i in range(200)))
    with exported(store, 5) as served, ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda i: served.get("churn", {"customer_id": i}, now=at(5))["amount"], range(200))
        assert list(found) == [float(i) for i in range(200)]


def test_reading_a_store_loads_no_data_engine_and_no_data_frames(store: Any) -> None:
    store.payments((1, 0, 5.0))
    exported(store, 5).close()
    program = (
        "import sys; from gitmlops.features import OnlineStore; from datetime import datetime\n"
        "print(OnlineStore('store.db').get('churn', {'customer_id': 1}, now=datetime(2024, 5, 1, 12, 5)))\n"
        "print(sorted({'duckdb', 'pandas', 'pyarrow', 'numpy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=store.root, check=True, capture_output=True, text=True, env=os.environ
    )
    assert done.stdout.splitlines()[0] == "{'amount': 5.0}"
    assert done.stdout.splitlines()[1] in ("[]", "['yaml']")
