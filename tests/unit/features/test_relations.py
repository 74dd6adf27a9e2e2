"""A view's rows in an engine: of a source, of another view, of SQL, of Python."""

import importlib.util
import py_compile
from datetime import UTC, datetime
from typing import Any

import pyarrow
import pytest

from gitmlops.adapters.engines.duckdb import opened
from gitmlops.errors import InputError, InputErrors
from gitmlops.features.join import relations
from gitmlops.specs.feature import FeatureView

VIEW, SET, SOURCE = "features/views/spend.yaml", "features/sets/churn.yaml", "features/sources/tx.yaml"
TOTAL = """\
aggregations: [{name: total, column: amount, fn: sum, window: 1h}]
features:
  - {name: total, dtype: float64, description: Sum of an hour}
"""
ABOVE = """\
kind: feature_view
name: level
version: 1
owner: crm
description: How much it is
entities: [customer]
source: spend@v1
transform: {sql: "SELECT customer_id, paid_at, total >= 10 AS high, total FROM spend"}
features:
  - {name: high, dtype: boolean, description: Whether it is much}
  - {name: total, dtype: float64, description: How much}
"""


def on_view(store: Any, text: str = ABOVE) -> None:
    """A view on the view `spend`, which sums; the set has the new view's feature."""
    store.edit(VIEW, "features:\n  - {name: amount, dtype: float64, description: Last payment}\n", TOTAL)
    store.files["features/views/level.yaml"] = text
    store.edit(SET, "spend@v1:amount", "level@v1:high")


def rows(store: Any, *views: str) -> list[list[dict[str, Any]]]:
    """The rows of views, all attached to one engine."""
    definitions = store.definitions()
    placed = [definitions.get(FeatureView, view) for view in views]
    files = [file.real for file in relations.readable(store.root, definitions, placed)]
    with opened(files) as engine:
        found = [relations.attach(engine, store.root, definitions, view) for view in placed]
        return [engine.table(f"SELECT * FROM {one.text} ORDER BY ALL").to_pylist() for one in found]


def python(store: Any, body: str, *, path: str = "lab/clean.py", name: str = "lab.clean:run") -> None:
    """The view's transform is a function of the repository with this body."""
    store.edit(VIEW, "source: tx", f'source: tx\ntransform: {{python: "{name}"}}')
    file = store.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    file.write_text(f"import pandas\n\n\ndef run(rows):\n{lines}")
    store.files[path] = file.read_text()


def refused(store: Any) -> str:
    with pytest.raises(InputError) as error:
        rows(store, "spend@v1")
    return str(error.value)


def test_a_view_on_a_view_sees_its_windows_as_they_were_at_each_rows_own_time(store: Any) -> None:
    store.payments((1, 0, 4.0), (1, 30, 6.0), (1, 60, 1.0), (2, 30, 9.0))
    on_view(store)
    (found,) = rows(store, "level@v1")
    assert [(row["customer_id"], row["total"], row["high"]) for row in found] == [
        (1, 4.0, False),
        (1, 10.0, True),
        (1, 7.0, False),
        (2, 9.0, False),
    ]


def test_a_view_on_a_view_is_joined_like_any_other(store: Any) -> None:
    store.payments((1, 0, 4.0), (1, 30, 6.0), (2, 30, 9.0))
    on_view(store)
    assert store.amounts((1, 29), (1, 30), (2, 31), (3, 31), column="high") == [0.0, 1.0, 0.0, None]


def test_views_of_one_request_share_what_they_read_and_do_not_mix_names(store: Any) -> None:
    store.payments((1, 0, 4.0))
    store.payments((1, 0, 7.0), path="data/other.parquet")
    store.files["features/sources/other.yaml"] = (
        store.files[SOURCE].replace("name: tx", "name: TX").replace("data/tx", "data/other")
    )
    other = store.files[VIEW].replace("name: spend", "name: Spend").replace("source: tx", "source: TX")
    store.files["features/views/other.yaml"] = other + 'transform: {sql: "SELECT * FROM tx"}\n'
    store.edit(VIEW, "source: tx", 'source: tx\ntransform: {sql: "WITH tx AS (FROM tx) SELECT * FROM TX"}')
    found = rows(store, "spend@v1", "Spend@v1", "spend@v1")
    assert [[row["amount"] for row in one] for one in found] == [[4.0], [7.0], [4.0]]


