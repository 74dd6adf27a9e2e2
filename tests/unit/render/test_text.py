"""The first screen of a report in a terminal, and what follows it."""

import dataclasses

import pytest
from tests.unit.render.reports import NOTHING_IN_IT, PASSED, REFUSED

from gitmlops.render.formats import render
from gitmlops.report import Finding, Report, Severity, Table


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def lines(report: Report) -> list[str]:
    return render(report, "text").splitlines()


def refusals(number: int) -> tuple[Finding, ...]:
    return tuple(Finding("rule", Severity.ERROR, f"value {n} is over the limit") for n in range(number))


def test_a_refused_report_says_verdict_refusal_and_next_action_first():
    assert lines(REFUSED)[:8] == [
        "gate: flight-delay: refused",
        "1 refused, 1 warning, 1 note, 1 passed",
        "Candidate 4f21c9d on 27,004 rows",
        "",
        "  performance/auc  policies/performance.yaml:9:3: roc_auc is 0.61, policy asks",
        "      >= 0.68 (n 27000, interval 0.60 to 0.62); train on more months",
        "",
        "next: the data scientist trains on more months",
    ]


def test_warnings_facts_tables_and_charts_follow():
    assert lines(REFUSED)[8:] == [
        "",
        "warning",
        "  brier  policies/performance.yaml:20:1: brier is 0.189, near the threshold",
        "",
        "note",
        "  missing  two rows have no weather",
        "",
        "passed",
        "  auc-each-airport  roc_auc of origin=EWR is 0.7, policy asks >= 0.62",
        "",
        "what a machine did not decide",
        "  performance/auc  whether a passenger is better off warned",
        "  performance  who is told first",
        "",
        "facts",
        "  base   main 4f21c9d",
        "  share  0.123457",
        "  clean  yes",
        "  run    -",
        "",
        "Slices",
        "  slice          n   roc_auc",
        "  origin=EWR  9120  0.701235",
        "  origin=JFK  8800         -",
        "",
        "roc_auc",
        "  observed  █ ▅▁  last 0.61",
        "  from 0.61 to 0.71, limit 0.68, 01 to 04",
    ]


def test_a_passed_report_is_short():
    assert lines(PASSED) == ["definitions: passed", "read: 3 models"]


def test_what_has_no_value_is_left_out():
    assert lines(NOTHING_IN_IT) == ["empty", "", "none", "  a"]


@pytest.mark.parametrize("number", [1, 17, 18, 19, 40, 500])
def test_the_first_screen_has_25_lines_and_ends_with_who_acts_next(number):
    report = Report("gate", refusals(number), summary=("s",), next_action="somebody mends it")
    screen = lines(report)[:25]
    assert "next: somebody mends it" in screen
    told = [line for line in screen if "over the limit" in line]
    assert len(told) == number or f"  … and {number - len(told)} more below" in screen


def test_every_refusal_is_told_once():
    text = render(Report("gate", refusals(60), next_action="x"), "text")
    assert [text.count(f"value {n} is") for n in range(60)] == [1] * 60


def test_one_very_long_refusal_leaves_room_for_the_next_action():
    finding = Finding("rule", Severity.ERROR, "word " * 5_000)
    text = lines(Report("gate", (finding, finding), summary=("word " * 900,) * 9, next_action="word " * 900))
    assert any(line.startswith("next: word") for line in text[:25])


def test_no_line_is_wider_than_the_terminal(monkeypatch):
    wide = Table("wide", tuple(f"column {n}" for n in range(5)), (("x" * 60,) * 5, (1, 2.5, None, True, "y")))
    for width in (60, 80, 132):
        monkeypatch.setenv("COLUMNS", str(width))
        report = dataclasses.replace(REFUSED, tables=(wide,))
        assert max(map(len, lines(report))) <= width


def test_a_cut_cell_says_so():
    wide = Table("wide", ("a", "b"), (("x" * 300, "short"),))
    assert "x… " in render(Report("r", tables=(wide,)), "text")


def test_a_narrow_terminal_breaks_nothing(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1")
    assert render(REFUSED, "text")


def test_a_monitoring_report_has_words_of_its_own():
    alarm = Report("Monitoring of m", (Finding("x", Severity.ERROR, "it fell"),), outcomes=("no alarm", "alarm"))
    assert lines(alarm)[:2] == ["Monitoring of m: alarm", "1 alarm"]
    assert "<h2>Alarm (1)</h2>" in render(alarm, "html")
    assert "| alarm | x | it fell |" in render(alarm, "markdown")
