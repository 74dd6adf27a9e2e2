"""The catalogue as its readers see it: in a browser, from a folder, without a network."""

import json
import re
import shutil
import signal
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.browser.conftest import Looking, Site
from tests.browser.strangers import INVISIBLE, MARKUP, SCRIPT_URL, TURNED

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
MODEL = "test/models/churn.html"
VIEW = "test/features/plane_delays@v1.html"
BOXES = """plot => [...plot.children].map(mark => {
  const {left, right, top, bottom} = mark.getBoundingClientRect();
  return [mark.tagName === 'text' ? mark.textContent : '', left, right, top, bottom];
})"""
QUIET = {"preload": False}
"""The style sheet that axe would fetch may not be fetched from a folder."""


def found(page: Page, query: str) -> list[str]:
    """The names that search shows for a query."""
    answers = "performance.getEntriesByName('catalogue search').length"
    before = page.evaluate(answers)
    page.locator("#q").fill(query)
    # A page's policy lets nobody evaluate text in it, what waits for a function among them.
    while page.evaluate(answers) == before:
        page.wait_for_timeout(5)
    return page.locator("#hits .name").all_inner_texts()


def addresses(page: Page) -> list[str]:
    """Where the links of a page lead, as they are written; those of drawings, too."""
    return page.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(50):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
        if name in focused:
            return
    raise AssertionError(f"Tab never leads to {name}")


def test_a_misspelt_feature_is_found_and_opened_with_the_keyboard_alone(site: Site, looking: Looking):
    page = looking.at(site.url("index.html"))
    page.keyboard.press("/")
    page.keyboard.type("departrue dealy")
    page.locator("#hits [role=option]").first.wait_for()
    assert page.locator("#hits .name").first.inner_text() == "departure_delay"
    assert page.locator("#q").get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    chosen = page.locator("#q").get_attribute("aria-activedescendant")
    assert page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.wait_for_url("**/test/features/**")
    row = page.locator(f"[id='{urlsplit(page.url).fragment}']")
    assert "departure_delay" in row.inner_text()
    assert looking.complaints == []


def test_search_says_that_it_finds_nothing_and_closes_with_escape(site: Site, looking: Looking):
    page = looking.at(site.url(MODEL))
    assert found(page, "qqqqxxxxzzzz") == []
    assert "Nothing is found" in page.locator("#hits").inner_text()
    assert page.locator(".search [role=status]").inner_text() == "Nothing is found"
    page.keyboard.press("Escape")
    assert page.locator("#hits").is_hidden()
    assert page.locator("#q").get_attribute("aria-expanded") == "false"


def test_an_exact_name_comes_first(site: Site, looking: Looking):
    page = looking.at(site.url(MODEL))
    assert found(page, "churn")[0] == "churn"
    assert found(page, "quality")[0] == "quality"


@pytest.mark.parametrize(
    "day",
    ["2026-02-02", "2026-02-03", "2026-04-04", "2026-04-05", "2026-05-06", "2026-06-01", "2026-07-08", "2026-11-01"],
)
def test_the_date_picker_answers_what_model_show_answers(site: Site, looking: Looking, day: str):
    page = looking.at(site.url(MODEL))
    page.locator("#stages-at input").fill(day)
    heads = page.locator("#stages-at thead th").all_inner_texts()
    rows = [row.locator("th, td").all_text_contents() for row in page.locator("#stages-at tbody tr").all()]
    shown = site.repo.run("model", "show", "churn", "--at", day, "--format", "json")
    if not rows:
        assert (shown.exit_code, day) == (3, "2026-02-02")
        return
    [table] = [table for table in json.loads(shown.output)["tables"] if table["title"] == "Deployment stages"]
    assert [dict(zip(heads, row, strict=True)) for row in rows] == [
        {name: cell or "" for name, cell in row.items()} for row in table["rows"]
    ]


def test_the_date_picker_steps_from_change_to_change_and_a_link_holds_the_day(site: Site, looking: Looking):
    page = looking.at(site.url(MODEL))
    days = [page.locator("#stages-at input").input_value()]
    while page.get_by_role("button", name="Change before").is_enabled():
        page.get_by_role("button", name="Change before").click()
        days.append(page.locator("#stages-at input").input_value())
    assert days == ["2026-07-08", "2026-05-06", "2026-04-05", "2026-02-03"]
    assert page.url.endswith("#at=2026-02-03")
    looking.at(site.url("index.html"))
    looking.at(site.url(MODEL) + "#at=2026-04-20")
    assert "2026-04-20" in page.locator("#stages-at [aria-live]").inner_text()


def test_the_date_picker_and_the_graph_are_used_with_the_keyboard_alone(site: Site, looking: Looking):
    page = looking.at(site.url(MODEL))
    page.locator("#stages-at input").focus()
    tab_to(page, "Change before")
    page.keyboard.press("Enter")
    assert page.url.endswith("#at=2026-05-06")
    assert "2026-05-06" in page.locator("#stages-at [aria-live]").inner_text()
    tab_to(page, "feature set churn")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/test/sets/churn.html")
    assert looking.complaints == []


