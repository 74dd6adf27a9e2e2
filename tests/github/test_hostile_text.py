"""Text of strangers that leaves for GitHub stays text: rendered by GitHub's own Markdown, read as a runner reads."""

import re
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st
from tests.github.asking import ask
from tests.github.rest import Rest
from tests.unit.render.reports import HOSTILE, HOSTILE_REPORT

from gitmlops.adapters.github import annotations, checks, comments, deployments, issues, pull_requests, releases
from gitmlops.adapters.github.annotations import Annotation, Level
from gitmlops.plain_text import cut, markdown, marker, visible
from gitmlops.render.formats import render

TEXTS = (
    HOSTILE,
    "@jane @acme/owners cc @jane",
    "<img src=x onerror=alert(1)><!-- x --><details><b>y",
    "</td></table><script>alert(1)</script>",
    "[a](https://evil.example) ![b](http://evil.example/x.png) <https://evil.example>",
    "https://evil.example www.evil.example evil@example.com ftp://evil.example HTTPS://EVIL.EXAMPLE",
    "mailto:evil@example.com xmpp:evil@example.com",
    "#12 GH-12 gh-3 acme/shop#12 acme/shop@0123456789abcdef0123456789abcdef01234567",
    "fixes #12, closes acme/shop#3, 0123456789abcdef",
    "a|b || c \\| d",
    "```js\nalert(1)\n``` ~~~ `x` ``y``",
    "- a\n* b\n+ c\n1. d\n# e\n> f\n---\n===\n    g",
    "**a** _b_ ~~c~~ a_b_c __d__ *e",
    "$a$ $$b$$ `$c$`",
    "&lt;b&gt; &#64;jane &commat;jane &#x40;jane",
    "\u202egnp.exe \u2066x\u2069 a\u200bb \u00adc",
    "\x00\x1b[31mred\x1b[0m\x07",
    "::error::x ##[add-mask]x\n::set-output name=x::y",
    ":tada: :+1: [ci skip] [^1] [x]: https://evil.example",
    "- [ ] task\n- [x] done",
    "\\",
    "a\\\n| x | y |\n| - | - |",
    "",
)
# What links by itself where GitHub shows text that is no code.
LINKING = re.compile(
    r"@\w|#\d|\bgh-\d|(?:https?|ftp)://|\bwww\.\w|(?<![\w-])(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}(?![\w-])", re.I
)
BREAK = "\u200b"


