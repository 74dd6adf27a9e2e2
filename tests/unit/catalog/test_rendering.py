"""How a page becomes HTML."""

import re
from html.parser import HTMLParser

import pytest

from gitmlops.catalog.page import Grid, Link, Page, Prose
from gitmlops.catalog.plots.histogram import Levels
from gitmlops.catalog.rendering import render


def test_headings_that_are_alike_are_told_apart_and_each_names_its_own_table():
    sections = (
        Grid("Card: Data", ("column", "type"), (("age", "int64"),)),
        Prose("Title", ("A heading that is called as the page is.",)),
        Levels("title", ("yes",), (1.0,)),
        Grid("Card: Data", ("column", "type"), (("sex", "string"),)),
    )
    page = render(Page(path="one/models/a.html", title="a", sections=sections), "one").decode()
    ids = re.findall(r" id=\"?([^ \">]*)", page)
    assert len(ids) == len({*ids})
    assert [name for name in ids if name.startswith("card")] == ["card-data", "card-data-2"]
    assert re.findall(r"aria-labelledby=\"?([^ \">]*)", page) == ["card-data", "title-3", "card-data-2"]


class Elements(HTMLParser):
    """The start tags of a page, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "end", ["x onclick=alert(1)", 'x"onclick="alert(1)', "x'onclick='y", "x`y", "a/", "a=b&lt;c", ">", "\tid=y", ""]
)
def test_an_attribute_without_quotes_is_one_attribute_whatever_strangers_write(end: str):
    to = f"https://example.com/{end}".replace(" ", "").replace("\t", "")
    rows = ((Link(end or "nothing", to), f' class="{end}" '), (f"a id={end}", f'"words":"x={end}"'))
    page = render(Page(path="one/a.html", title=end, sections=(Grid("Rows", ("of", end), rows),)), "one").decode()
    elements = Elements()
    elements.feed(page)
    assert [one for tag, one in elements.found if tag == "a"] == [{"href": "../index.html"}, {"href": to}]
    cells = [one for tag, one in elements.found if tag in ("td", "th", "tr")]
    assert cells == [{}] * 9


def test_a_cell_that_says_what_the_one_above_says_is_left_out_and_the_one_above_stands_for_both():
    rows = (
        ("auc", ">= 0.7", "north"),
        ("auc", ">= 0.7", "south"),
        ("auc", ">= 0.8", "north"),
        ("f1", ">= 0.8", "south"),
    )
    page = render(
        Page(path="a.html", title="a", sections=(Grid("Checks", ("check", "asks", "of"), rows),)), "a"
    ).decode()
    assert page.partition("<tbody>")[2].partition("</table>")[0] == (
        "<tr><th rowspan=3>auc<td rowspan=2>&gt;= 0.7<td>north<tr><td>south"
        "<tr><td>&gt;= 0.8<td>north<tr><th>f1<td>&gt;= 0.8<td>south"
    )
