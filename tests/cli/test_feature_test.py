"""gitmlops feature test: data against the definitions of features."""

import json
from typing import Any

import pytest
from tests.cli.feature_shop import FILES, HEADER

VIEW = "features/views/spend.yaml"
NOW = ("--now", "2024-06-07T00:00:00Z")


@pytest.fixture
def shop(project: Any) -> Any:
    project.commit(FILES)
    return project


def pay(shop: Any, *rows: str) -> None:
    shop.write({"data/tx.csv": HEADER + "".join(f"{row}\n" for row in rows)})


def found(shop: Any, *arguments: str) -> list[dict[str, Any]]:
    result = shop.run("feature", "test", *NOW, *arguments, "--format", "json")
    findings = json.loads(result.stdout)["findings"]
    assert result.exit_code == any(one["severity"] == "error" for one in findings), result.output
    return [one for one in findings if one["severity"] != "pass"]


def test_data_as_the_definitions_say_pass(shop: Any) -> None:
    result = shop.run("feature", "test", *NOW)
    assert result.exit_code == 0, result.output
    assert "Feature tests: passed" in result.stdout
    assert json.loads(shop.run("feature", "test", *NOW, "--format", "json").stdout)["tables"][0]["rows"] == [
        {"view": "spend@v1", "rows": 4, "checks": 10, "failed": 0, "warnings": 0}
    ]


@pytest.mark.parametrize(
    ("row", "rule", "line", "said", "example"),
    [
        ("A,2024-06-06,-1,FR,1", "min", 14, "amount: 1 of 1 rows have a value below 0", "amount '-1.0'"),
        ("A,2024-06-06,1001,FR,1", "max", 14, "amount: 1 of 1 rows have a value above 1000", "amount '1001.0'"),
        ("A,2024-06-06,1,,1", "nullable", 15, "country: 1 of 1 rows have no value, and it is not nullable", "null"),
        ("A,2024-06-06,1,UK,1", "categories", 15, "a value that is none of the categories", "country 'UK'"),
        ("A,2024-06-06,1,FR,", "max_null_fraction", 16, "1 of 1 rows have no value, more than the share of 0.5", ""),
    ],
)  # fmt: skip
def test_a_value_that_fails_is_told_with_its_row(
    shop: Any, row: str, rule: str, line: int, said: str, example: str
) -> None:
    pay(shop, row)
    (finding,) = found(shop)
    assert (finding["rule"], finding["severity"], finding["line"]) == (rule, "error", line)
    assert said in finding["message"]
    shown = str(finding["details"])
    assert "customer_id 'A', paid_at '2024-06-06 00:00:00+00'" in shown and example in shown


def test_values_of_personal_features_are_never_shown(shop: Any) -> None:
    pay(shop, "A,2024-06-06,1,FR,0190555", "B,2024-06-06,1,FR,0190555")
    result = shop.run("feature", "test", *NOW)
    assert result.exit_code == 1
    assert "phone: 2 of 2 rows have a value that another row has, too" in result.stdout
    assert "0190555" not in result.output


def test_examples_are_few_and_the_same_every_time(shop: Any) -> None:
    pay(shop, *(f"K{i:03},2024-06-06,-1,FR,{i}" for i in range(50)))
    (finding,) = found(shop)
    assert finding["message"].startswith("amount: 50 of 50 rows")
    assert [text.split(",")[0] for _, text in dict(finding["details"]).items()] == [
        f"customer_id 'K00{i}'" for i in range(3)
    ]


def test_values_of_the_data_stay_text_in_every_format(shop: Any) -> None:
    pay(shop, 'A,2024-06-06,1,"<script>|::error:: [x](http://evil)\u202e",1')
    for format_ in ("text", "json", "markdown", "junit", "sarif", "html"):
        result = shop.run("feature", "test", *NOW, "--format", format_)
        assert result.exit_code == 1
        assert "\u202e" not in result.stdout
        assert format_ in ("text", "json", "sarif") or "<script>|" not in result.stdout


