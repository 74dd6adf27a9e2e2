"""On Spark the feature store answers what it answers on DuckDB: the same rows, in the same order, the same values."""

import json
import math
import os
import random
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import psutil
import pyarrow
import pyarrow.parquet
import pytest
from tests.unit.features import test_join_oracle as oracle
from tests.unit.features.test_join_oracle import Asked, Event

from gitmlops.adapters.engines import spark as on_spark
from gitmlops.adapters.engines import spark_sql
from gitmlops.errors import InputError
from gitmlops.features.building import build as building
from gitmlops.features.building import statistics, statistics_file, value_tests
from gitmlops.features.join import history, sql_portable
from gitmlops.features.join.history import Events
from gitmlops.specs.feature import FeatureView

CASES = 150
NOW = datetime(2024, 5, 2, 15, tzinfo=UTC)
MORE = {
    "features/sources/tx.yaml": """\
kind: source
name: tx
path: data/tx/*/*.parquet
timestamp: paid_at
created_timestamp: seen_at
columns: {customer_id: int64, shop: string, paid_at: timestamp, seen_at: timestamp, amount: float64, items: int64}
owner: crm
description: Payments
""",
    "features/sources/shops.yaml": """\
kind: source
name: shops
path: data/shops.csv
timestamp: opened
timezone: Europe/Paris
columns: {shop: string, opened: timestamp, staff: int64}
owner: crm
description: Shops
""",
    "features/entities/shop.yaml": "kind: entity\nname: shop\nkeys: [{name: shop, dtype: string}]\nowner: crm\n"
    "description: One shop\n",
    "features/views/spend.yaml": """\
kind: feature_view
name: spend
version: 1
owner: crm
description: Spend
entities: [customer]
source: tx
ttl: 3h
known_at: created
aggregations:
  - {name: paid, column: amount, fn: sum, window: 2h}
  - {name: visits, fn: count, window: 5h}
  - {name: mean_items, column: items, fn: mean, window: 1d}
  - {name: most, column: amount, fn: max, window: 3h}
  - {name: spread, column: amount, fn: std, window: 1d}
  - {name: shops, column: shop, fn: count_distinct, window: 1d}
  - {name: last_items, column: items, fn: last, window: 2h}
features:
  - {name: amount, dtype: float64, description: Last}
  - {name: paid, dtype: float64, description: Sum}
  - {name: visits, dtype: int64, description: Count}
  - {name: mean_items, dtype: float64, description: Mean}
  - {name: most, dtype: float64, description: Max}
  - {name: spread, dtype: float64, description: Deviation}
  - {name: shops, dtype: int64, description: Distinct}
  - {name: last_items, dtype: int64, description: Last of a window}
""",
    "features/views/habits.yaml": """\
kind: feature_view
name: habits
version: 1
owner: crm
description: What the SQL of a view makes of another one's rows
entities: [customer]
source: spend@v1
transform:
  sql: |
    SELECT customer_id, paid_at, seen_at, visits * 2 AS twice, coalesce(paid, 0) / nullif(visits, 0) AS each,
      CASE WHEN amount > 20 THEN 'large' ELSE lower('SMALL') END AS size, extract(hour FROM paid_at) AS hour
    FROM spend WHERE amount IS NOT NULL
aggregations:
  - {name: twice_sum, column: twice, fn: sum, window: 4h}
features:
  - {name: each, dtype: float64, description: Paid a visit}
  - {name: size, dtype: string, description: Large or small}
  - {name: hour, dtype: int64, description: Hour}
  - {name: twice_sum, dtype: int64, description: Sum}
""",
    "features/views/staff.yaml": """\
kind: feature_view
name: staff
version: 1
owner: crm
description: What a function makes of a table of text
entities: [shop]
source: shops
transform: {python: "code:staff"}
features:
  - {name: staff, dtype: int64, description: People}
""",
    "features/on_demand/share.yaml": """\
kind: on_demand
name: share
version: 1
owner: crm
description: Share of what is asked for
inputs: ["spend@v1:paid"]
request: {wanted: float64}
dtype: float64
sql: wanted / nullif(paid, 0) + 1
""",
    "features/sets/churn.yaml": """\
kind: feature_set
name: churn
owner: crm
description: What churn learns from
features:
"""
    + "".join(
        f"  - {pin}\n"
        for pin in [
            *(f"spend@v1:{name}" for name in ("amount", "paid", "visits", "mean_items", "most", "spread", "shops")),
            "spend@v1:last_items",
            *(f"habits@v1:{name}" for name in ("each", "size", "hour", "twice_sum")),
            "staff@v1:staff",
            "share@v1",
        ]
    ),
}
CODE = "def staff(rows):\n    return rows.assign(staff=rows['staff'] + 1)\n"


