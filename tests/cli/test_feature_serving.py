"""gitmlops feature export and skew, and the Python API, on a shop."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pandas
import pytest
from tests.cli.feature_shop import FILES, HEADER

from gitmlops.errors import InputErrors, UsageError
from gitmlops.features import OnlineStore, get

AT = ("--at", "2024-06-06T00:00:00Z")
NOW = datetime(2024, 6, 6, tzinfo=UTC)
EXPORT = ("feature", "export", "--to", "sqlite:served/shop.db", "--set", "churn", *AT)


@pytest.fixture
def shop(project: Any) -> Any:
    project.commit(FILES)
    return project


def test_export_writes_the_latest_values_and_says_of_how_many_keys(shop: Any) -> None:
    result = shop.run(*EXPORT, "spend")
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    assert result.stderr == "spend@v1: 2 keys\nwritten to served/shop.db: churn, spend@v1\n"
    with OnlineStore(shop.root / "served/shop.db") as served:
        assert served.sets == ("churn", "spend@v1")
        assert served.get("churn", {"customer_id": "NA"}, now=NOW) == {
            "amount": 22.0, "country": "FR", "amount_7d": 42.0, "paid_7d": 2,
        }  # fmt: skip
        assert served.get("spend@v1", {"customer_id": "007"}, now=NOW)["phone"] == "0191"
        assert served.get("churn", {"customer_id": "007"}, now=datetime(2024, 7, 6))["amount"] is None


def test_export_dry_run_writes_nothing(shop: Any) -> None:
    result = shop.run(*EXPORT, "--dry-run")
    assert result.exit_code == 0
    assert "would be written to served/shop.db: churn" in result.stderr
    assert not (shop.root / "served").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["export", "--to", "shop.db", "--set", "churn"], 2, "'shop.db' is no store: write sqlite:PATH"),
        (["export", "--to", "sqlite:shop.db"], 2, "name views, or --set"),
        (["export", "--to", "sqlite:shop.db", "--set", "chrun"], 3, "there is no feature set 'chrun'"),
        (["export", "--to", "sqlite:shop.db", "spend", "--at", "noon"], 2, "'noon' is no time"),
        (["skew"], 2, "name a store, or --log"),
        (["skew", "sqlite:shop.db", "--log", "log"], 2, "name a store, or --log"),
        (["skew", "--log", "log"], 2, "name the set of the log's features with --set"),
        (["skew", "sqlite:none.db"], 3, "none.db: no such file; write it with `gitmlops feature export`"),
        (["skew", "--log", "none", "--set", "churn"], 3, "none: no such table"),
    ],
)
def test_what_cannot_be_exported_or_compared_is_told(shop: Any, arguments: list[str], code: int, said: str) -> None:
    result = shop.run("feature", *arguments)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def skew(shop: Any, *arguments: str) -> tuple[int, dict[str, tuple[int, int]], list[dict[str, Any]]]:
    """Exit code, feature -> rows and how many differ, findings."""
    result = shop.run("feature", "skew", *arguments, "--format", "json")
    report = json.loads(result.stdout)
    (table,) = report["tables"]
    counts = {row["feature"].partition(":")[2]: (row["rows"], row["differing"]) for row in table["rows"]}
    return result.exit_code, counts, report["findings"]


def test_a_store_serves_what_was_known_when_it_was_written(shop: Any) -> None:
    shop.run(*EXPORT)
    code, counts, _ = skew(shop, "sqlite:served/shop.db")
    assert (code, counts) == (0, dict.fromkeys(("amount", "country", "amount_7d", "paid_7d"), (2, 0)))
    assert "4 features are served as they were known" in shop.run("feature", "skew", "sqlite:served/shop.db").stdout


def test_a_store_that_is_behind_the_data_is_told_feature_by_feature(shop: Any) -> None:
    shop.run(*EXPORT)
    text = FILES["data/tx.csv"]
    shop.write({"data/tx.csv": text + "NA,2024-06-06T01:00:00,23,FR,\n"})
    code, counts, findings = skew(shop, "sqlite:served/shop.db", "--now", "2024-06-06T02:00:00Z")
    assert code == 1
    assert counts == {"amount": (2, 1), "country": (2, 0), "amount_7d": (2, 1), "paid_7d": (2, 1)}
    assert findings[0]["message"] == "spend@v1:amount: 1 of 2 served rows are not what was known then"
    assert dict(findings[0]["details"]) == {
        "customer_id": "'NA'", "time": "2024-06-06 02:00:00+00:00", "served": "22.0", "known": "23.0",
    }  # fmt: skip


def test_a_key_that_the_store_lacks_is_told(shop: Any) -> None:
    shop.run(*EXPORT)
    shop.write({"data/tx.csv": FILES["data/tx.csv"] + "late,2024-06-06T01:00:00,23,FR,\nlater,2024-06-09,24,FR,\n"})
    code, counts, findings = skew(shop, "sqlite:served/shop.db", "--now", "2024-06-06T02:00:00Z")
    assert (code, counts["amount"], counts["paid_7d"]) == (1, (3, 1), (3, 1))
    assert dict(findings[0]["details"]) == {
        "customer_id": "'late'", "time": "2024-06-06 02:00:00+00:00", "served": "null", "known": "23.0",
    }  # fmt: skip


def test_every_key_that_a_store_lacks_is_as_large_as_it_was(shop: Any) -> None:
    """Beside a null, pandas would make a float of a whole number, which tells these two keys not apart."""
    shop.write({"features/entities/customer.yaml": FILES["features/entities/customer.yaml"].replace("string", "int64")})
    source = FILES["features/sources/tx.yaml"].replace("customer_id: string", "customer_id: int64")
    first, second = 2**53, 2**53 + 1
    shop.write({"features/sources/tx.yaml": source, "data/tx.csv": f"{HEADER}{first},2024-06-05,1,FR,\n"})
    shop.run(*EXPORT)
    shop.write({"data/tx.csv": f"{HEADER}{first},2024-06-05,1,FR,\n{second},2024-06-05,2,FR,\n"})
    _, counts, findings = skew(shop, "sqlite:served/shop.db")
    assert counts["amount"] == (2, 1)
    assert dict(findings[0]["details"])["customer_id"] == str(second)


def test_a_personal_value_that_differs_is_not_shown(shop: Any) -> None:
    shop.run("feature", "export", "--to", "sqlite:shop.db", "spend", *AT)
    shop.write({"data/tx.csv": FILES["data/tx.csv"].replace("0191", "0777")})
    result = shop.run("feature", "skew", "sqlite:shop.db")
    assert result.exit_code == 1
    assert "spend@v1:phone: 1 of 2" in result.stdout
    assert "0191" not in result.output and "0777" not in result.output


def test_a_sample_is_as_large_as_asked_for(shop: Any) -> None:
    rows = "".join(f"K{i},2024-06-05,{i},FR,{i}\n" for i in range(100))
    shop.write({"data/tx.csv": HEADER + rows})
    shop.run(*EXPORT)
    _, counts, _ = skew(shop, "sqlite:served/shop.db", "--sample", "10")
    assert counts["amount"] == (10, 0)
    _, counts, _ = skew(shop, "sqlite:served/shop.db", "--sample", "7")
    assert counts["amount"] == (7, 0)


def log(shop: Any, **columns: list[Any]) -> None:
    times = ["2024-06-05T12:00:00Z", "2024-06-06T12:00:00Z", "2024-08-01T00:00:00Z"]
    frame: dict[str, list[Any]] = {"time": [*times], "key.customer_id": ["NA", "NA", "NA"], **columns}
    pandas.DataFrame(frame).to_parquet(shop.root / "log.parquet")


def test_a_log_of_what_was_known_passes(shop: Any) -> None:
    amounts = {"feature.amount": [20.0, 22.0, None], "feature.amount_7d": [20, 42, None]}
    log(shop, **amounts, **{"feature.country": ["FR", "FR", None], "feature.paid_7d": [1, 2, 0]})
    code, counts, _ = skew(shop, "--log", "log.parquet", "--set", "churn")
    assert (code, set(counts.values())) == (0, {(3, 0)})


def test_a_log_of_something_else_is_told_feature_by_feature(shop: Any) -> None:
    log(
        shop,
        **{
            "feature.amount": [20.0, 22.0, 22.0],
            "feature.country": ["FR", "DE", None],
            "feature.paid_7d": ["1", "2", "0"],
        },
    )
    code, counts, findings = skew(shop, "--log", "log.parquet", "--set", "churn")
    assert code == 1
    assert counts == {"amount": (3, 1), "country": (3, 1), "paid_7d": (3, 3)}
    assert dict(findings[0]["details"])["known"] == "null"
    assert findings[-1]["message"] == "amount_7d is not in the log"
    assert findings[-1]["severity"] == "warning"


def test_a_log_of_json_lines_is_compared_as_one_of_parquet(shop: Any) -> None:
    log(shop, **{"feature.amount": [20.0, 22.0, None], "feature.amount_7d": [20.0, 22.0, None]})
    code, counts, _ = skew(shop, "--log", "log.parquet", "--set", "churn")
    rows = pandas.read_parquet(shop.root / "log.parquet")
    with (shop.root / "log.jsonl").open("w") as lines:
        for row in json.loads(rows.to_json(orient="records", date_format="iso")):
            features = {name: row.pop(f"feature.{name}") for name in ("amount", "amount_7d")}
            lines.write(json.dumps({**row, "features": features}) + "\n")
    assert skew(shop, "--log", "log.jsonl", "--set", "churn")[:2] == (code, counts)
    (shop.root / "log.jsonl").write_text("oops\n")
    result = shop.run("feature", "skew", "--log", "log.jsonl", "--set", "churn")
    assert (result.exit_code, "log.jsonl:1: the line is no JSON object" in result.output) == (3, True)


def test_a_log_without_keys_says_what_to_log(shop: Any) -> None:
    pandas.DataFrame({"time": [NOW], "feature.amount": [1.0]}).to_parquet(shop.root / "log.parquet")
    result = shop.run("feature", "skew", "--log", "log.parquet", "--set", "churn")
    assert result.exit_code == 3
    assert "log.parquet: the log has no column 'key.customer_id'; log it beside the features" in result.output


@pytest.mark.parametrize(
    ("times", "said"),
    [(["noon"] * 3, "'time' has a value that is no time"), ([1, 2, 3], "'time' is int64, not a time")],
)
def test_a_log_whose_times_are_none_is_refused(shop: Any, times: list[Any], said: str) -> None:
    log(shop, **{"time": times, "feature.amount": [20.0, 22.0, None]})
    result = shop.run("feature", "skew", "--log", "log.parquet", "--set", "churn")
    assert (result.exit_code, f"log.parquet: {said}; log times" in result.output) == (3, True), result.output


def test_what_has_no_rows_does_not_pass(shop: Any) -> None:
    shop.write({"data/tx.csv": HEADER})
    shop.run(*EXPORT)
    code, counts, (finding,) = skew(shop, "sqlite:served/shop.db")
    assert (code, counts["amount"]) == (0, (0, 0))
    assert (finding["severity"], "nothing was compared" in finding["message"]) == ("warning", True)


def rows() -> pandas.DataFrame:
    return pandas.DataFrame({"customer_id": ["NA", "007"], "event_timestamp": [NOW, NOW], "note": [1, 2]})


def test_get_in_python_is_get_on_the_command_line(shop: Any) -> None:
    rows().to_parquet(shop.root / "rows.parquet")
    shop.run("feature", "get", "--entities", "rows.parquet", "--set", "churn", "--output", "frame.parquet")
    frame = get(rows(), set="churn", root=shop.root)
    pandas.testing.assert_frame_equal(frame, pandas.read_parquet(shop.root / "frame.parquet"), check_dtype=False)
    assert frame["amount_7d"].tolist() == [42.0, 150.0]


def test_get_takes_pins_another_time_and_a_folder_of_the_project(shop: Any) -> None:
    frame = get(
        rows().rename(columns={"event_timestamp": "at"}),
        features=["spend@v1:amount"],
        time="at",
        root=shop.root / "data",
    )
    assert list(frame.columns) == ["customer_id", "at", "note", "amount"]


def test_get_of_nothing_of_both_and_of_what_is_not_there_is_refused(shop: Any) -> None:
    for wrong in ({}, {"set": "churn", "features": ["spend@v1:amount"]}):
        with pytest.raises(UsageError, match="name either a set or features"):
            get(rows(), root=shop.root, **wrong)
    with pytest.raises(InputErrors, match="has no feature 'amont'"):
        get(rows(), features=["spend@v1:amont"], root=shop.root)


def test_importing_the_package_loads_neither_data_frames_nor_the_store() -> None:
    program = "import sys, gitmlops.features as f; print(f.__all__, {'pandas', 'duckdb', 'sqlite3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "['OnlineStore', 'get'] set()\n"
    with pytest.raises(AttributeError, match="has no attribute 'put'"):
        from gitmlops import features

        features.put  # noqa: B018
