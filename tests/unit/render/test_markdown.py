"""Markdown as GitHub shows it."""

import re

import pytest
from tests.unit.render.reports import HOSTILE_REPORT, NOTHING_IN_IT, REFUSED, large

from gitmlops.plain_text import markdown as escaped
from gitmlops.render.formats import render
from gitmlops.render.markdown import LIMIT
from gitmlops.report import Chart, Finding, Location, Report, Series, Severity, Table


def test_the_verdict_and_the_worst_come_first():
    lines = render(REFUSED, "markdown").splitlines()
    assert lines[0] == "## gate: flight-delay: refused"
    assert "**Next:** the data scientist trains on more months" in lines
    outcomes = [
        line.split(" | ")[0] for line in lines if line.startswith(("| refused", "| warning", "| note", "| passed"))
    ]
    assert outcomes == ["| refused", "| warning", "| note", "| passed"]


def test_a_finding_is_a_row_with_its_value_threshold_mend_and_place():
    assert (
        "| refused | performance/auc | roc_auc is 0.61, policy asks \\>= 0.68<br>n: 27000<br>interval: 0.60 to 0.62 "
        "| train on more months | policies/performance.yaml:9:3 |"
    ) in render(REFUSED, "markdown").splitlines()


def test_tables_align_numbers_to_the_right():
    text = render(REFUSED, "markdown")
    assert "### Slices\n\n| slice | n | roc_auc |\n| --- | ---: | ---: |\n| origin=EWR | 9120 | 0.701235 |" in text


def test_charts_are_mermaid_with_the_limit_as_a_line():
    assert (
        '```mermaid\nxychart-beta\n    x-axis ["01", "03", "04"]\n    line [0.71, 0.66, 0.61]\n'
        "    line [0.68, 0.68, 0.68]\n```\n\nLines: observed, limit 0.68."
    ) in render(REFUSED, "markdown")


def test_a_chart_of_less_than_two_points_is_left_out():
    assert "mermaid" not in render(NOTHING_IN_IT, "markdown")
    assert "mermaid" not in render(Report("r", charts=(Chart("c", ("1",), (Series("s", (1.0,)),)),)), "markdown")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("@jane", "@&#8203;jane"),
        ("a | b", "a \\| b"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("&lt;", "\\&lt;"),
        ("`x`", "\\`x\\`"),
        ("roc_auc _em_ *b*", "roc_auc \\_em\\_ \\*b\\*"),
        ("[a](https://b)", "\\[a\\](https:&#8203;//b)"),
        ("www.evil.example", "www&#8203;.evil.example"),
        ("owner/repo#12 GH-7", "owner/repo\\#&#8203;12 GH&#8203;-7"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("$x$", "<span>$</span>x<span>$</span>"),
        ("a\nb", "a b"),
        ("\u202ex", "\\\\u202ex"),
    ],
)
def test_hostile_text_stays_text(text, markdown):
    assert escaped(text) == markdown


def test_a_hostile_report_has_the_rows_and_columns_of_its_tables():
    text = render(HOSTILE_REPORT, "markdown")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows]
    assert cells == [5] * 6 + [2] * 3 * 3
    assert "@jane" not in text
    assert "<script" not in text.replace("\\<script", "")
    assert "://" not in text.replace(":&#8203;//", "")


def test_nothing_leaves_the_fence_of_a_chart():
    text = render(HOSTILE_REPORT, "markdown")
    chart = text[text.index("```mermaid") :]
    assert chart.count("```") == 2
    assert re.search(r'x-axis \["[\w .,:()/+=?-]+", "[\w .,:()/+=?-]+"\]', chart)


def test_a_page_is_cut_on_a_row_and_says_how_many_are_left_out():
    text = render(large(3_000), "markdown")
    assert len(text) <= LIMIT
    written = sum(line.startswith(("| refused", "| passed", "| 0", "| 1", "| 2")) for line in text.splitlines())
    assert re.search(r"(\d+) rows are left out", text)[1] == str(9_000 - written)
    assert all(line.endswith("|") for line in text.splitlines() if line.startswith("|"))


def test_a_judgement_of_500_checks_has_room_for_its_refusals_and_says_how_many_rows_it_leaves_out():
    source = (("enforcement", "hard-mandatory"), ("policy", "quality@1.0.0"), ("source", "29 CFR 1607.4(D)"))
    findings = tuple(
        Finding(
            f"quality/check-{n}",
            Severity.PASS if n % 10 else Severity.ERROR,
            f"toy: roc_auc is 0.6{n} at place=b, policy asks >= 0.7 (worst of 12 groups, 3 miss it)",
            Location("policies/quality.yaml", n + 8, 3),
            "" if n % 10 else "improve the model",
            source,
        )
        for n in range(500)
    )
    text = render(Report("gate", findings, next_action="data-scientists: mend what is refused"), "markdown")
    assert 50_000 < len(text) <= LIMIT
    outcomes = [line.split(" | ")[0] for line in text.splitlines() if line.startswith(("| refused", "| passed"))]
    assert outcomes == ["| refused"] * 50 + ["| passed"] * (len(outcomes) - 50)
    assert f"{500 - len(outcomes)} rows are left out" in text
    assert "**Next:** data-scientists: mend what is refused" in text


def test_what_refuses_is_the_last_to_be_cut():
    rows = render(large(3_000), "markdown").splitlines()
    assert sum(row.startswith("| refused") for row in rows) == 334


def test_one_huge_text_does_not_push_the_rest_out():
    huge = "<x> " * 100_000
    report = Report(
        huge, (Finding(huge, Severity.ERROR, huge),), (huge,) * 50, tables=(Table("t", ("a",), (("cell",),)),)
    )
    text = render(report, "markdown")
    assert len(text) <= LIMIT
    assert "| cell |" in text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("run `gitmlops gate --base main`", "run `gitmlops gate --base main`"),
        ("run `<img src=x>`", "run \\`\\<img src=x\\>\\`"),
        ("run `a | b`", "run \\`a \\| b\\`"),
        ("one ` only", "one \\` only"),
    ],
)
def test_a_command_in_the_next_step_is_code_unless_it_holds_markup(text, markdown):
    assert f"**Next:** {markdown}" in render(Report("r", next_action=text), "markdown")


def test_a_command_in_a_message_or_a_summary_is_code_too():
    report = Report("r", (Finding("x", Severity.ERROR, "add `uses:` to a|b"),), ("see `dvc dag`",))
    lines = render(report, "markdown").splitlines()
    assert "- see `dvc dag`" in lines
    assert "| refused | x | add `uses:` to a\\|b |  |  |" in lines