@pytest.fixture
def large(store: Any) -> Any:
    """Views of every kind, on Parquet in folders, of which one has other time units, and on CSV."""
    store.files |= MORE
    chance = random.Random(7)
    for i, (folder, unit) in enumerate([("day=1", "us"), ("day=2", "us"), ("d [3]*", "ns")]):
        store.arrow(f"data/tx/{folder}/{i}.parquet", payments(chance, unit))
    lines = [f"{shop},2024-0{month}-01 0{hour}:30:00,{month}" for shop in "abc" for month, hour in ((3, 1), (5, 2))]
    (store.root / "data/shops.csv").write_text("\n".join(["shop,opened,staff", *lines, ",2024-01-01,9", ""]))
    (store.root / "code.py").write_text(CODE)
    return store


def payments(chance: random.Random, unit: str) -> pyarrow.Table:
    """Four hundred, of few customers, some seen late or never, some without a key, an amount or a time."""
    times = [
        chance.choice([None, *range(0, 1440, 7)]) if chance.random() < 0.1 else chance.randint(0, 1440)
        for _ in range(400)
    ]
    late = [None if at is None or chance.random() < 0.05 else at + chance.choice([0, 0, 30, 200, -5]) for at in times]
    columns = {
        "customer_id": pyarrow.array([chance.choice([1, 2, 3, 4, None]) for _ in times], pyarrow.int64()),
        "shop": pyarrow.array([chance.choice(["a", "b", "c", None]) for _ in times], pyarrow.string()),
        "paid_at": moments(times, unit),
        "seen_at": moments(late, unit),
        "amount": pyarrow.array([chance.choice([None, math.nan, 0.1, 19.99, 21.5, 1e9]) for _ in times]),
        "items": pyarrow.array([chance.choice([None, 1, 2, 2**40]) for _ in times], pyarrow.int64()),
        "unused": pyarrow.array(range(len(times)), pyarrow.uint64()),
    }
    return pyarrow.table(columns)


def moments(minutes: list[int | None], unit: str) -> pyarrow.Array:
    from tests.unit.features.conftest import T0

    values = [None if minute is None else T0 + timedelta(minutes=minute) for minute in minutes]
    return pyarrow.array(values, pyarrow.timestamp("us", "UTC")).cast(pyarrow.timestamp(unit, "UTC"))


def questions(store: Any) -> pandas.DataFrame:
    chance = random.Random(8)
    asked = [(chance.choice([1, 2, 3, 4, 5, None]), chance.randint(-10, 1600)) for _ in range(200)]
    asked += asked[:20]
    shops = [chance.choice(["a", "b", "c", "x", None]) for _ in asked]
    return store.asked(*asked, shop=shops, wanted=[float(i) for i in range(len(asked))], note=list(range(len(asked))))


def require_same(duck: pandas.DataFrame, spark: pandas.DataFrame) -> None:
    floats = {"paid", "mean_items", "each", "share"}
    exact = [name for name in duck.columns if name not in floats and name != "spread"]
    # A deviation is as sure as the greatest value that it is one of: a billion.
    pandas.testing.assert_series_equal(duck["spread"], spark["spread"], rtol=1e-9, atol=1e-3)
    pandas.testing.assert_frame_equal(duck[exact], spark[exact], check_exact=True)
    pandas.testing.assert_frame_equal(duck[[*floats]], spark[[*floats]], rtol=1e-12, atol=0)


def test_every_kind_of_feature_has_the_values_that_it_has_on_duckdb(large: Any, spark: Any) -> None:
    rows = questions(large)
    duck = large.get(rows)
    large.engine = "spark"
    require_same(duck, large.get(rows))
    assert duck["visits"].max() > 3 and duck["each"].notna().sum() > 20 and duck["staff"].notna().sum() > 20


