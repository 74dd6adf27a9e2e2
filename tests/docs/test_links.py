"""Every relative link of the documentation leads to a file that is there, and every anchor to a heading."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(page for page in (ROOT / "templates").rglob("*.md") if "node_modules" not in page.parts),
    ]
)
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")


def links(page: Path) -> Iterator[str]:
    text = _CODE.sub("", _FENCED.sub("", page.read_text()))
    yield from (link for link in _LINK.findall(text) if not _ELSEWHERE.match(link))


def anchors(page: Path) -> set[str]:
    """As GitHub names headings: lower case, no punctuation, hyphens for blanks, numbered where there are several."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text())):
        shown = _LINK.sub(lambda link: link[0][1 : link[0].index("]")], heading).replace("`", "")
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        numbered = (f"{name}-{number}" if number else name for number in range(1000))
        found.add(next(one for one in numbered if one not in found))
    return found


def broken(page: Path) -> Iterator[str]:
    for link in links(page):
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_relative_to(ROOT) or not target.exists():
            yield f"{page.relative_to(ROOT)}: {link}: there is no such file"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{page.relative_to(ROOT)}: {link}: there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert not [*broken(page)]


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.docs.test_links.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# A `page`, twice\n## A page, twice\n[one](other.md) [two](#a-page-twice-1) [three](#a-page) `[four](no.md)`\n"
        "[five](../out.md) [six](https://example.com/no.md)\n```\n[seven](no.md)\n```\n"
    )
    assert [*broken(page)] == [
        "page.md: other.md: there is no such file",
        "page.md: #a-page: there is no such heading",
        "page.md: ../out.md: there is no such file",
    ]
