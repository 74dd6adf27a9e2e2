"""A page as HTML: escaped, small, the same bytes for the same page."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from gitmlops.catalog.addresses import href
from gitmlops.catalog.page import Link, Page, Plot, Section, Shown, StagesAt
from gitmlops.plain_text import cut, visible
from gitmlops.render.cells import is_number, shown

_FOLDER = Path(__file__).parent
_LONGEST, _ONE_LINE = 2_000, 20
_LEADING = 2
"""As many cells of a row, from its beginning, may stand for those below that say the same."""
_CODE = re.compile("`([^`]+)`")
# HTML asks for none of these, nor for quotes around words: they are a fifth of a page of tables.
_OPTIONAL = re.compile(r"</(?:td|th|tr|li|dt|dd|p|thead|tbody|head|body|html)>|<(?:head|body)>")
_QUOTED = re.compile(r'(?<= )([a-z0-9-]+)="([\w./:#@%-]+)"(?=[ >])', re.ASCII)
_NAMING = re.compile(r' (id|aria-labelledby)="([^"]*)"')
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
            made_from=page.made_from,
            problems=page.problems,
            crumbs=[(link.text, href(link.to, page.path)) for link in page.crumbs],
            link=lambda to: href(to, page.path),
        )
    )
    return _small(_told_apart(html)).encode()


def sources() -> bytes:
    """Everything that decides how a page becomes HTML, beside the page: under other templates it is another file."""
    files = [*sorted((_FOLDER / "templates").glob("*.j2")), *sorted(_FOLDER.glob("**/*.py"))]
    return b"\0".join(file.read_bytes() for file in files)


def _told_apart(html: str) -> str:
    """The page in which every id is of one element: a stranger's card may have a heading twice, above two tables."""
    counts: Counter[str] = Counter()

    def numbered(match: re.Match[str]) -> str:
        attribute, name = match.groups()
        counts[name] += attribute == "id"
        return f' {attribute}="{name}-{counts[name]}"' if counts[name] > 1 else match[0]

    return _NAMING.sub(numbered, html)


def _small(html: str) -> str:
    # Text is escaped, so that every `<`, `>` and `="` is one of ours.
    return _QUOTED.sub(r"\1=\2", _OPTIONAL.sub("", _BETWEEN.sub("><", html))).strip() + "\n"


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
        "slug": _slug,
        "picked": _picked,
        "merged": _merged,
    }
    environment.tests |= {"link": lambda cell: isinstance(cell, Link)}
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    environment.globals |= {"kind_of": _kind_of, "columns_as": _columns_as}
    return environment


def _kind_of(section: Section) -> str:
    return "Plot" if isinstance(section, Plot) else type(section).__name__


def _side_by_side(sections: Sequence[Section]) -> list[list[Section]]:
    """Plots that follow each other stand beside each other, everything else by itself."""
    runs = itertools.groupby(enumerate(sections), lambda item: -1 if isinstance(item[1], Plot) else item[0])
    return [[section for _, section in run] for _, run in runs]


def _text(text: Any) -> str:
    return cut(visible(str(text)), _LONGEST)


def _parts(text: str) -> list[str]:
    """The text cut at its backticks: words and code in turn."""
    return _CODE.split(_text(text))


def _shown(cell: Any) -> str:
    return cut(shown(cell), _LONGEST)


def _picked(section: StagesAt) -> dict[str, Any]:
    """Data of the date picker: each word once, and rows as the positions of theirs; nothing where there is nothing."""
    words: dict[str, int] = {}
    rows = [
        [words.setdefault("" if cell is None else _shown(cell), len(words)) for cell in row] for row in section.rows
    ]
    return {"columns": section.columns, "words": list(words), "rows": rows, "moments": section.moments}


def _merged(rows: Sequence[Sequence[Shown]]) -> list[list[tuple[Shown, int, bool]]]:
    """Cells with how many rows they stand for and whether they are the first ones of theirs.

    A row whose first cells say what those above say is without them.
    """
    left = [0, *itertools.starmap(_as_above, itertools.pairwise(rows))]
    ends = [*left[1:], 0]

    def below(index: int, place: int) -> int:
        return 1 + sum(1 for _ in itertools.takewhile(lambda repeated: repeated > place, ends[index:]))

    return [
        [(cell, below(index, place), place == 0) for place, cell in enumerate(row) if place >= left[index]]
        for index, row in enumerate(rows)
    ]


def _as_above(above: Sequence[Shown], row: Sequence[Shown]) -> int:
    pairs = zip(above[:_LEADING], row[:_LEADING], strict=True)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _slug(title: str) -> str:
    """A title as an id that links may name."""
    return re.sub("[^a-z0-9]+", "-", title.casefold()).strip("-")


def _long(cell: Any) -> bool:
    """Whether a cell may be broken into lines."""
    return len(cell.text if isinstance(cell, Link) else shown(cell)) > _ONE_LINE


def _columns_as(columns: Sequence[str], rows: Sequence[Sequence[Shown]]) -> str:
    """Classes of a table: `n2` where its second column from the right holds numbers, `t2` where that is broken up.

    From the right, because cells that say what those above them say are left out on the left.
    """
    classes = []
    for place in range(len(columns), 0, -1):
        cells = [row[-place] for row in rows]
        if any(not isinstance(cell, Link) and is_number(cell) for cell in cells):
            classes.append(f"n{place}")
        elif any(map(_long, cells)):
            classes.append(f"t{place}")
    return " ".join(classes)