def test_a_folder_of_rows_in_their_order_comes_out_of_a_file(large: Any, spark: Any, tmp_path: Path) -> None:
    from gitmlops.features.join.file_retrieval import retrieve_file
    from gitmlops.features.wiring import selection

    rows = questions(large)
    chosen = selection.select(large.definitions(), "churn")
    (tmp_path / "asked").mkdir()
    for i, part in enumerate([rows[:150], rows[150:153], rows[153:]]):
        part.to_parquet(tmp_path / f"asked/part-{i}.parquet", index=False)
    rows.to_csv(tmp_path / "asked.csv", index=False)
    for given, times in (("asked", 2), ("asked.csv", 1)):
        for engine in ("duckdb", "spark"):
            output = tmp_path / f"{engine}.parquet"
            arguments = (large.root, large.definitions(), tmp_path / given, output)
            for _ in range(times):  # a second time in the place of the first
                written = retrieve_file(*arguments, chosen=chosen, time="asked_at", engine=engine)
                assert (written.rows, written.features) == (len(rows), len(chosen))
        assert (tmp_path / "duckdb.parquet").is_file()
        names = sorted(file.name for file in (tmp_path / "spark.parquet").iterdir())
        assert names and all(name.startswith("part-") and name.endswith(".parquet") for name in names)
        found = pandas.concat(pandas.read_parquet(tmp_path / "spark.parquet" / name) for name in names)
        duck = pandas.read_parquet(tmp_path / "duckdb.parquet")
        assert list(found["note"]) == list(range(len(rows)))
        require_same(duck, found.reset_index(drop=True)[list(duck.columns)])
    assert not list(tmp_path.glob(".*"))


def test_the_tests_of_features_find_on_spark_what_they_find_on_duckdb(large: Any, spark: Any) -> None:
    tested = "  - {name: amount, dtype: float64, description: Last, tests: [{max: 20}, {max_null_fraction: 0.1}]}"
    large.edit("features/views/spend.yaml", "  - {name: amount, dtype: float64, description: Last}", tested)
    visits = "description: Count, tests: [{min: 0}, {unique: true}, {categories: ['1', '2']}]}"
    large.edit("features/views/spend.yaml", "description: Count}", visits)
    large.edit("features/views/spend.yaml", "ttl: 3h", "ttl: 3h\nfreshness: {warn_after: 1h}")
    definitions, found = large.definitions(), []
    for engine in ("duckdb", "spark"):
        views = [definitions.get(FeatureView, name) for name in ("spend@v1", "habits@v1", "staff@v1")]
        found.append([value_tests.test(large.root, definitions, view, now=NOW, engine=engine) for view in views])
    rules = {finding.rule for finding in found[0][0].findings}
    assert {"keys", "duplicates", "max", "max_null_fraction", "unique", "freshness"} <= rules
    assert found[0] == found[1]


def test_a_view_is_built_on_spark_as_on_duckdb_month_by_month(large: Any, spark: Any) -> None:
    definitions = large.definitions()
    view = definitions.get(FeatureView, "spend@v1")
    tables, counted = [], []
    for engine in ("duckdb", "spark"):
        built = building.build(large.root, definitions, view, "d", engine)
        assert [month.name for month in built.plan.make] == ["2024-05"]
        (file,) = (large.root / built.folder).glob("*.parquet")
        tables.append(pandas.read_parquet(file))
        statistics.write(large.root, definitions, view)
        counted.append(json.loads((large.root / statistics_file.path("spend@v1")).read_text()))
        assert not building.look(large.root, definitions, view, "d", engine).plan.changes
    floats = ["paid", "mean_items"]
    duck, other = (table.sort_values([*tables[0].columns]).reset_index(drop=True) for table in tables)
    pandas.testing.assert_frame_equal(
        duck.drop(columns=[*floats, "spread"]), other.drop(columns=[*floats, "spread"]), check_dtype=False
    )
    pandas.testing.assert_frame_equal(tables[0][floats], tables[1][floats], rtol=1e-12, atol=0)
    exact = [[one for one in found["features"] if one["name"] not in (*floats, "spread")] for found in counted]
    assert exact[0] == exact[1] and counted[0]["rows"] == counted[1]["rows"] > 100
    # A deviation is as sure as the greatest value that it is one of: a billion.
    pandas.testing.assert_series_equal(tables[0]["spread"], tables[1]["spread"], rtol=1e-9, atol=1e-3)
    assert sorted(one.name for one in (large.root / built.folder).iterdir()) == ["2024-05.parquet", "build.json"]