def test_a_third_view_in_line_reads_the_second(store: Any) -> None:
    store.payments((1, 0, 4.0), (1, 30, 6.0))
    on_view(store)
    store.files["features/views/third.yaml"] = (
        ABOVE.replace("name: level", "name: third")
        .replace("spend@v1", "level@v1")
        .replace("total >= 10 AS high, total FROM spend", "not high AS high, 1.5 * total AS total FROM level")
    )
    (found,) = rows(store, "third@v1")
    assert [(row["total"], row["high"]) for row in found] == [(6.0, True), (15.0, False)]


def test_a_python_function_makes_the_rows(store: Any) -> None:
    store.payments((1, 0, 4.0), (1, 30, 6.0))
    python(store, "rows['amount'] = rows['amount'] * 2\nreturn rows")
    assert store.amounts((1, 29), (1, 30)) == [8.0, 12.0]


def test_whole_numbers_with_nulls_stay_whole_in_python(store: Any) -> None:
    store.payments((2**53 + 1, 0, 4.0), (None, 0, 5.0))
    python(store, "assert str(rows['customer_id'].dtype) == 'Int64'\nreturn rows")
    (found,) = rows(store, "spend@v1")
    assert [row["customer_id"] for row in found] == [2**53 + 1, None]


def test_a_compiled_copy_in_the_repository_is_not_what_runs(store: Any) -> None:
    store.payments((1, 0, 4.0))
    python(store, "return rows")
    (store.root / "evil.py").write_text("def run(rows):\n    raise SystemExit('the compiled copy ran')\n")
    copy = importlib.util.cache_from_source(str(store.root / "lab/clean.py"))
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(store.root / "evil.py"), cfile=copy, invalidation_mode=mode, doraise=True)
    (found,) = rows(store, "spend@v1")
    assert [row["amount"] for row in found] == [4.0]


def test_a_function_may_have_a_module_of_its_repository_beside_it(store: Any) -> None:
    store.payments((1, 0, 4.0))
    (store.root / "factors.py").write_text("FACTOR = 3\n")
    python(store, "from factors import FACTOR\nreturn rows.assign(amount=rows['amount'] * FACTOR)")
    assert store.amounts((1, 0)) == [12.0]


@pytest.mark.parametrize("path", ["columns.py", "sql.py", "cli/main.py", "features/clean.py"])
def test_modules_of_the_repository_may_be_called_like_ours(store: Any, path: str) -> None:
    store.payments((1, 0, 4.0))
    module = path.removesuffix(".py").replace("/", ".")
    python(store, "return rows", path=path, name=f"{module}:run")
    assert store.amounts((1, 0)) == [4.0]


def test_a_function_leaves_no_trace_in_this_process_or_in_the_repository(store: Any) -> None:
    import sys

    store.payments((1, 0, 4.0))
    python(store, "import os\nos.environ['LEFT'] = 'x'\nprint('noise')\nreturn rows")
    before = (list(sys.path), set(sys.modules), sorted(store.root.rglob("*")))
    rows(store, "spend@v1")
    after = (list(sys.path), set(sys.modules), sorted(store.root.rglob("*")))
    assert before[0] == after[0] and "lab.clean" not in after[1] and before[2] == after[2]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "x = 1\nreturn rows['amuont']",
            "lab/clean.py:6:12: lab.clean:run raised KeyError: 'amuont'; mend the function, or its data",
        ),
        ("import sys\nsys.exit('no')", "lab/clean.py:6:5: lab.clean:run raised SystemExit: no; mend the function"),
        (
            "import nowhere",
            "lab/clean.py:5:5: lab.clean:run raised ModuleNotFoundError: No module named 'nowhere'; mend the function",
        ),
        ("return (", "lab/clean.py:5:12: lab.clean:run raised SyntaxError: '(' was never closed; mend the function"),
        ("return 1", f"{VIEW}:7:21: lab.clean:run returned int, not a DataFrame; return the frame"),
        ("pass", f"{VIEW}:7:21: lab.clean:run returned NoneType, not a DataFrame; return the frame"),
        (
            "return rows.rename(columns={'amount': 1})",
            f"{VIEW}:7:21: lab.clean:run returned a column that is called 1; call columns by text",
        ),
        (
            "return pandas.concat([rows, rows[['amount']]], axis='columns')",
            f"{VIEW}:7:21: lab.clean:run returned the column 'amount' twice; keep one",
        ),
        (
            "return rows.assign(amount=[{1: 2}, 'a'])",
            f"{VIEW}:7:21: lab.clean:run returned a column of mixed types: ",
        ),
        (
            "return rows.drop(columns='customer_id')",
            f"{VIEW}:5:11: the transform of spend@v1 gives no column 'customer_id', a key of its entities; known: ",
        ),
        (
            "return rows.set_index('paid_at')",
            f"{VIEW}:7:21: the transform of spend@v1 gives no column 'paid_at', its timestamp; known: ",
        ),
        (
            "return rows.assign(paid_at=rows['paid_at'].astype(str))",
            f"{VIEW}:7:21: the transform of spend@v1 gives 'paid_at' as string, its timestamp that is timestamp; ",
        ),
        (
            "return rows.assign(amount='much')",
            f"{VIEW}:9:12: the transform of spend@v1 gives 'amount' as string, a feature that is float64; ",
        ),
    ],
)
def test_what_a_function_does_wrong_is_told_where_it_does_it(store: Any, body: str, said: str) -> None:
    store.payments((1, 0, 4.0), (1, 30, 6.0))
    python(store, body)
    assert refused(store).startswith(said)