def test_rows_without_a_key_or_a_time_and_rows_there_twice_are_told(shop: Any) -> None:
    pay(shop, ",2024-06-06,1,FR,1", "A,,1,FR,2", "A,2024-06-06,1,FR,3", "A,2024-06-06,2,FR,4", "A,2024-06-06,2,FR,5")
    messages = {one["message"]: one for one in found(shop)}
    assert [*messages] == [
        "1 of 5 rows have no time in 'paid_at': nobody can ask for them",
        "1 of 5 rows have no value of the key 'customer_id': nobody can ask for them",
        "2 rows have the keys and time of another row: which of them counts, their values decide",
    ]
    assert "customer_id 'A'" in str(messages["2 rows have the keys and time of another row: which of them counts, "
                                             "their values decide"]["details"])  # fmt: skip


def test_events_of_the_same_moment_are_no_mistake_where_all_of_them_are_aggregated(shop: Any) -> None:
    plain = ("{name: amount,", "{name: country,", "{name: phone,")
    lines = [line for line in FILES[VIEW].splitlines(keepends=True) if not any(name in line for name in plain)]
    shop.write({VIEW: "".join(lines)})
    pay(shop, "A,2024-06-06,1,FR,1", "A,2024-06-06,2,DE,2")
    assert found(shop) == []


def test_a_row_that_was_ingested_anew_is_not_there_twice(shop: Any) -> None:
    source = FILES["features/sources/tx.yaml"].replace("phone: string}", "phone: string, seen: timestamp}")
    shop.write(
        {"features/sources/tx.yaml": source.replace("timestamp: paid", "created_timestamp: seen\ntimestamp: paid")}
    )
    rows = "A,2024-06-06,1,FR,3,2024-06-06\nA,2024-06-06,1,FR,4,2024-06-07\n"
    shop.write({"data/tx.csv": HEADER.replace("\n", ",seen\n") + rows})
    assert found(shop) == []


@pytest.mark.parametrize(
    ("now", "severity", "said"),
    [
        ("2024-06-08T00:00:00Z", None, ""),
        ("2024-06-08T00:00:01Z", "warning", "the newest row is 2d 0h old, more than 2d"),
        ("2024-06-13T00:00:00Z", "warning", "the newest row is 7d 0h old, more than 2d"),
        ("2024-06-13T00:00:01Z", "error", "the newest row is 7d 0h old, more than 7d"),
    ],
)
def test_freshness_warns_and_then_fails(shop: Any, now: str, severity: str | None, said: str) -> None:
    result = shop.run("feature", "test", "--now", now, "--format", "json")
    findings = [one for one in json.loads(result.stdout)["findings"] if one["severity"] != "pass"]
    assert result.exit_code == (severity == "error")
    assert [(one["severity"], one["message"]) for one in findings] == ([(severity, said)] if severity else [])


def test_a_view_without_rows_is_not_fresh(shop: Any) -> None:
    pay(shop)
    assert [one["message"] for one in found(shop)] == ["there is no row"]


def test_data_of_another_type_fail_the_test_at_the_view_and_leave_the_others_alone(shop: Any) -> None:
    other = "kind: feature_view\nname: other\nversion: 1\nowner: crm\ndescription: d\nentities: [customer]\n"
    other += "source: old\nfeatures: [{name: amount, dtype: float64, description: d}]\n"
    source = FILES["features/sources/tx.yaml"].replace("name: tx", "name: old").replace("data/tx", "data/old")
    shop.write({"features/views/other.yaml": other, "features/sources/old.yaml": source})
    shop.write({"data/old.csv": FILES["data/tx.csv"]})
    pay(shop, "A,2024-06-06,many,FR,1")
    (finding,) = found(shop)
    assert finding["message"] == "data/tx.csv: 'many' in the column 'amount' is no float64"
    assert finding["path"] == VIEW
    assert found(shop, "other") == []


def test_aggregations_are_tested_as_at_their_rows_own_time(shop: Any) -> None:
    text = FILES[VIEW].replace("Spend of a week}", "Spend of a week, tests: [{max: 170}]}")
    shop.write({VIEW: text})
    pay(shop, "A,2024-06-05,100,FR,1", "A,2024-06-06,71,FR,2", "A,2024-06-06T12:00:00,0,FR,3")
    (finding,) = found(shop)
    assert finding["message"] == "amount_7d: 2 of 3 rows have a value above 170"


def test_test_of_a_view_that_is_not_there_and_of_no_time_say_so(shop: Any) -> None:
    assert shop.run("feature", "test", "spent").exit_code == 3
    result = shop.run("feature", "test", "--now", "yesterday")
    assert result.exit_code == 2
    assert "'yesterday' is no time: write 2026-03-03" in result.output