def test_sql_of_a_view_that_spark_may_answer_otherwise_is_refused_at_its_place(store: Any, spark: Any) -> None:
    store.payments((1, 0, 5.0))
    store.engine = "spark"
    rounded = "transform:\n  sql: SELECT * REPLACE (round(amount, 2) AS amount) FROM tx\nfeatures:"
    store.edit("features/views/spend.yaml", "features:", rounded)
    with pytest.raises(InputError) as error:
        store.get(store.asked((1, 1)))
    assert str(error.value).startswith("features/views/spend.yaml:8:8: Spark is not known to answer 'ROUND(")


def test_a_value_without_an_answer_is_told_at_the_sql_of_its_view(store: Any, spark: Any, capfd: Any) -> None:
    store.payments((1, 0, 0.0))
    store.engine = "spark"
    divided = "transform: {sql: SELECT * REPLACE (1 / amount AS amount) FROM tx}\nfeatures:"
    store.edit("features/views/spend.yaml", "features:", divided)
    with pytest.raises(InputError) as error:
        store.get(store.asked((1, 1)))
    assert str(error.value) == (
        "features/views/spend.yaml:7:18: Division by zero; mend the view spend@v1, or the data of tx"
    )
    assert "SQLQueryContextLogger" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "select",
    [
        "SELECT * FROM csv.`/etc/passwd`",
        "SELECT * FROM parquet.'/tmp/x'",
        "SELECT * FROM 'data/tx.parquet'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM default.salaries",
        "SELECT * FROM salaries",
        "SELECT * FROM spark_catalog.default.salaries",
        "SELECT * FROM known WHERE n IN (SELECT n FROM salaries)",
        "WITH a AS (SELECT * FROM b), b AS (SELECT * FROM known) SELECT * FROM a",
        "SELECT 1; SELECT 2",
        "DROP VIEW known",
    ],
)
def test_no_sql_reaches_what_no_definition_names(select: str) -> None:
    with pytest.raises(InputError):
        spark_sql.translated(select, lambda schema, name: "t1" if (schema, name) == ("", "known") else None)


def test_tables_in_pieces_of_which_some_are_empty_are_whole_on_spark(spark: Any) -> None:
    pieces = [pyarrow.table({"n": pyarrow.array(range(i), pyarrow.int64())}) for i in (0, 3, 0, 25_000, 0, 1)]
    with on_spark.opened() as engine:
        engine.register("whole", pyarrow.concat_tables(pieces))
        engine.register("nothing", pieces[0])
        assert engine.table("SELECT count(*) AS n, sum(n) AS s FROM whole").to_pylist() == [
            {"n": 25_004, "s": 3 + sum(range(25_000))}
        ]
        assert engine.table("SELECT n FROM nothing").num_rows == 0


def test_any_history_is_answered_like_a_loop_would(spark: Any) -> None:
    chance = random.Random(11)
    cases = [history_of(chance) for _ in range(CASES)]
    for keys in (("customer",), ("customer", "shop"), ()):
        for known_at in ("event", "created"):
            require_all(cases, keys, known_at)


def history_of(chance: random.Random) -> tuple[list[Event], list[Asked]]:
    def moment() -> int:
        return chance.randint(0, 90) * oracle.SECOND if chance.random() < 0.7 else chance.randint(0, 90 * oracle.SECOND)

    def event() -> Event:
        at = None if chance.random() < 0.05 else moment()
        late = chance.choice([0, 0, -3, 1, 25]) * oracle.SECOND + chance.choice([0, 0, 1])
        created = None if at is None or chance.random() < 0.1 else at + late
        amount = chance.choice([None, math.nan, 1.0, -2.0, chance.uniform(-1e9, 1e9), 0.1])
        items, word = chance.choice([None, 0, -3, 2, 2**40, -(2**40)]), chance.choice([None, "x", "y", "é"])
        good = chance.choice([None, True, False])
        customer, shop = chance.choice([None, 0, 1, 2]), chance.choice([None, "a", "b"])
        return Event(customer, shop, at, created, amount, items, word, good)

    past = [event() for _ in range(chance.randint(0, 40))]
    asked = [Asked(chance.choice([None, 0, 1, 2]), chance.choice([None, "a", "b"]), moment()) for _ in range(6)]
    return past, asked


