"""gitmlops feature search, list, show: from some words to a feature, its data, and everybody who uses it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_feature import FILES
from tests.conftest import GitRepo
from tests.repo.test_feature_imports import CENTRAL, TX, url, wants

BASKET = """\
kind: feature_view
name: basket
owner: offers
description: Baskets of customers who spend a lot
tags: [shop]
entities: [customer]
source: spend@v2
features:
  - {name: large, dtype: boolean, description: Large before, pii: true}
"""
RATIO = """\
kind: on_demand
name: ratio
owner: offers
description: The price beside the week
tags: [shop]
inputs: ["spend@v2:amount_7d", "basket@v1:large"]
request: {price: float64}
sql: price / nullif(amount_7d, 0)
dtype: float64
"""
SPEND = FILES["features/views/spend.yaml"]
OLD = SPEND.replace("version: 2", "version: 1\nstatus: deprecated\nreplaced_by: spend@v2\ntags: [old]")
CHECKED = SPEND.replace("unit: EUR,", "unit: EUR, nullable: false, tests: [{min: 0, max: 9}, {unique: true}],").replace(
    "ttl: 30d", "ttl: 30d\nknown_at: created\nfreshness: {warn_after: 2d, error_after: 7d}"
)
POINTER = "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 9\n  path: tx.csv\n"


@pytest.fixture
def shop(project: Any) -> GitRepo:
    project.commit(FILES)
    return project


@pytest.fixture
def full(shop: GitRepo) -> GitRepo:
    source = FILES["features/sources/tx.yaml"].replace(
        "timestamp: paid_at\n", "timestamp: paid_at\ntimezone: Asia/Tokyo\n"
    )
    source = source.replace("timezone:", "created_timestamp: at\ntimezone:").replace(
        "amount:", "at: timestamp, amount:"
    )
    shop.commit(
        {
            "features/views/basket.yaml": BASKET,
            "features/views/old.yaml": OLD,
            "features/views/spend.yaml": CHECKED,
            "features/on_demand/ratio.yaml": RATIO,
            "features/sources/tx.yaml": source,
            "data/tx.csv.dvc": POINTER,
        }
    )
    return shop


def table(repo: GitRepo, *arguments: str, title: str = "") -> list[dict[str, Any]]:
    result = repo.run("feature", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return next(one["rows"] for one in json.loads(result.stdout)["tables"] if one["title"] == title)


def facts(repo: GitRepo, reference: str) -> dict[str, Any]:
    result = repo.run("feature", "show", reference, "--format", "json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout)["facts"])


def names(repo: GitRepo, *words: str) -> list[str]:
    return [row["name"] for row in table(repo, "search", *words)]


def test_search_shows_what_was_found_its_owner_its_file_and_how_many_models_use_it(shop: GitRepo) -> None:
    assert table(shop, "search", "amont", "7d") == [
        {
            "name": "spend@v2:amount_7d",
            "kind": "feature",
            "description": "Spend of the last 7 days",
            "owner": "crm",
            "status": "stable",
            "models": 1,
            "defined in": "features/views/spend.yaml",
        }
    ]
    result = shop.run("feature", "search", "payments")
    assert result.stdout.splitlines()[0] == "Search for payments" and "tx" in result.stdout


def test_search_that_finds_nothing_refuses_with_the_nearest_words(shop: GitRepo) -> None:
    result = shop.run("feature", "search", "kustumar")
    assert result.exit_code == 1
    assert "nothing has these words; the nearest words are customer" in result.stdout
    assert shop.run("feature", "search").exit_code == 2


def test_search_sees_what_changed_since_the_last_time_and_forgets_what_is_gone(shop: GitRepo) -> None:
    assert shop.run("feature", "search", "basket").exit_code == 1
    shop.write({"features/views/basket.yaml": BASKET})
    assert names(shop, "basket")[0] == "basket@v1"
    (shop.root / "features/views/basket.yaml").unlink()
    assert shop.run("feature", "search", "basket").exit_code == 1


def test_search_does_not_trust_what_it_kept_if_that_is_broken(shop: GitRepo) -> None:
    assert names(shop, "large") == ["spend@v2:large"]
    kept = shop.root / ".git/gitmlops/catalogue"
    for content in (b"", b"\xc1", b"\x92\xa0\x91\x01", kept.read_bytes()[:-9]):
        kept.write_bytes(content)
        assert names(shop, "large") == ["spend@v2:large"]


def test_search_says_at_its_place_what_is_wrong_with_a_definition(shop: GitRepo) -> None:
    shop.write({"features/views/spend.yaml": SPEND.replace("version: 2", "version: two")})
    result = shop.run("feature", "search", "spend")
    assert result.exit_code == 3 and "features/views/spend.yaml:3:10: " in result.stderr


def test_search_shows_the_best_and_says_how_many_there_are(shop: GitRepo) -> None:
    result = shop.run("feature", "search", "spend", "--limit", "1")
    assert "the best 1 of 2" in result.stdout and "spend@v2" in result.stdout
    assert shop.run("feature", "search", "spend", "--limit", "0").exit_code == 2


def test_search_and_list_name_features_that_have_the_same_definition(shop: GitRepo) -> None:
    twin = SPEND.replace("name: spend", "name: turnover").replace("amount_7d", "week")
    shop.commit({"features/views/turnover.yaml": twin})
    for arguments in (["search", "week"], ["list"]):
        result = shop.run("feature", *arguments)
        assert result.exit_code == 0
        assert "same definition as" in result.stdout and "turnover@v1" not in result.stdout
    assert facts(shop, "turnover@v2:week")["same definition as"] == "spend@v2:amount_7d"


def test_list_counts_the_sets_and_models_of_each_feature(full: GitRepo) -> None:
    found = {row["feature"]: (row["owner"], row["status"], row["sets"], row["models"]) for row in table(full, "list")}
    assert found == {
        "basket@v1:large": ("offers", "stable", 0, 0),
        "ratio@v1": ("offers", "stable", 0, 0),
        "spend@v1:amount_7d": ("crm", "deprecated", 0, 0),
        "spend@v1:large": ("crm", "deprecated", 0, 0),
        "spend@v2:amount_7d": ("crm", "stable", 1, 1),
        "spend@v2:large": ("crm", "stable", 1, 1),
    }
    assert "6 of 6 features; 0 used by more than one model, 4 by no feature set" in full.run("feature", "list").stdout


@pytest.mark.parametrize(
    ("options", "listed"),
    [
        (["--unused"], ["basket@v1:large", "ratio@v1", "spend@v1:amount_7d", "spend@v1:large"]),
        (["--pii"], ["basket@v1:large"]),
        (["--owner", "offers"], ["basket@v1:large", "ratio@v1"]),
        (["--owner", "nobody"], []),
        (["--tag", "old"], ["spend@v1:amount_7d", "spend@v1:large"]),
        (["--status", "deprecated", "--unused"], ["spend@v1:amount_7d", "spend@v1:large"]),
    ],
)
def test_list_keeps_those_for_which_all_holds_that_is_asked(
    full: GitRepo, options: list[str], listed: list[str]
) -> None:
    assert [row["feature"] for row in table(full, "list", *options)] == listed


def test_list_knows_the_words_for_a_status(shop: GitRepo) -> None:
    assert shop.run("feature", "list", "--status", "old").exit_code == 2


def test_show_of_a_view_tells_times_freshness_other_versions_and_the_pointer_of_the_data(full: GitRepo) -> None:
    found = facts(full, "spend")
    assert found["freshness"] == "warning after 2d, error after 7d"
    assert found["ttl"] == "30d" and found["known at"] == "the time of ingestion"
    assert found["time"] == "paid_at, in Asia/Tokyo" and found["ingested"] == "at"
    assert found["other versions"] == "v1 (deprecated, features/views/old.yaml)"
    assert found["pointer"] == "data/tx.csv.dvc, md5 0123456789abcdef0123456789abcdef"
    old = facts(full, "spend@v1")
    assert (old["status"], old["replaced by"], old["tags"]) == ("deprecated", "spend@v2", "old")


def test_show_of_a_feature_tells_its_tests_and_that_it_has_no_nulls(full: GitRepo) -> None:
    found = facts(full, "spend@v2:amount_7d")
    assert found["tests"] == "min 0.0, max 9.0, unique True" and found["nullable"] == "no"


def test_show_leads_through_views_on_views_up_to_the_file(full: GitRepo) -> None:
    found = facts(full, "basket@v1:large")
    assert found["reads"].startswith("spend@v2, features/views/spend.yaml, owner crm, SELECT *")
    assert found["source"] == "tx, features/sources/tx.yaml, owner billing"
    assert found["data"] == "data/tx.csv" and found["pii"] == "yes"


@pytest.mark.parametrize("reference", ["ratio", "ratio@v1"])
def test_show_of_an_on_demand_feature_leads_up_to_the_data_of_its_inputs(full: GitRepo, reference: str) -> None:
    assert full.run("feature", "show", reference).stdout.startswith("On-demand feature ratio@v1")
    found = facts(full, reference)
    assert found["computed"] == "price / nullif(amount_7d, 0)"
    assert found["inputs"] == "spend@v2:amount_7d, basket@v1:large"
    assert found["request"] == "price (float64)" and found["data"] == "data/tx.csv"
    assert [line.partition(",")[0] for line in found["reads"].split("; ")] == ["spend@v2", "basket@v1"]


def test_show_of_an_on_demand_feature_that_is_not_there_says_what_is(full: GitRepo) -> None:
    result = full.run("feature", "show", "ratio@v7")
    assert result.exit_code == 3
    assert result.stderr.strip() == "there is no on-demand feature 'ratio@v7'; did you mean 'ratio@v1'?"


def test_show_names_sets_models_and_the_released_tags_that_use_a_feature(shop: GitRepo) -> None:
    shop.git("tag", "-a", "leavers@v1.0.0", "-m", "r")
    shop.git("tag", "-a", "leavers#prod#1", "-m", "p")
    shop.commit({"features/sets/churn.yaml": FILES["features/sets/churn.yaml"].replace(', "spend@v2:large"', "")})
    rows = table(shop, "show", "spend@v2:large", title="Used by")
    assert [tuple(row.values()) for row in rows] == [("churn", "leavers", "leavers@v1.0.0", "prod", "crm")]
    rows = table(shop, "show", "spend", title="Used by")
    assert [(row["model"], row["release"]) for row in rows] == [("leavers", ""), ("leavers", "leavers@v1.0.0")]
    features = table(shop, "show", "spend", title="Features")
    assert [(row["feature"], row["sets"], row["models"]) for row in features] == [
        ("amount_7d", "churn", "leavers"),
        ("large", "", ""),
    ]


@pytest.fixture
def central(tmp_path: Path) -> GitRepo:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "central")], check=True)
    repo = GitRepo(tmp_path / "central")
    as_csv = CENTRAL["features/sources/tx.yaml"].replace("tx.parquet", "tx.csv")
    sets = {"features/sets/theirs.yaml": "kind: feature_set\nname: t\nowner: o\ndescription: d\nfeatures: []\n"}
    repo.commit({**CENTRAL, **sets, "features/sources/tx.yaml": as_csv, "data/tx.csv": TX})
    return repo


@pytest.fixture
def looking(project: GitRepo, central: GitRepo) -> GitRepo:
    project.commit({"gitmlops.yaml": f"project: test\nregistries: ['{url(central)}']\n"})
    return project


def test_imported_features_are_found_listed_and_shown(project: GitRepo, central: GitRepo) -> None:
    project.commit(wants(central, "main"))
    assert project.run("feature", "import").exit_code == 0
    assert names(project, "amount")[0] == "central/spend@v2:amount_7d"
    assert len(table(project, "list", "--owner", "crm")) == 2
    found = facts(project, "central/spend@v2:amount_7d")
    assert found["defined in"] == "imports/central/features/views/spend.yaml"
    assert found["data"] == "imports/central/data/tx.csv"


def test_registries_are_searched_as_they_were_when_somebody_looked(looking: GitRepo, central: GitRepo) -> None:
    result = looking.run("feature", "search", "large")
    assert result.exit_code == 1 and "not searched: nobody looked at it yet; add --refresh" in result.stderr
    result = looking.run("feature", "search", "large", "--refresh")
    assert result.exit_code == 0 and "as it was today at" in result.stderr
    assert "run `gitmlops feature import`" in " ".join(result.stdout.split())
    (row,) = table(looking, "search", "large")
    assert row["defined in"] == f"{url(central)} features/views/spend.yaml"
    assert looking.git("status", "--porcelain") == ""
    central.commit({"features/views/spend.yaml": CENTRAL["features/views/spend.yaml"].replace("large", "huge")})
    assert names(looking, "large") == ["spend@v2:large"]
    assert names(looking, "huge", "--refresh") == ["spend@v2:huge"]


def test_without_the_other_side_the_old_copy_is_searched_and_its_age_told(looking: GitRepo, central: GitRepo) -> None:
    assert looking.run("feature", "search", "large", "--refresh").exit_code == 0
    central.root.rename(central.root.with_name("gone"))
    result = looking.run("feature", "search", "large", "--refresh")
    assert result.exit_code == 0 and "spend@v2:large" in result.stdout
    assert f"not refreshed: {url(central)}: not fetched" in result.stderr and "as it was today" in result.stderr


def test_files_of_a_registry_that_are_wrong_are_left_out_and_counted(looking: GitRepo, central: GitRepo) -> None:
    central.commit({"features/views/bad.yaml": "kind: feature_view\nname: [\n"})
    result = looking.run("feature", "search", "large", "--refresh")
    assert result.exit_code == 0 and "1 of its files are wrong" in result.stderr


def test_a_registry_that_leads_elsewhere_is_not_read(looking: GitRepo, central: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(CENTRAL["features/views/spend.yaml"])
    (central.root / "features/views/spend.yaml").unlink()
    (central.root / "features/views/\x1bspend.yaml").symlink_to(tmp_path / "secret.yaml")
    central.commit()
    result = looking.run("feature", "search", "large", "--refresh")
    assert result.exit_code == 1
    assert r"features/views/\u001bspend.yaml: a symbolic link or a submodule is not taken" in result.stderr
    assert "nobody looked at it yet" in result.stderr


def test_texts_of_a_registry_stay_texts(looking: GitRepo, central: GitRepo) -> None:
    hostile = CENTRAL["features/views/spend.yaml"].replace("Spend of the last 7 days", r'"\u202e::error::\e[31m"')
    central.commit({"features/views/spend.yaml": hostile})
    result = looking.run("feature", "search", "amount", "--refresh")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout and "\u202e" not in result.stdout
