"""A transform is written by anybody: it reads its source and does nothing else."""

import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gitmlops.adapters.engines.duckdb import Engine, blaming, opened
from gitmlops.errors import InputError, ToolError

VIEW = "features/views/spend.yaml"
SECRET = "the canary sings"


def transform(store: Any, sql: str) -> None:
    lines = "".join(f"    {line}\n" for line in sql.splitlines())
    store.edit(VIEW, "features:", f"transform:\n  sql: |\n{lines}features:")


def refused(store: Any, sql: str) -> str:
    store.payments((1, 0, 5.0))
    transform(store, sql)
    with pytest.raises(InputError) as error:
        store.get(store.asked((1, 1)))
    return str(error.value)


def test_a_select_over_the_source_is_run(store: Any) -> None:
    store.payments((1, 0, 5.0))
    transform(store, "WITH t AS (SELECT *, 2 * amount AS b FROM tx)\nSELECT * REPLACE (b AS amount) -- 2x\nFROM t;")
    assert store.amounts((1, 1)) == [10.0]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT * FROM tx) TO '{folder}/canary'",
        "WITH w AS (COPY (SELECT 1) TO '{folder}/canary') SELECT * FROM tx",
        "SELECT * FROM tx; COPY (SELECT 1) TO '{folder}/canary'",
        "SELECT * FROM tx) ; COPY (SELECT 1) TO '{folder}/canary'; SELECT * FROM (tx",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/canary'",
        "EXPORT DATABASE '{folder}/canary'",
        "ATTACH '{folder}/canary' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA enable_external_access = true",
        "CREATE TABLE t AS SELECT * FROM tx",
        "WITH w AS (INSERT INTO tx VALUES (1, now(), 2) RETURNING *) SELECT * FROM w",
        "DROP VIEW tx",
        "CALL pragma_version()",
        "",
        "-- nothing",
    ],
)
def test_what_is_no_single_select_is_refused_and_nothing_happens(store: Any, tmp_path: Path, sql: str) -> None:
    said = refused(store, "-- customer_id, paid_at, amount\n" + sql.format(folder=tmp_path))
    assert said.startswith(f"{VIEW}:8:8: ")
    assert not list(tmp_path.glob("canary*"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer_id, paid_at, content AS amount FROM tx, read_text('{secret}')",
        "SELECT customer_id, paid_at, amount FROM tx, '{secret}'",
        "SELECT customer_id, paid_at, amount FROM tx, read_csv('{secret}')",
        "SELECT customer_id, paid_at, amount FROM tx, read_blob('/etc/passwd')",
        "SELECT customer_id, paid_at, amount FROM tx, glob('{folder}/*')",
        "SELECT customer_id, paid_at, amount FROM tx, query('FROM ''{secret}''')",
        "SELECT customer_id, paid_at, amount FROM tx, 'https://example.com/x.parquet'",
        "SELECT customer_id, paid_at, amount FROM tx, '{folder}/data/tx.parquet'",
    ],
)
def test_reading_anything_but_the_source_is_refused(store: Any, tmp_path: Path, sql: str) -> None:
    (tmp_path / "secret.csv").write_text(f"line\n{SECRET}\n")
    said = refused(store, sql.format(secret=tmp_path / "secret.csv", folder=tmp_path))
    assert said.startswith(f"{VIEW}:8:8: ") and SECRET not in said
    assert "the source 'tx' has: customer_id, paid_at, amount" in said


def test_the_data_of_another_source_is_out_of_reach(store: Any) -> None:
    store.payments((1, 0, 5.0), path="data/salaries.parquet")
    assert "does not exist" in refused(store, "SELECT customer_id, paid_at, amount FROM salaries")


def test_variables_of_python_are_out_of_reach(store: Any) -> None:
    import pandas

    salaries = pandas.DataFrame({"customer_id": [1], "amount": [1.0]})
    assert "salaries does not exist" in refused(store, "SELECT tx.* FROM tx JOIN salaries USING (customer_id)")
    assert len(salaries) == 1


def test_the_entity_rows_are_out_of_reach(store: Any) -> None:
    assert "does not exist" in refused(store, "SELECT tx.* FROM tx, entity_rows")


def test_a_wrong_column_is_reported_at_the_sql_with_the_names_there_are(store: Any) -> None:
    assert refused(store, "SELECT customer_id, paid_at,\n  amuont AS amount FROM tx") == (
        f'{VIEW}:8:8: Referenced column "amuont" not found in FROM clause (line 2 of the SQL); '
        "the source 'tx' has: customer_id, paid_at, amount"
    )


