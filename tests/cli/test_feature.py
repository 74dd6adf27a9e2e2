"""gitmlops feature: what there is, where it comes from, its values."""

import io
import json
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest
from tests.payments import DEFINITIONS, VIEW

FILES = {
    **DEFINITIONS,
    "features/views/spend.yaml": VIEW.replace("source: tx\n", "source: tx\nttl: 30d\n").replace(
        "unit: EUR", "unit: EUR, classification: personal"
    ),
    "features/sets/churn.yaml": """\
kind: feature_set
name: churn
owner: crm
description: What churn learns from
features: ["spend@v2:amount_7d", "spend@v2:large"]
""",
    "models/churn.yaml": """\
kind: model
name: leavers
pipeline: churn
artifact: models/leavers.skops
feature_set: churn
owner: crm
risk_tier: low
intended_use: Call customers before they leave.
not_intended_for: Prices.
task: {kind: binary, label: left}
evaluation: {data: data/e.parquet, labels: data/l.parquet, id: id}
""",
    "data/tx.csv": "customer_id,paid_at,amount\n007,2024-05-01T12:00:00,60\n007,2024-05-05,150\nNA,2024-05-05,20\n",
}


@pytest.fixture
def shop(project: Any) -> Any:
    project.commit(FILES)
    return project


def test_list_outside_a_project_says_so(repo: Any) -> None:
    result = repo.run("feature", "list")
    assert result.exit_code == 3
    assert "not a gitmlops project" in result.output


@pytest.mark.parametrize("reference", ["spend", "spend@v2"])
def test_show_leads_from_the_view_up_to_the_data(shop: Any, reference: str) -> None:
    output = shop.run("feature", "show", reference).stdout
    for words in (
        "Feature view spend@v2",
        "features/views/spend.yaml",
        "customer_id (string)",
        "SELECT *, amount > 100 AS large FROM tx",
        "tx, features/sources/tx.yaml, owner billing",
        "data/tx.csv",
    ):
        assert words in output


def test_show_of_a_feature_says_what_it_is_how_it_is_computed_and_who_uses_it(shop: Any) -> None:
    result = shop.run("feature", "show", "spend@v2:amount_7d", "--format", "json")
    facts = dict(json.loads(result.stdout)["facts"])
    assert facts["computed"] == "sum of amount over the last 7d"
    assert (facts["unit"], facts["classification"]) == ("EUR", "personal")
    (used,) = json.loads(result.stdout)["tables"]
    assert used["rows"] == [{"set": "churn", "model": "leavers", "release": "", "stage": "", "owner": "crm"}]
    result = shop.run("feature", "show", "spend@v2:large", "--format", "json")
    assert dict(json.loads(result.stdout)["facts"])["computed"] == "newest value, for 30d"


def test_show_without_a_version_takes_the_newest(shop: Any) -> None:
    shop.commit(
        {"features/views/spend10.yaml": FILES["features/views/spend.yaml"].replace("version: 2", "version: 10")}
    )
    assert "spend@v10" in shop.run("feature", "show", "spend").stdout


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("spent", "there is no feature view 'spent'; did you mean 'spend'?"),
        ("spend@v1", "the view 'spend' has no version 1; there is v2 in features/views/spend.yaml; write spend@v2"),
        ("spend@v2:larg", "the view spend@v2 has no feature 'larg'; did you mean 'large'?"),
        ("spend:large", "'spend:large' names no feature; write view, view@v1 or view@v1:feature"),
    ],
)
def test_show_of_what_is_not_there_says_what_is(shop: Any, reference: str, said: str) -> None:
    result = shop.run("feature", "show", reference)
    assert result.exit_code == 3
    assert result.stderr.strip() == said


def test_show_of_a_view_whose_source_is_gone_says_where_it_is_named(shop: Any) -> None:
    (shop.root / "features/sources/tx.yaml").unlink()
    result = shop.run("feature", "show", "spend")
    assert result.exit_code == 3
    assert result.stderr.strip() == "features/views/spend.yaml:7:9: there is no source 'tx'; there is none yet"


ROWS = """\
note,customer_id,event_timestamp
a,007,2024-05-06
b,NA,2024-05-06T02:00:00+02:00
c,,2024-05-06
d,7,2024-05-06
"""
FRAME = {"note": ["a", "b", "c", "d"], "amount_7d": [210.0, 20.0, None, None], "large": [1.0, 0.0, None, None]}