class Page(HTMLParser):
    """What a reader of rendered Markdown meets: its elements, its text, and the text that is not code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = self.prose = ""
        self.hidden: list[str] = []
        self._code = 0
        rendered = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
        self.feed(rendered)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_data(self, text: str) -> None:
        self.text += text
        self.prose += " " if self._code else text

    def handle_comment(self, text: str) -> None:
        self.hidden.append(text)


def squeezed(text: str) -> str:
    return " ".join(text.replace(BREAK, "").split())


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("- ", ""), ("## ", ""), ("| a |\n| --- |\n| ", " |"), ("see ", " there"), ("**", "**"), ("> ", "")],
    ids=["line", "item", "heading", "cell", "sentence", "bold", "quotation"],
)
@pytest.mark.parametrize("text", [text for text in TEXTS if text])
def test_a_name_is_shown_as_it_is_wherever_it_stands(text, before, after):
    page, empty = Page(f"{before}{markdown(text)}{after}"), Page(f"{before}x{after}")
    assert {*page.elements} - {*empty.elements} <= {"code", "span"}
    assert not page.hidden
    assert not LINKING.search(page.prose)
    assert squeezed(visible(text)) in squeezed(page.text)


MARKS = st.lists(st.sampled_from([*"@#|<>[]()!`~*_$&;:/\\-+=. \n\t\u202e1aw", "www.", "http:", "GH-"]), max_size=40)


@given(MARKS.map("".join))
def test_no_mixture_of_marks_becomes_markup(text):
    page = Page(f"| a |\n| --- |\n| x{markdown(text)}x |")
    assert {*page.elements} <= {"table", "thead", "tbody", "tr", "th", "td", "code", "span"}
    assert page.elements.count("td") == 1
    assert not re.search(r"@\w|#\d|(?:https?|ftp)://", page.prose)


@pytest.mark.parametrize("key", ["a-->b", "--><script>", "x\ny", "a--b---c", "\u202e", "<!--", "-", ""])
def test_a_marker_is_one_comment_that_nobody_sees(key):
    page = Page(f"{marker(key)}\ntext")
    assert (page.elements, squeezed(page.text)) in ((["p"], "text"), ([], "text"))
    assert len(page.hidden) == 1


@pytest.fixture
def ada(github, acme_shop):
    return ask(github.url, github.token("ada"))


def test_a_report_full_of_hostile_names_is_a_harmless_comment(ada, acme_shop):
    issue = issues.upsert(ada, "talk", "Talk", "x")
    comments.upsert(ada, issue.number, f"gate {HOSTILE}", render(HOSTILE_REPORT, "markdown"))
    [comment] = acme_shop.comments.values()
    page = Page(comment.body)
    assert not {*page.elements} & {"a", "img", "script", "em", "del", "input", "iframe", "details"}
    assert not LINKING.search(page.prose)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", comment.body)
    assert len(page.hidden) == 1


LONG = ("@a" * 400, "#1 " * 400, "x" * 400, "\U0001f680" * 400, "\u202e" * 400, ":tada:" * 99)


@pytest.mark.parametrize("text", [*filter(None, TEXTS), *LONG])
def test_titles_mention_and_link_nothing(ada, github, acme_shop, text):
    Rest(github.url, ada.access.token.reveal()).post(
        "/repos/acme/shop/git/refs",
        {"ref": "refs/tags/v1", "sha": acme_shop.branch("main")},
    )
    titles = (
        issues.upsert(ada, "k", text, "x").title,
        pull_requests.upsert(ada, pull_requests.Proposal("feature", "main", text, "x", "k"))[0].title,
        releases.upsert(ada, releases.Notes("v1", text, "x")).name or "",
    )
    for title in titles:
        assert not re.search(
            r"(?<!\w)@\w|#\d|(?:https?|ftp)://|\[ci skip\]|[\x00-\x1f\u202a-\u202e\u2066-\u2069]", title
        )
        assert len(title) <= 256
        assert squeezed(visible(text)).startswith(squeezed(title).rstrip("…"))
        assert title.endswith("…") or text not in LONG


def test_what_github_shows_without_markup_is_one_visible_line(github, acme_shop):
    github.collaborator("acme/shop", "github-actions[bot]")
    robot = ask(github.url, github.token("github-actions[bot]"))
    commit = acme_shop.branch("main")
    remark = Annotation(Level.ERROR, HOSTILE, HOSTILE, "a.py")
    checks.publish(robot, checks.Check("gate", commit, "1", "failure", HOSTILE, "x", annotations=[remark]))
    deployments.ensure(robot, deployments.Wanted(commit, "production", "deploy", HOSTILE))
    [run], [deployment] = acme_shop.checks, acme_shop.deployments.values()
    written = run.annotations[0]
    for text in (run.output["title"], written["title"], written["message"], deployment.body["description"]):
        assert text.rstrip("…") in visible(HOSTILE)
        assert not re.search("[\x00-\x1f\u202a-\u202e]", text)


def properties_of(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as actions/runner reads it: level, properties, message."""
    found = re.fullmatch(r"::(\w+)(?: ([^\n]*?))?::([^\r\n]*)", line)
    assert found, line
    pairs = (pair.split("=", 1) for pair in (found[2] or "").split(",") if pair)
    return found[1], {name: _unescaped(value, property=True) for name, value in pairs}, _unescaped(found[3])


def _unescaped(text: str, *, property: bool = False) -> str:
    escapes = {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if property else {}), "%25": "%"}
    for escaped, plain in escapes.items():
        text = text.replace(escaped, plain)
    return text


@pytest.mark.parametrize("text", [*TEXTS, "100%, 5%0A: a=b,c::d", "%2C%3A"])
def test_an_annotation_is_one_command_whatever_it_says(text):
    [line] = annotations.commands([Annotation(Level.ERROR, text, text, text, 3, 4)])
    level, properties, message = properties_of(line)
    assert level == "error"
    assert message == visible(text)
    assert {*properties} <= {"file", "line", "col", "title"}
    assert properties.get("title", "") == cut(visible(text), 200)


def test_ten_of_a_level_are_shown_the_worst_first_and_the_others_are_counted():
    remarks = [Annotation(level, f"{level.value} {n}", path="a.py") for n in range(25) for level in reversed(Level)]
    lines = list(annotations.commands(remarks))
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert [line.rpartition("::")[2] for line in lines[:9]] == [f"error {n}" for n in range(9)]
    assert lines[9] == "::error title=gitmlops::16 more of this level: see the summary of the job"


def test_ten_that_have_room_are_all_shown():
    lines = list(annotations.commands([Annotation(Level.NOTICE, str(n)) for n in range(10)]))
    assert lines == [f"::notice ::{n}" for n in range(10)]