def test_a_function_that_ends_its_process_is_told(store: Any) -> None:
    from gitmlops.errors import ToolError

    store.payments((1, 0, 4.0))
    python(store, "import os\nos._exit(7)")
    with pytest.raises(ToolError) as error:
        rows(store, "spend@v1")
    assert str(error.value).startswith(f"{VIEW}:7:21: lab.clean:run ended its process: exit code 7")


def test_a_transform_that_names_the_ingestion_time_has_to_keep_it(store: Any) -> None:
    store.edit(SOURCE, "timestamp: paid_at\n", "timestamp: paid_at\ncreated_timestamp: stored_at\n")
    store.edit(SOURCE, "  amount:", "  stored_at: timestamp\n  amount:")
    sql = "SELECT customer_id, paid_at, amount FROM tx WHERE stored_at > paid_at"
    store.edit(VIEW, "source: tx", f'source: tx\ntransform: {{sql: "{sql}"}}')
    with pytest.raises(InputErrors) as error:
        rows_of_nothing(store)
    assert str(error.value) == (
        f"{VIEW}:7:18: the transform of spend@v1 gives no column 'stored_at', when a row was ingested; "
        "select stored_at, too: of rows of one time the last ingested one counts"
    )


@pytest.mark.parametrize(
    ("selected", "kept"),
    [
        ("customer_id, paid_at, amount * 2 AS amount", False),
        ("customer_id, paid_at, 2*(amount) AS amount", False),
        ("customer_id, paid_at, amount ** 2 AS amount", False),
        ("customer_id, paid_at, 1.0 * count( * ) OVER (PARTITION BY customer_id) AS amount", False),
        ("customer_id, paid_at, /* twice */ amount * -2 AS amount", False),
        ("customer_id, paid_at, amount -- without stored_at", False),
        ("customer_id, paid_at, amount /* 'stored_at' */, 'stored_at' AS word", False),
        ("customer_id, paid_at, amount, '--' AS dashes, stored_at", True),
        ('customer_id, paid_at, amount, "stored_at"', True),
        ("*", True),
        ("tx.*", True),
        ("DISTINCT ON (customer_id, paid_at) */* all */ EXCLUDE (amount), amount * 2 AS amount", True),
        ("* REPLACE (amount * 2 AS amount)", True),
        ("amount, * -- all\n      EXCLUDE (amount)", True),
        ("COLUMNS(*)", True),
    ],
)
def test_sql_keeps_the_ingestion_time_where_it_takes_all_columns(store: Any, selected: str, kept: bool) -> None:
    store.edit(SOURCE, "timestamp: paid_at\n", "timestamp: paid_at\ncreated_timestamp: stored_at\n")
    store.edit(SOURCE, "  amount:", "  stored_at: timestamp\n  amount:")
    store.edit(VIEW, "source: tx", f"source: tx\ntransform:\n  sql: |\n    SELECT {selected}\n    FROM tx")
    times = pyarrow.array([datetime(2024, 5, 1, 12, tzinfo=UTC)], pyarrow.timestamp("us", "UTC"))
    columns = {"customer_id": [1], "paid_at": times, "stored_at": times, "amount": [1.0]}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    definitions = store.definitions()
    view = definitions.get(FeatureView, "spend@v1")
    with opened([store.root / "data/tx.parquet"]) as engine:
        assert relations.attach(engine, store.root, definitions, view).created == ("stored_at" if kept else None)


def rows_of_nothing(store: Any) -> None:
    definitions = store.definitions()
    with opened() as engine:
        relations.attach(engine, store.root, definitions, definitions.get(FeatureView, "spend@v1"))
