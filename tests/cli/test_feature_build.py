"""gitmlops feature build: partitions under DVC, and statistics in git."""

import json
from pathlib import Path
from typing import Any

import pandas
import pytest
from tests.cli.feature_shop import FILES, dvc, open_shop

FOLDER = "data/features/spend@v1"
STATISTICS = "features/statistics/spend@v1.json"
VIEW = "features/views/spend.yaml"


@pytest.fixture
def shop(project: Any) -> Any:
    return open_shop(project)


def made(result: Any) -> str:
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["tables"][0]["rows"]
    return str(row["made"])


def test_build_writes_months_under_dvc_and_says_what_to_commit(shop: Any) -> None:
    result = shop.run("feature", "build", "spend")
    assert result.exit_code == 0, result.output
    assert "2: 2024-05 … 2024-06" in result.stdout
    assert "Commit the .dvc files and features/statistics/" in result.stdout
    assert sorted(file.name for file in (shop.root / FOLDER).iterdir()) == [
        "2024-05.parquet",
        "2024-06.parquet",
        "build.json",
    ]
    june = pandas.read_parquet(shop.root / FOLDER / "2024-06.parquet")
    assert june["paid_7d"].tolist() == [1, 1, 2]
    assert (shop.root / f"{FOLDER}.dvc").is_file()
    assert "Data and pipelines are up to date" in dvc(shop, "status")
    shop.commit()
    assert FOLDER not in shop.git("ls-files").replace(f"{FOLDER}.dvc", "")
    assert "Commit" not in shop.run("feature", "build", "--all").stdout
    assert shop.git("status", "--porcelain") == ""


@pytest.mark.slow
def test_what_is_built_can_be_taken_back_to_an_older_commit_and_built_on(shop: Any) -> None:
    shop.run("feature", "build", "--all")
    shop.commit()
    text = FILES["data/tx.csv"]
    shop.write({"data/tx.csv": text + "NA,2024-06-07,5,FR,\n"})
    assert made(shop.run("feature", "build", "spend", "--format", "json")) == "1: 2024-06"
    dvc(shop, "checkout", "--quiet")
    shop.git("checkout", "--quiet", f"{FOLDER}.dvc")
    dvc(shop, "checkout", "--quiet", "--force")
    shop.write({"data/tx.csv": text})
    assert made(shop.run("feature", "build", "spend", "--format", "json")) == "-"


@pytest.mark.slow
def test_a_changed_definition_builds_everything_again_and_a_changed_description_nothing(shop: Any) -> None:
    shop.run("feature", "build", "spend")
    text = FILES[VIEW]
    shop.write({VIEW: text.replace("Spend of a customer", "What a customer spends").replace("pii: true, ", "")})
    assert made(shop.run("feature", "build", "spend", "--format", "json")) == "-"
    shop.write({VIEW: text.replace("window: 7d", "window: 8d")})
    assert made(shop.run("feature", "build", "spend", "--format", "json")).startswith("2:")


def test_dry_run_says_what_would_be_made_and_writes_nothing(shop: Any) -> None:
    result = shop.run("feature", "build", "--all", "--dry-run")
    assert result.exit_code == 0
    assert "would be made" in result.stdout and "nothing was written" in result.stderr
    assert shop.git("status", "--porcelain") == ""


def test_the_built_folder_can_be_read_as_a_source(shop: Any) -> None:
    shop.run("feature", "build", "spend")
    source = FILES["features/sources/tx.yaml"].replace("name: tx", "name: built").replace("data/tx.csv", FOLDER)
    view = "kind: feature_view\nname: again\nversion: 1\nowner: crm\ndescription: d\nentities: [customer]\n"
    view += "source: built\nfeatures: [{name: amount, dtype: float64, description: d}]\n"
    shop.write({"features/sources/built.yaml": source, "features/views/again.yaml": view})
    assert shop.run("feature", "build", "again").exit_code == 0
    assert len(pandas.read_parquet(shop.root / "data/features/again@v1/2024-06.parquet")) == 3


def test_statistics_are_counted_of_what_was_built(shop: Any) -> None:
    shop.run("feature", "build", "spend")
    kept = json.loads((shop.root / STATISTICS).read_text())
    assert (kept["schema"], kept["view"], kept["rows"]) == ("gitmlops/feature-statistics/1", "spend@v1", 4)
    assert kept["newest"] == "2024-06-06T00:00:00.000000Z"
    features = {one["name"]: one for one in kept["features"]}
    assert features["amount"] == {
        "name": "amount", "dtype": "float64", "count": 4, "nulls": 0, "distinct": 4, "min": "20.0", "max": "150.0",
        "mean": "63", "std": "60.8495412199", "top": [], "withheld": False,
        "quantiles": {"0.05": "20.3", "0.25": "21.5", "0.5": "41", "0.75": "82.5", "0.95": "136.5"},
    }  # fmt: skip
    assert features["country"]["top"] == [{"value": "FR", "count": 3}, {"value": "DE", "count": 1}]
    assert features["paid_7d"]["max"] == "2"


