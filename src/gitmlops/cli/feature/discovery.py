"""gitmlops feature search, list, show"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.features.discovery.catalogue import Entry
    from gitmlops.features.discovery.search import Shelf
    from gitmlops.specs.feature import Status


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--refresh", is_flag=True, help="Look anew at the repositories of `registries:` first.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many to show at most.")
@options.format
def search(words: tuple[str, ...], refresh: bool, limit: int, format_: str) -> None:
    """Find features, views, sources and entities by words; a misspelt word finds what it is near to.

    Searched are names, descriptions, tags, owners, columns, units and sources, of this repository, of its imports,
    and of its `registries:` as they were at the last --refresh. Exits with 1 if nothing is found.
    """
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import finish, show
    from gitmlops.features.discovery import discovery_reports
    from gitmlops.features.discovery.search import Shelf, hint, search

    repo, query = workspace.repository(), " ".join(words)
    workspace.require_project(repo)
    tree = WorkTree(repo)
    shelves = [Shelf("", _entries(tree)), *_registries(tree, refresh=refresh)]
    hits = search(shelves, query)
    report = discovery_reports.found(query, hits, most=limit, hint="" if hits else hint(shelves, query))
    show(report, format_)
    finish(report)


@click.command("list")
@click.option("--unused", is_flag=True, help="Only features that no feature set has.")
@click.option("--pii", is_flag=True, help="Only features that tell who a person is.")
@click.option("--owner", help="Only features of this owner.")
@click.option("--tag", help="Only features with this tag.")
@click.option("--status", type=click.Choice(["draft", "stable", "deprecated"]), help="Only features of this status.")
@options.format
def list_(unused: bool, pii: bool, owner: str | None, tag: str | None, status: "Status | None", format_: str) -> None:
    """List the features, with how many feature sets and models use each."""
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import show
    from gitmlops.features.discovery.discovery_reports import Wanted, listing

    repo = workspace.repository()
    workspace.require_project(repo)
    show(listing(_entries(WorkTree(repo)), Wanted(unused, pii, owner, tag, status)), format_)


@click.command("show")
@click.argument("reference", metavar="VIEW[@vN[:FEATURE]]|ON-DEMAND[@vN]")
@options.format
def show(reference: str, format_: str) -> None:
    """Show a view (its newest version, or vN), one feature, or an on-demand feature.

    Its definition, its lineage up to the data, the feature sets, models and releases that use it, its statistics.
    """
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import show as show_report
    from gitmlops.features.discovery import overview
    from gitmlops.features.versions import impact
    from gitmlops.gate.sides.released import releases
    from gitmlops.registry.tags import history

    repo = workspace.repository()
    known = workspace.definitions(repo)
    subject = overview.named(known, reference)
    released, _ = impact.uses_of_releases(repo, releases(history.read(repo)))
    show_report(overview.show(known, WorkTree(repo), subject, released), format_)


def _entries(tree: "WorkTree") -> "tuple[Entry, ...]":
    """Everything that can be found here; nothing is parsed where nothing changed since the last time."""
    from gitmlops.features.discovery import catalogue
    from gitmlops.features.versions import lock_certificate

    file, digest = workspace.git_folder(tree.repository) / "catalogue", lock_certificate.digest(tree)
    if (known := catalogue.recall(file, digest)) is not None:
        return known
    from gitmlops.features.discovery import cataloguing

    with workspace.statements(tree.repository) as statements:
        found = cataloguing.entries(workspace.definitions_in(tree), tree, statements)
    if digest:
        catalogue.keep(file, digest, found)
    return found


def _registries(tree: "WorkTree", *, refresh: bool) -> "Iterator[Shelf]":
    """What the copies of the registries hold; how old each is is told beside the result."""
    from gitmlops.cli.show import say
    from gitmlops.definitions import load_project
    from gitmlops.features.discovery import registries
    from gitmlops.features.discovery.search import Shelf

    folder, now = workspace.git_folder(tree.repository) / "registries", int(time.time())
    for url in dict.fromkeys(load_project(tree).registries):
        if refresh:
            _look(folder, url, now)
        copy = registries.recall(folder, url)
        say(registries.told(url, copy, now))
        if copy is not None:
            yield Shelf(url, copy.entries)


def _look(folder: Path, url: str, now: int) -> None:
    """Take a new copy of a registry; where that fails, the old one stays."""
    from gitmlops.cli.show import say
    from gitmlops.errors import GitmlopsError
    from gitmlops.features.discovery import registries, registry_reading
    from gitmlops.plain_text import visible

    try:
        registries.keep(folder, registry_reading.read(url, now))
    except GitmlopsError as error:
        say(f"not refreshed: {visible(str(error))}")  # names of files in it are a stranger's
