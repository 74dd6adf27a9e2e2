"""How a page becomes HTML."""

import re

from gitmlops.catalog.page import Grid, Page, Prose
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