def test_every_link_of_every_page_leads_somewhere_and_to_every_page_leads_a_link(site: Site, looking: Looking):
    links: dict[str, list[str]] = {}
    ids: dict[str, set[str]] = {}
    for path in site.pages:
        page = looking.at(site.url(path))
        links[path] = [unquote(urljoin(page.url, href)) for href in addresses(page)]
        ids[unquote(page.url)] = set(page.eval_on_selector_all("[id]", "all => all.map(one => one.id)"))
    index = json.loads((site.folder / "assets/search-index.js").read_text().partition("=")[2])
    links["search"] = [unquote(urljoin(site.url("index.html"), entry[2])) for entry in index["entries"]]
    for path, hrefs in links.items():
        for href in hrefs:
            address, _, fragment = href.partition("#")
            assert address in ids, f"{path} leads to {href}"
            assert not fragment or fragment in ids[address], f"{path} leads to {href}"
    assert {href.partition("#")[0] for hrefs in links.values() for href in hrefs} == set(ids)


def test_pages_complain_of_nothing_and_ask_nobody(site: Site, looking: Looking):
    for path in site.pages:
        page = looking.at(site.url(path))
        found(page, "churn")
    assert looking.complaints == []


def test_what_strangers_write_stays_text(site: Site, looking: Looking):
    for path in site.pages:
        page = looking.at(site.url(path))
        found(page, "departure")
        for element in page.locator("summary, #stages-at button:enabled").all():
            element.click()
        assert page.evaluate("window.hacked") is None, path
        assert page.locator("main img, main iframe, main object, main b, [onerror], [onmouseover]").count() == 0, path
        shown = page.evaluate("document.body.innerText + document.title")
        assert not re.search("[\u202a-\u202e\u200b-\u200f\u2066-\u2069]", shown), path
        assert not any(href.startswith(("javascript:", "data:")) for href in addresses(page)), path
    said = {path: looking.at(site.url(path)).inner_text("body") for path in site.pages}
    view = next(text for path, text in said.items() if path.startswith("test/features/"))
    assert MARKUP in view
    assert TURNED.replace("\u202e", "\\u202e") in view
    assert INVISIBLE.replace("\u200b", "\\u200b") in view
    assert "{{ 7 * 7 }}" in view
    assert SCRIPT_URL in next(text for path, text in said.items() if path.endswith("policies/hostile.html"))
    assert MARKUP in said[MODEL]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_shuts_somebody_out(site: Site, browser: Browser, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    for path in site.one_of_each_kind():
        page.goto(site.url(path))
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found(page, "churn")
        violations = Axe().run(page, options=QUIET).response["violations"]
        told = [(one["id"], one["impact"], one["nodes"][0]["html"][:200]) for one in violations]
        assert told == [], path
    context.close()


@pytest.mark.parametrize("width", [375, 320, 768])
def test_no_page_is_wider_than_its_window(site: Site, browser: Browser, width: int):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in site.one_of_each_kind():
        page.goto(site.url(path))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_both_colour_schemes_are_really_two(site: Site, looking: Looking, looking_in_the_dark: Looking):
    colours = [
        one.at(site.url(MODEL)).evaluate("getComputedStyle(document.body).backgroundColor")
        for one in (looking, looking_in_the_dark)
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_a_plot_is_seen_and_said(site: Site, looking: Looking):
    page = looking.at(site.url(MODEL))
    plot = page.get_by_role("img", name="Which version was where: 5 times a version was in one of 2 deployment stages.")
    bars = [bar.bounding_box() for bar in plot.locator("rect").all()]
    assert len(bars) == 5
    frame = plot.bounding_box()
    for bar in bars:
        assert bar["width"] > 20
        assert frame["x"] <= bar["x"] < bar["x"] + bar["width"] <= frame["x"] + frame["width"]
    assert "v1.1.0 in prod, 2026-05-06T23:59:59Z to 2026-07-08T00:00:00Z" in plot.locator("title").all_text_contents()


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_of_a_plot_is_outside_of_its_frame_or_on_top_of_its_words(site: Site, browser: Browser, width: int):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    titles = []
    for path in (MODEL, VIEW):
        page.goto(site.url(path))
        for plot in page.get_by_role("img").all():
            titles.append(plot.get_attribute("aria-label").partition(":")[0])
            frame, boxes = plot.bounding_box(), plot.evaluate(BOXES)
            for text, left, right, top, bottom in boxes:
                assert frame["x"] - 2 <= left <= right <= frame["x"] + frame["width"] + 2, (titles[-1], text)
                assert frame["y"] - 1 <= top <= bottom <= frame["y"] + frame["height"] + 1, (titles[-1], text)
            written = [box for box in boxes if box[0]]
            for one, other in combinations(written, 2):
                assert not _overlap(one, other), (titles[-1], one, other)
    assert {"Which version was where", "quality/fair", "roc_auc by window", "Predictions by window"} < {*titles}
    assert {"Columns beyond their threshold", "departure_delay", "wind_speed"} < {*titles}
    context.close()


def _overlap(one: list, other: list) -> bool:
    """Whether two texts stand on each other; letters seldom fill the height of their line."""
    across = min(one[2], other[2]) - max(one[1], other[1])
    down = min(one[4], other[4]) - max(one[3], other[3])
    return across > 1 and down > 5


def test_a_served_catalogue_behaves_as_one_that_lies_in_a_folder(site: Site, looking: Looking, tmp_path: Path):
    command = [sys.executable, "-m", "gitmlops", "catalog", "serve", "--output", str(tmp_path / "site")]
    with subprocess.Popen(command, cwd=site.repo.root, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()
        page = looking.at(address)
        looking.complaints.clear()  # of the address of the server, which is no folder
        assert found(page, "departrue") == ["departure_delay"]
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}test/features/**")
        looking.at(urljoin(address, f"{MODEL}#at=2026-04-20"))
        assert "2026-04-20" in page.locator("#stages-at [aria-live]").inner_text()
        assert [one for one in looking.complaints if not one.startswith(f"asks for {address}")] == []
        server.send_signal(signal.SIGINT)


def test_paper_shows_the_table_and_neither_menu_nor_search(site: Site, looking: Looking):
    page = looking.at(site.url("inventory.html"))
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".top").is_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
    assert "churn" in page.locator("tbody").first.inner_text()
    assert page.pdf()[:5] == b"%PDF-"


def test_a_page_is_whole_without_scripts(site: Site, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url(MODEL))
    assert page.locator(".search").count() == 0
    assert "v1.1.0" in page.locator("main").inner_text()
    assert page.locator("table[aria-labelledby]").count() > 2
    page.locator(".top a").click()
    for name in ("models", "features", "policies", "inventory"):
        assert page.locator(f"main a[href='{name}.html']").count() > 0
    context.close()


def test_a_long_table_is_sorted_and_filtered(site: Site, browser: Browser, tmp_path: Path):
    shutil.copytree(site.folder, tmp_path / "site")
    file = tmp_path / "site/models.html"
    text = file.read_text()
    row = re.search(r"<tbody>(<tr.*?)</table>", text, re.DOTALL)[1]
    file.write_text(
        text.replace(row, "".join(row.replace("churn</a>", f"churn-{number}</a>", 1) for number in range(20)))
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    names = page.locator("tbody tr:visible th")
    page.get_by_role("button", name="model").click()
    page.get_by_role("button", name="model").click()
    assert names.all_inner_texts()[:3] == ["churn-19", "churn-18", "churn-17"]
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    page.get_by_label("Show rows with").fill("churn-7")
    assert names.all_inner_texts() == ["churn-7"]
    assert "1 of 20 rows" in page.locator(".filter").inner_text()
    context.close()


def test_search_over_thousands_of_entries_answers_while_one_types(site: Site, looking: Looking, tmp_path: Path):
    shutil.copytree(site.folder, tmp_path / "site")
    (tmp_path / "site/assets/search-index.js").write_text(f"catalogIndex = {json.dumps(_thousands())}\n")
    page = looking.at((tmp_path / "site/index.html").as_uri())
    assert found(page, "origin")
    for query in ("orign dealy mean", "carrier_cancel_max_365d", "wnid", "delay", "wether of the route", "mdoel 17"):
        page.locator("#q").fill("")
        page.locator("#q").press_sequentially(query)
        assert found(page, query), query
    took = sorted(page.evaluate("performance.getEntriesByName('catalogue search').map(one => one.duration)"))
    assert len(took) > 60
    assert took[len(took) * 9 // 10] <= 100, f"milliseconds: {took}"


def _thousands() -> dict[str, object]:
    """What search knows of 2,000 features, 200 models and 400 other things."""
    parts = (
        ("origin", "carrier", "route", "tail", "dest"),
        ("delay", "cancel", "wind", "taxi"),
        ("mean", "max", "std", "count"),
    )
    names = ["_".join((*name, f"{days}d")) for name in product(*parts) for days in range(7, 7 * 26, 7)]
    entries = [
        [0, name, "index.html", 0, f"{name.replace('_', ' of the ')}, weather of days, in minutes"] for name in names
    ]
    entries += [[3, f"model-{number}", "index.html", 0, "Warns of delays on a route"] for number in range(200)]
    entries += [[5, f"policy-{number}", "index.html", 0, "Fair to each group of carriers"] for number in range(400)]
    assert len(entries) == 2_600
    kinds = ["feature", "feature view", "feature set", "model", "version", "policy", "pipeline", "component"]
    return {"kinds": kinds, "repositories": ["one"], "entries": entries}
