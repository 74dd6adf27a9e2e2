"""A page as HTML: escaped, small, the same bytes for the same page."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from gitmlops.catalog.addresses import href
from gitmlops.catalog.page import Link, Page, Plot, Section
from gitmlops.plain_text import cut, visible
from gitmlops.render.cells import is_number, shown
from gitmlops.report import Cell

_FOLDER = Path(__file__).parent
_LONGEST, _ONE_LINE = 2_000, 20
_CODE = re.compile("`([^`]+)`")
# HTML asks for none of these ends: they are a tenth of a page of tables.
_OPTIONAL = re.compile(r"</(?:td|th|tr|li|dt|dd|thead|tbody)>")
_BETWEEN = re.compile(r">\s*\n\s*<")


def assets() -> Mapping[str, bytes]:
    """The style sheet and the scripts, as they are, with the licence of others, by their paths in the site."""
    files = sorted((_FOLDER / "assets").glob("*.*"))
    return {f"assets/{file.name}": file.read_bytes() for file in files if file.suffix in (".css", ".js", ".txt")}


def render(page: Page, site: str) -> bytes:
    """The page as a file. site: what the whole catalogue is called."""
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            parts=_side_by_side(page.sections),
            site=site,
            root="../" * page.path.count("/"),
            title=page.title,
            kind=page.kind,
            here=page.here,
            made_from=page.made_from,
            problems=page.problems,
            crumbs=[(link.text, href(link.to, page.path)) for link in page.crumbs],
            link=lambda to: href(to, page.path),
        )
    )
    return _small(html).encode()


def sources() -> bytes:
    """Everything that decides how a page becomes HTML, beside the page: under other templates it is another file."""
    files = [*sorted((_FOLDER / "templates").glob("*.j2")), *sorted(_FOLDER.glob("**/*.py"))]
    return b"\0".join(file.read_bytes() for file in files)


def _small(html: str) -> str:
    # Text is escaped, so that every `<` and `>` is one of ours.
    return _BETWEEN.sub("><", _OPTIONAL.sub("", html)).strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "text": _text,
        "parts": _parts,
        "shown": _shown,
        "numbers": _numbers,
        "slug": _slug,
        "shown_rows": _shown_rows,
    }
    environment.tests |= {"link": lambda cell: isinstance(cell, Link), "long": _long}
    environment.globals["kind_of"] = _kind_of
    return environment


def _kind_of(section: Section) -> str:
    return "Plot" if isinstance(section, Plot) else type(section).__name__


def _side_by_side(sections: Sequence[Section]) -> list[list[Section]]:
    """Plots that follow each other stand beside each other, everything else by itself."""
    runs = groupby(enumerate(sections), lambda item: -1 if isinstance(item[1], Plot) else item[0])
    return [[section for _, section in run] for _, run in runs]


def _text(text: Any) -> str:
    return cut(visible(str(text)), _LONGEST)


def _parts(text: str) -> list[str]:
    """The text cut at its backticks: words and code in turn."""
    return _CODE.split(_text(text))


def _shown(cell: Any) -> str:
    return cut(shown(cell), _LONGEST)


def _shown_rows(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Cells as a script shows them: as a report does, and nothing where there is nothing."""
    return [["" if cell is None else _shown(cell) for cell in row] for row in rows]


def _slug(title: str) -> str:
    """A title as an id that links may name."""
    return re.sub("[^a-z0-9]+", "-", title.casefold()).strip("-")


def _long(cell: Any) -> bool:
    """Whether a cell may be broken into lines."""
    return len(cell.text if isinstance(cell, Link) else shown(cell)) > _ONE_LINE


def _numbers(rows: Any, columns: Any) -> frozenset[int]:
    """The columns that hold numbers, by their positions."""
    return frozenset(index for index in range(len(columns)) if any(is_number(row[index]) for row in rows))