def require_frame(path: Path) -> None:
    frame = pandas.read_parquet(path)
    assert list(frame.columns) == ["note", "customer_id", "event_timestamp", "amount_7d", "large"]
    found = frame[list(FRAME)].astype(object).where(frame[list(FRAME)].notna(), None).to_dict("list")
    assert found == FRAME


def test_get_appends_features_to_the_rows_of_a_csv_file(shop: Any, tmp_path: Path) -> None:
    shop.write({"rows.csv": ROWS})
    result = shop.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "out/frame.parquet")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "written to out/frame.parquet: 4 rows, 2 features" in result.stderr
    require_frame(shop.root / "out/frame.parquet")


def test_get_appends_features_to_the_rows_of_a_parquet_file(shop: Any) -> None:
    rows = pandas.read_csv(io.StringIO(ROWS), dtype="string", keep_default_na=False, na_values=[""])
    rows["event_timestamp"] = pandas.to_datetime(rows["event_timestamp"], format="ISO8601", utc=True)
    rows.rename(columns={"event_timestamp": "at"}).to_parquet(shop.root / "rows.parquet")
    get = ["feature", "get", "--entities", "rows.parquet", "--set", "churn", "--output", "frame.parquet"]
    assert shop.run(*get, "--time", "at").exit_code == 0
    again = pandas.read_parquet(shop.root / "frame.parquet").rename(columns={"at": "event_timestamp"})
    again.to_parquet(shop.root / "renamed.parquet")
    require_frame(shop.root / "renamed.parquet")


def test_get_takes_pins_in_place_of_a_set(shop: Any) -> None:
    shop.write({"rows.csv": ROWS})
    get = ["feature", "get", "--entities", "rows.csv", "--output", "frame.parquet"]
    result = shop.run(*get, "--features", "spend@v2:large, spend@v2:amount_7d")
    assert result.exit_code == 0, result.output
    assert list(pandas.read_parquet(shop.root / "frame.parquet").columns)[3:] == ["large", "amount_7d"]
    assert "name either --set or --features" in shop.run(*get).stderr
    result = shop.run(*get, "--features", "spend@v2:larg")
    assert result.exit_code == 3 and "has no feature 'larg'; did you mean 'large'?" in result.stderr


