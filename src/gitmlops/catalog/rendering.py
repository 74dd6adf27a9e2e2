"""A page as HTML: escaped, small, the same bytes for the same page."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from gitmlops.catalog import graph
from gitmlops.catalog.addresses import href
from gitmlops.catalog.page import Link, Page, Section
from gitmlops.plain_text import cut, visible
from gitmlops.render.cells import is_number, shown

_FOLDER = Path(__file__).parent
_LONGEST = 2_000
_CODE = re.compile("`([^`]+)`")
# HTML asks for none of these ends: they are a tenth of a page of tables.
_OPTIONAL = re.compile(r"</(?:td|th|tr|li|dt|dd|thead|tbody)>")
_BETWEEN = re.compile(r">\s*\n\s*<")


def assets() -> Mapping[str, bytes]:
    """The style sheet and the scripts, as they are, by their paths in the site."""
    files = sorted((_FOLDER / "assets").glob("*.*"))
    return {f"assets/{file.name}": file.read_bytes() for file in files if file.suffix in (".css", ".js")}


def render(page: Page, site: str) -> bytes:
    """The page as a file. site: what the whole catalogue is called."""
    root = "../" * page.path.count("/")
    html = _environment().get_template("page.html.j2").render(
        page=page, site=site, root=root, title=page.title, kind=page.kind, here=page.here, made_from=page.made_from,
        problems=page.problems, crumbs=[(link.text, href(link.to, page.path)) for link in page.crumbs],
        link=lambda to: href(to, page.path),
    )  # fmt: skip
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
        "placed": graph.placed,
    }
    environment.tests |= {"link": lambda cell: isinstance(cell, Link), "number": is_number}
    environment.globals["kind_of"] = _kind_of
    return environment


def _kind_of(section: Section) -> str:
    return type(section).__name__


def _text(text: Any) -> str:
    return cut(visible(str(text)), _LONGEST)


def _parts(text: str) -> list[str]:
    """The text cut at its backticks: words and code in turn."""
    return _CODE.split(_text(text))


def _shown(cell: Any) -> str:
    return cut(shown(cell), _LONGEST)


def _numbers(rows: Any, columns: Any) -> frozenset[int]:
    """The columns that hold numbers, by their positions."""
    return frozenset(index for index in range(len(columns)) if any(is_number(row[index]) for row in rows))
