"""gitmlops feature snapshot: rows of a database as Parquet under DVC."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas
import pytest
from tests.cli.feature_shop import FILES, dvc

from gitmlops.adapters.system.exclusive import exclusive

SOURCE = "features/sources/tx.yaml"
RECORD = "features/snapshots/tx.json"
WHOLE = """\
kind: source
name: tx
path: data/tx.parquet
timestamp: paid_at
timezone: Europe/Paris
columns: {customer_id: string, paid_at: timestamp, amount: float64, country: string, phone: string,
  first: boolean, n: int64}
snapshot: {connection: SHOP_URL, query: "SELECT *, 1 AS unused FROM payments"}
owner: billing
description: Payments
"""
ADDING = WHOLE.replace("data/tx.parquet", "data/tx").replace('payments"', 'payments WHERE paid_at > :since"')


@pytest.fixture
def shop(project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    dvc(project, "init", "--quiet")
    files = {path: text for path, text in FILES.items() if not path.startswith("data/")}
    project.commit({**files, SOURCE: WHOLE})
    sql(tmp_path, "CREATE TABLE payments (customer_id, paid_at, amount, country, phone, first, n)")
    sql(tmp_path, "INSERT INTO payments VALUES ('007', '2024-05-01 12:00:00', 60, 'FR', NULL, 1, 3)")
    sql(tmp_path, "INSERT INTO payments VALUES ('NA', '2024-05-02 12:00:00', 1.5, 'DE', '0190', 0, NULL)")
    monkeypatch.setenv("SHOP_URL", f"sqlite:///{tmp_path}/shop.db")
    return project


def sql(folder: Path, statement: str) -> None:
    database = sqlite3.connect(folder / "shop.db")
    with database:
        database.execute(statement)
    database.close()


def test_a_snapshot_has_the_declared_columns_and_types_and_is_under_dvc(shop: Any) -> None:
    result = shop.run("feature", "snapshot", "tx")
    assert (result.exit_code, result.stderr) == (0, "written to data/tx.parquet: 2 rows\n"), result.output
    frame = pandas.read_parquet(shop.root / "data/tx.parquet")
    assert list(frame.columns) == ["customer_id", "paid_at", "amount", "country", "phone", "first", "n"]
    assert frame["paid_at"].tolist() == [
        pandas.Timestamp("2024-05-01 10:00", tz="UTC"),
        pandas.Timestamp("2024-05-02 10:00", tz="UTC"),
    ]
    assert (frame["first"].tolist(), frame["amount"].tolist()) == ([True, False], [60.0, 1.5])
    assert (shop.root / "data/tx.parquet.dvc").is_file()
    assert shop.run("feature", "build", "spend").exit_code == 0


def test_the_record_has_query_time_and_rows_and_no_credentials(shop: Any, tmp_path: Path) -> None:
    shop.run("feature", "snapshot", "tx")
    text = (shop.root / RECORD).read_text()
    record = json.loads(text)
    (taken,) = record["taken"]
    assert (record["connection"], taken["rows"], taken["since"]) == ("SHOP_URL", 2, "")
    assert taken["query"] == "SELECT *, 1 AS unused FROM payments"
    assert taken["newest"] == "2024-05-02T10:00:00.000000Z"
    assert "sqlite:" not in text and str(tmp_path) not in text
    shop.run("feature", "snapshot", "tx")
    assert len(json.loads((shop.root / RECORD).read_text())["taken"]) == 1


def test_a_query_with_since_adds_what_is_new(shop: Any, tmp_path: Path) -> None:
    shop.write({SOURCE: ADDING})
    assert "2 rows since 1970-01-01" in shop.run("feature", "snapshot", "tx").stderr
    sql(tmp_path, "INSERT INTO payments VALUES ('NA', '2024-05-03 12:00:00', 2, 'DE', '0190', 0, 5)")
    assert "1 rows since 2024-05-02T10:00:00" in shop.run("feature", "snapshot", "tx").stderr
    files = sorted((shop.root / "data/tx").iterdir())
    assert [len(pandas.read_parquet(file)) for file in files] == [2, 1]
    (shop.root / "data/tx/killed.parquet").write_bytes(b"")
    result = shop.run("feature", "snapshot", "tx")
    assert result.exit_code == 3 and "data/tx/killed.parquet: no run that ended wrote this" in result.output
    (shop.root / "data/tx/killed.parquet").unlink()
    files[0].unlink()
    result = shop.run("feature", "snapshot", "tx")
    assert result.exit_code == 3 and "an earlier snapshot is not here; run `dvc pull`" in result.output


def test_runs_that_would_take_the_same_rows_twice_do_not_go_on_at_once(shop: Any) -> None:
    shop.write({SOURCE: ADDING})
    with exclusive(shop.root / ".dvc/tmp/gitmlops/snapshot tx.lock", doing="taking"):
        result = shop.run("feature", "snapshot", "tx")
    assert (result.exit_code, "another process is taking rows of tx" in result.output) == (4, True), result.output
    assert not (shop.root / "data/tx").exists()


def test_a_whole_number_that_no_column_can_hold_is_told(shop: Any) -> None:
    columns = "customer_id, paid_at, amount, country, phone, first, 1e30 AS n"
    shop.write({SOURCE: WHOLE.replace("SELECT *", f"SELECT {columns}")})
    result = shop.run("feature", "snapshot", "tx")
    assert (result.exit_code, "in 'n', which is no int64" in result.output) == (3, True), result.output


def test_dry_run_asks_no_warehouse(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_URL")
    result = shop.run("feature", "snapshot", "tx", "--dry-run")
    assert (result.exit_code, "would be written to data/tx.parquet" in result.stderr) == (0, True)
    assert not (shop.root / "data").exists()


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("FROM payments", "FROM paymnts", 4, "features/sources/tx.yaml:8:41: no such table: paymnts"),
        ("SELECT *,", "SELECT paid_at, amount,", 3, "the query gives no column 'customer_id'"),
        ("amount: float64", "amount: string", 3, "tx.yaml:6:60: the query gives '60' in 'amount', which is no string"),
        ("n: int64", "n: timestamp", 3, "the query gives '3' in 'n', which is no timestamp"),
        ("data/tx.parquet", "data/tx", 3, "a query without `:since` replaces a file: end the path with .parquet"),
        ("FROM payments", "FROM payments WHERE paid_at > :since", 3, "a query with `:since` adds files to a folder"),
        ("connection: SHOP_URL", "connection: OTHER_URL", 3, "the environment has no OTHER_URL; set it to an"),
        ("connection: SHOP_URL", "connection: sqlite:///x", 3, "write the name of an environment variable"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_place_and_nothing_is_written(
    shop: Any, old: str, new: str, code: int, said: str
) -> None:
    assert old in WHOLE
    shop.write({SOURCE: WHOLE.replace(old, new)})
    result = shop.run("feature", "snapshot", "tx")
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert not list(shop.root.glob("data/*")) and not (shop.root / RECORD).exists()


@pytest.mark.parametrize(
    "url", ["not a url with hunter2", "nobase://reader:hunter2@host/base", "sqlite:////nowhere/hunter2/x"]
)
def test_credentials_are_never_shown(shop: Any, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SHOP_URL", url)
    result = shop.run("feature", "snapshot", "tx")
    assert result.exit_code in (3, 4)
    assert "SHOP_URL" in result.output and "hunter2" not in result.output


def test_a_source_without_a_query_is_no_snapshot(shop: Any) -> None:
    shop.write({SOURCE: FILES[SOURCE]})
    result = shop.run("feature", "snapshot", "tx")
    assert (result.exit_code, "the source 'tx' is no snapshot; add `snapshot:" in result.output) == (3, True)