def test_get_reads_the_parquet_files_of_a_folder_in_the_order_of_their_names(shop: Any) -> None:
    rows = pandas.read_csv(io.StringIO(ROWS), dtype="string", keep_default_na=False, na_values=[""])
    rows["event_timestamp"] = pandas.to_datetime(rows["event_timestamp"], format="ISO8601", utc=True)
    (shop.root / "rows").mkdir()
    rows.iloc[2:].to_parquet(shop.root / "rows/b.parquet", index=False)
    rows.iloc[:2].to_parquet(shop.root / "rows/a.parquet", index=False)
    result = shop.run("feature", "get", "--entities", "rows", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 0, result.output
    require_frame(shop.root / "frame.parquet")


def test_get_keeps_the_types_and_values_of_other_columns(shop: Any) -> None:
    columns = {
        "customer_id": ["007", None],
        "event_timestamp": pyarrow.array([1714996800000000000, 1], pyarrow.timestamp("ns")),
        "tags": [["a"], None],
        "place": [{"x": 1.5}, {"x": None}],
        "raw": [b"\x00", None],
        'a "b"': [1, None],
    }
    rows = pyarrow.table(columns)
    pyarrow.parquet.write_table(rows, shop.root / "rows.parquet")
    result = shop.run("feature", "get", "--entities", "rows.parquet", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 0, result.output
    found = pyarrow.parquet.read_table(shop.root / "frame.parquet")
    assert found.select(rows.column_names).to_pylist() == rows.to_pylist()
    assert found.schema.field("event_timestamp").type == pyarrow.timestamp("ns")
    assert found.column("large").to_pylist() == [True, None]


def test_get_takes_a_folder_for_a_folder_whatever_its_name(shop: Any) -> None:
    for name in ("a", "b"):
        rows = pandas.DataFrame({"customer_id": [name], "event_timestamp": [pandas.Timestamp("2024-05-05")]})
        (shop.root / "rows.csv").mkdir(exist_ok=True)
        rows.to_parquet(shop.root / f"rows.csv/{name}.parquet")
    result = shop.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 0 and "2 rows" in result.stderr


def test_get_says_of_rows_that_it_cannot_read_nothing_about_sql_that_nobody_wrote(shop: Any) -> None:
    (shop.root / "rows.csv").write_bytes("customer_id,event_timestamp\nMüller,2024-05-05\n".encode("latin-1"))
    (shop.root / "rows.parquet").write_bytes(b"PAR1")
    for name, mend in (("rows.csv", "write it again as CSV in UTF-8"), ("rows.parquet", "write it again as Parquet")):
        result = shop.run("feature", "get", "--entities", name, "--set", "churn", "--output", "frame.parquet")
        assert result.exit_code == 3 and mend in result.stderr and "of the SQL" not in result.stderr


def test_get_keeps_rows_of_a_csv_file_that_look_like_comments(shop: Any) -> None:
    times = "2024-05-05T12:00:00"
    shop.write({"rows.csv": f"customer_id,event_timestamp,note\na,{times},#x\n#b,{times},#\n#c,{times},#5\n"})
    result = shop.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 0 and "3 rows" in result.stderr
    found = pandas.read_parquet(shop.root / "frame.parquet")
    assert found["customer_id"].tolist() == ["a", "#b", "#c"] and found["note"].tolist() == ["#x", "#", "#5"]


def test_get_keeps_to_the_memory_that_the_environment_names(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write({"rows.csv": ROWS})
    get = ["feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet"]
    monkeypatch.setenv("GITMLOPS_MEMORY_LIMIT", "much")
    result = shop.run(*get)
    assert result.exit_code == 3
    assert result.stderr.strip() == (
        "GITMLOPS_MEMORY_LIMIT: 'much' is no amount of memory; write a number and a unit, e.g. 300MB or 2GB"
    )
    monkeypatch.setenv("GITMLOPS_MEMORY_LIMIT", "300MB")
    assert shop.run(*get).exit_code == 0


def test_get_refuses_rows_that_have_the_features_already_and_leaves_them(shop: Any) -> None:
    shop.write({"rows.csv": ROWS})
    get = ["feature", "get", "--set", "churn", "--output", "rows.parquet"]
    assert shop.run(*get, "--entities", "rows.csv").exit_code == 0
    said = "the entity rows have the column 'amount_7d', and the set has a feature of that name"
    result = shop.run(*get, "--entities", "rows.parquet")
    assert result.exit_code == 3 and f"rows.parquet: {said}" in result.stderr
    require_frame(shop.root / "rows.parquet")


def test_get_twice_gives_the_same_bytes(shop: Any) -> None:
    shop.write({"rows.csv": ROWS})
    for name in ("a.parquet", "b.parquet"):
        shop.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", name)
    assert (shop.root / "a.parquet").read_bytes() == (shop.root / "b.parquet").read_bytes()


@pytest.mark.parametrize(
    ("rows", "options", "code", "said"),
    [
        (ROWS, ["--set", "chrun"], 3, "there is no feature set 'chrun'; did you mean 'churn'?"),
        (ROWS, ["--time", "at"], 3, "the entity rows have no column 'at'"),
        (
            ROWS.replace("customer_id", "customer"),
            [],
            3,
            "the entity rows have no column 'customer_id'; did you mean 'customer'?",
        ),
        (
            ROWS.replace("2024-05-06T02", "soon"),
            [],
            3,
            "rows.csv: 'soon:00:00+02:00' in the column 'event_timestamp' is no",
        ),
        ("", [], 3, "rows.csv: the entity rows have no column 'customer_id'"),
        (
            "customer_id,event_timestamp,customer_id\na,2024-05-05,b\n",
            [],
            3,
            "rows.csv: the column 'customer_id' is there twice (case does not count); keep one, or rename it",
        ),
        (ROWS, ["--entities", "gone.csv"], 3, "gone.csv: no such table; mend the path"),
        (ROWS, ["--entities", "gone.parquet"], 3, "gone.parquet: no such table"),
        (ROWS, ["--output", "frame.csv"], 2, "the result is Parquet: end the name with .parquet"),
    ],
)
def test_get_of_what_cannot_be_writes_nothing(shop: Any, rows: str, options: list[str], code: int, said: str) -> None:
    shop.write({"rows.csv": rows})
    command = ["feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet", *options]
    result = shop.run(*command)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert not list(shop.root.glob("frame.*"))


def test_get_names_data_that_is_not_pulled(shop: Any) -> None:
    shop.write({"rows.csv": ROWS})
    (shop.root / "data/tx.csv").unlink()
    result = shop.run("feature", "get", "--entities", "rows.csv", "--set", "churn", "--output", "frame.parquet")
    assert result.exit_code == 3
    assert result.stderr.strip() == "data/tx.csv: no such table; run `dvc pull`, or the pipeline that writes it"
