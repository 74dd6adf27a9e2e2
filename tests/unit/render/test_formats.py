"""What holds for every format."""

import re

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.render.reports import HOSTILE_REPORT, NOTHING_IN_IT, PASSED, REFUSED, large

from gitmlops.cli.main import main
from gitmlops.plain_text import visible
from gitmlops.render.cells import shown
from gitmlops.render.formats import FORMATS, render
from gitmlops.report import Chart, Finding, Location, Report, Series, Severity, Table

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
TEXT = st.text(max_size=30)
CELLS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
FINDINGS = st.builds(
    Finding,
    TEXT,
    st.sampled_from(Severity),
    TEXT,
    st.none() | st.builds(Location, TEXT, st.integers(1, 99), st.integers(1, 99)),
    TEXT,
    st.lists(st.tuples(TEXT, CELLS), max_size=2).map(tuple),
)
REPORTS = st.builds(
    Report,
    TEXT,
    st.lists(FINDINGS, max_size=3).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(st.tuples(TEXT, CELLS), max_size=2).map(tuple),
    st.lists(
        st.builds(Table, TEXT, st.just(("a", "b")), st.lists(st.tuples(CELLS, CELLS), max_size=3).map(tuple)),
        max_size=2,
    ).map(tuple),
    st.lists(
        st.builds(
            Chart,
            TEXT,
            st.tuples(TEXT, TEXT),
            st.lists(st.builds(Series, TEXT, st.tuples(*[st.none() | st.floats(-1e9, 1e9)] * 2)), max_size=2).map(
                tuple
            ),
            st.none() | st.floats(-1e9, 1e9),
        ),
        max_size=2,
    ).map(tuple),
    TEXT,
)


def test_commands_offer_every_format():
    assert f"[{'|'.join(FORMATS)}]" in CliRunner().invoke(main, ["check", "--help"]).output


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "report", [REFUSED, PASSED, HOSTILE_REPORT, NOTHING_IN_IT, large(30)], ids=lambda report: report.title[:9]
)
def test_the_same_report_gives_the_same_text_without_a_line_break_at_its_end(report, format_):
    assert render(report, format_) == render(report, format_)
    assert not render(report, format_).endswith("\n")


@pytest.mark.parametrize("format_", FORMATS)
def test_no_hostile_character_is_left_in_any_format(format_):
    rendered = render(HOSTILE_REPORT, format_)
    rendered.encode()
    assert HIDDEN.findall(rendered) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_no_line_of_any_format_is_a_command_to_a_ci_log(format_):
    rendered = render(HOSTILE_REPORT, format_)
    assert [line for line in rendered.splitlines() if line.lstrip().startswith("::")] == []
    assert "##[" not in rendered


@pytest.mark.parametrize("format_", FORMATS)
@settings(deadline=None)
@given(report=REPORTS)
def test_any_report_can_be_rendered(format_, report):
    render(report, format_).encode()


def test_an_unknown_format_is_a_bug():
    with pytest.raises(ValueError, match="no format 'pdf'"):
        render(PASSED, "pdf")


def test_values_are_shown_for_people():
    assert [shown(cell) for cell in (None, True, False, 0.123456789, 1e-9, 12, float("nan"), "a\nb")] == [
        "-", "yes", "no", "0.123457", "1e-09", "12", "nan", "a b",
    ]  # fmt: skip


def test_what_is_hidden_becomes_visible_and_the_rest_stays():
    assert visible("déjà vu, 東京 🚀") == "déjà vu, 東京 🚀"
    assert visible("a\u202eb\x1b[1m") == "a\\u202eb\\u001b[1m"
    assert visible("::error::x y::z a ::b") == "\\u003a:error::x y::z a \\u003a:b"
    assert visible("##[group]") == "\\u0023#[group]"


def test_a_listing_whose_only_table_needs_no_title_has_none():
    listing = Report("Feature views", tables=(Table("", ("view",), (("planes",),)),))
    assert render(listing, "text").splitlines() == ["Feature views", "", "  view", "  planes"]
    assert "<h2>" not in render(listing, "html")
    assert "<caption>Feature views</caption>" in render(listing, "html")
    assert "###" not in render(listing, "markdown")


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_what_a_machine_did_not_decide(format_):
    rendered = render(REFUSED, format_)
    assert "whether a passenger is better off warned" in rendered
    assert "undecided" in rendered if format_ == "json" else "what a machine did not decide" in rendered.lower()
