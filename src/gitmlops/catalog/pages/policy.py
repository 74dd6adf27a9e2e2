"""The page of a policy: which rule it turns into code, what it asks, whom it judged, what no machine decides."""

from collections.abc import Iterator

from gitmlops.catalog import addresses
from gitmlops.catalog.addresses import outward
from gitmlops.catalog.page import Facts, Grid, Link, Page, Prose, Section, Shown, dense, grid
from gitmlops.catalog.pages import judged
from gitmlops.catalog.pages.model import shown_version, version_link
from gitmlops.catalog.shelf import Shelf
from gitmlops.definitions import Placed
from gitmlops.errors import InputError
from gitmlops.gate.rules import overview
from gitmlops.registry.files import receipts
from gitmlops.report import Report, Table
from gitmlops.specs.policy import Policy


def page(shelf: Shelf, placed: Placed[Policy]) -> Page:
    """One policy; waivers and the standing of its source as of the shelf's day."""
    spec = placed.spec
    problems: tuple[str, ...]
    verdicts = receipts.last_verdicts_among(shelf.receipts.values(), spec.id)
    try:
        report, problems = overview.shown(shelf.definitions, spec.id, verdicts, shelf.day), ()
    except InputError as error:
        report, problems = Report(spec.id), (str(error),)
    return Page(
        path=addresses.page(shelf.name, "policy", spec.id),
        title=spec.id,
        kind="policy",
        crumbs=shelf.crumbs(Link("Policies", "policies.html")),
        lead=(spec.title,),
        chips=((spec.version, ""), (f"owner {spec.owner}", "")),
        problems=problems,
        sections=(*_sections(shelf, report), *_released(shelf, spec.id), *_waivers(shelf, report)),
        made_from=shelf.made_from,
    )


def _sections(shelf: Shelf, report: Report) -> Iterator[Section]:
    if report.findings:
        yield Prose("How its source stands", tuple(finding.message for finding in report.findings), listed=True)
    yield Facts("What it is", tuple((name, _fact(name, value)) for name, value in report.facts))
    tables = {table.title: table for table in report.tables}
    if "checks" in tables:
        yield dense(grid(tables["checks"], title="What it asks"))
    if report.undecided:
        questions = dict.fromkeys(question for _, question in report.undecided)
        yield Prose("What a machine does not decide", tuple(questions), listed=True)
    if "models" in tables:
        yield grid(
            tables["models"],
            title="Last verdicts on models, on branches, too",
            rows=_linked(shelf, tables["models"], 0),
        )


def _released(shelf: Shelf, policy: str) -> Iterator[Grid]:
    """What it found of the version that stands for each model: others may have been refused since, and are nowhere."""
    rows = []
    for artifact in shelf.history.artifacts.values():
        version = shown_version(shelf, artifact)
        known = judged.found(shelf, version) if version else None
        checks = [check for check in known[1].checks if check.policy == policy] if known else []
        if version and checks:
            stages = ", ".join(stage for stage in artifact.stages if artifact.in_stage(stage) == version)
            link = version_link(shelf, artifact, version.version)
            rows.append((shelf.link("model", artifact.name), link, stages, receipts.said(checks)))
    if rows:
        yield Grid("Results of released versions", ("model", "version", "in", "result"), tuple(rows))


def _waivers(shelf: Shelf, report: Report) -> Iterator[Grid]:
    for table in (one for one in report.tables if one.title == "waivers"):
        title = f"Waivers in force, days left as of {shelf.day}"
        yield grid(table, title=title, rows=_linked(shelf, table, 1))


def _fact(name: str, value: Shown) -> Shown:
    return Link(str(value), outward(str(value))) if name == "url" and outward(str(value)) else value


def _linked(shelf: Shelf, table: Table, at: int) -> tuple[tuple[Shown, ...], ...]:
    """The rows, in which the model at a position leads to its page."""
    return tuple((*row[:at], shelf.link("model", str(row[at])), *row[at + 1 :]) for row in table.rows)