def test_statistics_of_personal_features_are_counts_alone(shop: Any) -> None:
    shop.run("feature", "build", "spend")
    text = (shop.root / STATISTICS).read_text()
    (phone,) = (one for one in json.loads(text)["features"] if one["name"] == "phone")
    assert (phone["count"], phone["nulls"], phone["distinct"], phone["withheld"]) == (2, 2, 2, True)
    assert (phone["min"], phone["max"], phone["top"], phone["quantiles"]) == ("", "", [], {})
    assert "019" not in text


def test_a_feature_that_becomes_personal_loses_its_values_at_the_next_build(shop: Any) -> None:
    shop.run("feature", "build", "spend")
    shop.write({VIEW: FILES[VIEW].replace("Where to,", "Where to, classification: personal,")})
    assert made(shop.run("feature", "build", "spend", "--format", "json")) == "-"
    assert '"FR"' not in (shop.root / STATISTICS).read_text()


def test_numbers_that_no_json_can_write_and_long_text_are_counted(shop: Any) -> None:
    rows = FILES["data/tx.csv"] + f"A,2024-06-06,inf,{'x' * 99},\nB,2024-06-06,1e300,FR,\nC,2024-06-06,nan,FR,\n"
    shop.write({"data/tx.csv": rows})
    result = shop.run("feature", "build", "spend")
    assert result.exit_code == 0, result.output
    features = {one["name"]: one for one in json.loads((shop.root / STATISTICS).read_text())["features"]}
    assert (features["amount"]["max"], features["amount"]["nulls"]) == ("inf", 1)
    assert {"value": "x" * 63 + "…", "count": 1} in features["country"]["top"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "name views, or --all"),
        (["spend", "--all"], 2, "name views, or --all"),
        (["spent"], 3, "there is no feature view 'spent'; did you mean 'spend'?"),
        (["spend@v1:amount"], 3, "'spend@v1:amount' names no view; write view or view@v1"),
        (["spend@v3"], 3, "has no version 3"),
    ],
)
def test_build_of_nothing_that_is_there_says_so(shop: Any, arguments: list[str], code: int, said: str) -> None:
    result = shop.run("feature", "build", *arguments)
    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_build_without_dvc_says_how_to_mend_it(project: Any) -> None:
    project.commit(FILES)
    result = project.run("feature", "build", "spend")
    assert result.exit_code == 3
    assert "DVC is not initialised; run `dvc init`" in result.output


def test_build_of_data_that_is_not_here_writes_nothing(shop: Any) -> None:
    (shop.root / "data/tx.csv").unlink()
    result = shop.run("feature", "build", "spend")
    assert result.exit_code == 3
    assert "data/tx.csv: no such table; run `dvc pull`" in result.output
    assert not Path(shop.root, "data/features").exists()


def test_a_folder_whose_build_did_not_end_is_not_read(shop: Any) -> None:
    shop.run("feature", "build", "spend")
    source = FILES["features/sources/tx.yaml"].replace("name: tx", "name: built").replace("data/tx.csv", FOLDER)
    shop.write({"features/sources/built.yaml": source})
    shop.write({VIEW: FILES[VIEW].replace("name: spend", "name: again").replace("source: tx", "source: built")})
    record = (shop.root / FOLDER / "build.json").read_text()
    (shop.root / FOLDER / "build.json").write_text(record.replace('"complete":true', '"complete":false'))
    result = shop.run("feature", "build", "again")
    assert result.exit_code == 3
    assert (
        f"{FOLDER}: a build that did not end; run `gitmlops feature build spend@v1`, or `dvc checkout`" in result.output
    )


def test_show_tells_statistics_without_any_data_and_nothing_personal(shop: Any) -> None:
    assert "Statistics" not in shop.run("feature", "show", "spend").stdout
    shop.run("feature", "build", "spend")
    for path in (shop.root / "data").rglob("*"):
        if path.is_file():
            path.unlink()
    report = json.loads(shop.run("feature", "show", "spend", "--format", "json").stdout)
    (table,) = (one for one in report["tables"] if one["title"].startswith("Statistics"))
    assert table["title"] == "Statistics of 4 built rows until 2024-06-06T00:00:00Z"
    rows = {row["feature"]: row for row in table["rows"]}
    assert (rows["amount"]["median"], rows["amount"]["mean"]) == (41.0, 63.0)
    assert rows["country"]["most frequent"] == "FR 3, DE 1"
    assert (rows["phone"]["values"], rows["phone"]["min"]) == (2, "personal")
    shop.write({VIEW: FILES[VIEW].replace("Where to,", "Where to, classification: personal,")})
    one = json.loads(shop.run("feature", "show", "spend@v1:country", "--format", "json").stdout)
    (row,) = one["tables"][-1]["rows"]
    assert (row["feature"], row["min"], row["most frequent"]) == ("country", "personal", "")
