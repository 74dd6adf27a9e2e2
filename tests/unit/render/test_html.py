"""The page that people without a terminal open."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from tests.unit.render.reports import HOSTILE_REPORT, NOTHING_IN_IT, PASSED, REFUSED, large

from gitmlops.render import charts
from gitmlops.render.formats import render
from gitmlops.report import Chart, Finding, Report, Series, Severity, Table

VOID = {"meta", "line", "polyline", "circle"}


class Page(HTMLParser):
    """Elements of a page with their attributes; `wrong` says what does not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.wrong += self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(report: Report) -> Page:
    return Page(render(report, "html"))


@pytest.mark.parametrize(
    "report", [REFUSED, PASSED, HOSTILE_REPORT, NOTHING_IN_IT, large(30)], ids=lambda report: report.title[:9]
)
def test_the_page_nests_and_needs_nothing_else(report):
    found = page(report)
    assert found.wrong == []
    names = {name for name, _ in found.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "a", "base"}
    attributes = {name for _, given in found.elements for name in given}
    assert not {name for name in attributes if name.startswith("on")} | (attributes & {"style", "src", "href"})


def test_the_policy_of_the_page_lets_in_its_own_style_and_nothing_else():
    text = render(REFUSED, "html")
    policy = next(
        meta["content"] for meta in Page(text).all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_text_stays_text():
    text = render(HOSTILE_REPORT, "html")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_verdict_the_refusal_and_who_acts_next_are_on_the_page():
    text = render(REFUSED, "html")
    assert '<p class="verdict">refused</p>' in text
    assert "roc_auc is 0.61, policy asks &gt;= 0.68" in text
    assert "Next: the data scientist trains on more months" in text
    assert text.index("Refused (1)") < text.index("Warnings (1)") < text.index("Notes (1)") < text.index("Passed (1)")


def test_tables_have_a_caption_and_headers_with_their_scope():
    found = page(REFUSED)
    assert len(found.all("caption")) == len(found.all("table")) == 3
    assert {header["scope"] for header in found.all("th")} == {"col", "row"}


def test_a_chart_is_drawn_with_its_limit_and_a_gap_where_there_is_no_value():
    found = page(REFUSED)
    assert [drawing["aria-label"] for drawing in found.all("svg")] == ["roc_auc"]
    assert [line["class"] for line in found.all("line")].count("limit") == 1
    assert len(found.all("circle")) == 1
    assert len(found.all("polyline")[0]["points"].split()) == 2


def test_a_chart_without_a_value_is_left_out():
    assert page(NOTHING_IN_IT).all("svg") == []


def test_every_point_of_a_chart_lies_inside_the_drawing():
    values = (1e9, -1e9, 0.0, None, 5.0)
    chart = Chart("c", tuple("abcde"), (Series("s", values), Series("flat", (3.0,) * 5)), limit=2e9)
    for line in page(Report("r", charts=(chart,))).all("polyline"):
        for point in line["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= charts.WIDTH
            assert 0 <= y <= charts.HEIGHT


@pytest.mark.parametrize(("text", "most"), [("2020-05", 6), ("over 0.7333", 4), ("2020-05-04-to-2020-06-01 v1.0.0", 1)])
def test_labels_of_a_chart_have_room_beside_each_other_on_a_phone(text: str, most: int) -> None:
    names = tuple(f"{place:02}{text[2:]}" for place in range(30))
    html = render(Report("r", charts=(Chart("c", names, (Series("s", (1.0, 2.0) * 15),)),)), "html")
    shown = [name for name in names if f">{name}</text>" in html]
    assert 1 <= len(shown) <= most
    assert shown[-1] == names[-1]


def test_the_page_is_for_phones_and_for_light_and_dark():
    text = render(PASSED, "html")
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert "@media (prefers-color-scheme: dark)" in text


@pytest.mark.parametrize(
    "report",
    [
        large(20_000),
        Report("wide", tables=(Table("wide", tuple(map(str, range(60))), (("<&>" * 300,) * 60,) * 50),)),
        Report(
            "charts", charts=(Chart("c", tuple(map(str, range(5_000))), (Series("s", (1.0, 2.0) * 2_500),) * 3),) * 200
        ),
    ],
    ids=lambda report: report.title,
)
def test_a_page_stays_under_500_kilobytes_and_says_what_is_left_out(report):
    text = render(report, "html")
    assert len(text.encode()) < 500_000
    assert "left out of this page" in text


def test_what_refuses_is_the_last_to_be_left_out():
    text = render(large(20_000), "html")
    assert text.count("finding") > 400
    assert "Refused (2223)" in text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("run `gitmlops gate`, then push", "run <code>gitmlops gate</code>, then push"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("close it with `}}`", "close it with <code>}}</code>"),
        ("`<script>alert(1)</script>`", "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code>"),
        ("`</code><img src=x>`", "<code>&lt;/code&gt;&lt;img src=x&gt;</code>"),
        ("`{}` `{0.__class__}`", "<code>{}</code> <code>{0.__class__}</code>"),
        ("`\u202eexe`", "<code>\\u202eexe</code>"),
        ("one ` only <b>", "one ` only &lt;b&gt;"),
        ("``", "``"),
    ],
)
def test_what_stands_between_backticks_is_code_and_stays_text(text, html):
    shown = render(Report("r", (Finding("r", Severity.ERROR, text, mend=text),), (text,), next_action=text), "html")
    assert f"<p>{html}</p>" in shown
    assert f'<p class="next">Next: {html}</p>' in shown
    assert f'<span class="rule">r</span> {html}</p>' in shown
    assert f'<p class="mend">{html}</p>' in shown
    assert Page(shown).wrong == []


def test_a_page_of_nothing_but_code_stays_under_500_kilobytes():
    findings = tuple(Finding("r", Severity.ERROR, "`<`" * 150) for _ in range(5_000))
    assert len(render(Report("r", findings), "html").encode()) < 500_000


def test_short_cells_are_not_broken_into_lines():
    cells = page(Report("r", tables=(Table("t", ("a", "b", "c"), (("x", "<= 0.12", "word " * 9),)),))).all("td")
    assert [cell["class"] for cell in cells] == ["short", "text"]


def test_what_was_asked_stands_in_plain_words_above_what_was_found():
    page = render(REFUSED, "html")
    assert '<p class="asked">Ranks late flights above others</p>' in page