def test_a_mistake_in_the_syntax_is_reported_at_the_sql(store: Any) -> None:
    assert refused(store, "SELEC customer_id, paid_at, amount FROM tx").startswith(
        f'{VIEW}:8:8: syntax error at or near "SELEC" (line 1 of the SQL)'
    )


def test_a_transform_with_parameters_is_refused(store: Any) -> None:
    assert "the SQL has parameters" in refused(store, "SELECT customer_id, paid_at, $1 AS amount FROM tx")


def test_a_value_that_the_sql_cannot_convert_is_reported_at_the_sql(store: Any) -> None:
    said = refused(store, "SELECT customer_id, paid_at, CAST(amount || 'x' AS DOUBLE) AS amount FROM tx")
    assert said.startswith(f"{VIEW}:8:8: Could not convert string '5.0x' to DOUBLE")


def test_a_transform_that_leaves_out_a_key_a_time_or_a_feature_is_refused(store: Any) -> None:
    said = refused(store, 'SELECT amount AS customer_ID, amount AS paid, 1 AS "amount2" FROM tx -- paid_at customer_id')
    for column, place in (("customer_id", "5:11"), ("paid_at", "8:8"), ("amount", "11:12")):
        assert f"{VIEW}:{place}: the transform of spend@v1 gives no column {column!r}" in said


def test_a_feature_that_the_transform_gives_in_another_type_is_refused(store: Any) -> None:
    said = refused(store, "SELECT customer_id, paid_at, CAST(amount AS VARCHAR) AS amount FROM tx")
    assert said == (
        f"{VIEW}:11:12: the transform of spend@v1 gives 'amount' as string, a feature that is float64; "
        "make one of them float64"
    )


def test_a_feature_that_is_a_list_is_refused(store: Any) -> None:
    said = refused(store, "SELECT customer_id, paid_at, [amount] AS amount FROM tx")
    assert "gives 'amount' as a type that no feature can have" in said


def test_the_engine_reads_the_listed_file_and_writes_none(tmp_path: Path) -> None:
    listed, other = tmp_path / "it's [1]*.csv", tmp_path / "other.csv"
    for path in (listed, other):
        path.write_text("a\n1\n")
    name = str(listed).replace("'", "''")
    with opened([listed]) as engine:
        assert engine.table(f"SELECT * FROM read_csv('{name}')").num_rows == 1
        for statement in (
            f"SELECT * FROM read_csv('{other}')",
            f"COPY (SELECT 2) TO '{name}'",
            f"COPY (SELECT 2) TO '{tmp_path}/new.csv'",
            f"ATTACH '{tmp_path}/new.db'",
            "SET lock_configuration = false",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(InputError), blaming("here", ""):
                engine.run(statement)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([listed.name, other.name])
    assert listed.read_text() == "a\n1\n"


def test_a_full_memory_is_not_the_users_fault() -> None:
    with pytest.raises(ToolError, match="here: failed to allocate; free memory"), blaming("here", ""):
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate")


def test_the_engine_is_in_utc_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with opened() as engine:
        zone = engine.table("SELECT current_setting('TimeZone') AS zone").column("zone").to_pylist()
    assert zone == ["UTC"] and not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [RuntimeError("Query interrupted"), duckdb.InterruptException("Interrupted!")])
def test_an_interrupt_while_a_query_runs_is_an_interrupt(error: Exception) -> None:
    with pytest.raises(KeyboardInterrupt), opened(), blaming("rows", "mend them"):
        raise error  # what DuckDB makes of Ctrl-C: the one in Python, the other in its engine


def test_an_engine_that_is_stopped_ends_its_query_as_an_interrupt() -> None:
    done = threading.Event()

    def stop(engine: Engine) -> None:
        while not done.wait(0.05):  # the first may come before the query
            engine.connection.interrupt()

    with pytest.raises(KeyboardInterrupt), opened() as engine, blaming("rows", "mend them"):
        thread = threading.Thread(target=stop, args=[engine])
        thread.start()
        try:
            engine.table("SELECT max(hash(range)) AS most FROM range(1000000000000)")
        finally:
            done.set()
            thread.join()


def test_an_error_of_ours_beside_an_engine_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="something else"), opened():
        raise RuntimeError("something else")