def require_all(cases: list[tuple[list[Event], list[Asked]]], keys: tuple[str, ...], known_at: Any) -> None:
    """All cases in one query: a key of their own keeps them apart."""
    past = pyarrow.concat_tables(
        oracle.table_of(one).append_column("case", pyarrow.array([i] * len(one), pyarrow.int64()))
        for i, (one, _) in enumerate(cases)
    )
    parts = [
        oracle.table_of_asked(one, keys).append_column(
            history.key("case").strip('"'), pyarrow.array([i] * len(one), pyarrow.int64())
        )
        for i, (_, one) in enumerate(cases)
    ]
    asked = pyarrow.concat_tables(parts)
    asked = asked.set_column(0, "row", pyarrow.array(range(asked.num_rows), pyarrow.int64()))
    events = Events("past", ("case", *keys), "at", "created", known_at)
    with on_spark.opened() as engine:
        engine.register("past", past)
        engine.register("asked", asked)
        newest = engine.table(sql_portable.latest(events, oracle.VALUES, oracle.ORDER, "asked")).to_pylist()
        windowed = engine.table(sql_portable.windows(events, oracle.WINDOWS, "asked")).to_pylist()
    assert [row["row"] for row in newest] == [row["row"] for row in windowed] == list(range(asked.num_rows))
    answers = iter(zip(newest, windowed, strict=True))
    for history_, questions_ in cases:
        for question in questions_:
            answer, window = next(answers)
            known = oracle.known_to(history_, question, keys, known_at)
            oracle.require_newest(sql_portable, answer, known, question.at)
            for i, aggregation in enumerate(oracle.WINDOWS):
                oracle.require_aggregated(sql_portable, window[f"v{i}"], aggregation, known, question.at)


def test_a_worker_that_is_killed_in_the_middle_changes_no_answer(store: Any, spark: Any) -> None:
    chance = random.Random(3)
    store.payments(*((chance.randint(1, 500), chance.randint(0, 10_000), float(i)) for i in range(60_000)))
    rows = store.asked(*((chance.randint(1, 500), chance.randint(0, 10_000)) for _ in range(20_000)))
    expected = store.amounts_of(rows)
    store.engine = "spark"
    before = set(workers())
    assert len(before) == 2
    killed = threading.Thread(target=kill_one, args=[spark, sorted(before)[0]])
    killed.start()
    assert store.amounts_of(rows) == expected
    killed.join()
    assert not psutil.pid_exists(sorted(before)[0]) or sorted(before)[0] not in workers()


def workers() -> list[int]:
    """The processes of this Spark that compute."""
    found = [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]
    return [one.pid for one in found if "CoarseGrainedExecutorBackend" in " ".join(one.cmdline())]


def kill_one(session: Any, pid: int) -> None:
    """As soon as a job has tasks running."""
    tracker = session.sparkContext.statusTracker()
    for _ in range(2000):
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(stage and stage.numActiveTasks for stage in stages):
            break
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)


def test_rows_of_files_of_one_name_in_different_folders_are_numbered_one_after_the_other(spark, tmp_path):
    files = [tmp_path / folder / "part 0.parquet" for folder in ("b", "a%20", "ä é", "k='1'")]
    for place, file in enumerate(files):
        file.parent.mkdir()
        pyarrow.parquet.write_table(pyarrow.table({"value": [10 * place, 10 * place + 1]}), file)
    with on_spark.opened(files) as engine:
        rows = engine.numbered_parquet(files)
        found = engine.table(f"SELECT {rows.row} AS place, value FROM {rows.relation} ORDER BY {rows.row}")
    assert found.to_pydict() == {"place": [*range(8)], "value": [0, 1, 10, 11, 20, 21, 30, 31]}
