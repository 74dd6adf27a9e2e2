"""gitmlops model list, show, history: what the tags tell."""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import missing_tags, options, tags_elsewhere, workspace
from gitmlops.cli.model.arguments import choose, choose_in, moment, production_stage_name
from gitmlops.cli.show import show as show_report

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.tags.history import Artifact, History

repo_option = click.option("--repo", "url", metavar="URL", help="Another repository, of which only the tags are read.")
at_option = click.option("--at", metavar="DATE|REF", help="As it was at a date (its end, UTC), a time or a commit.")


@click.command("list")
@at_option
@click.option(
    "--repo", "urls", metavar="URL", multiple=True, help="Another repository in place of this one; repeatable."
)
@click.option("--registries", is_flag=True, help="Those of `registries:` in gitmlops.yaml, too.")
@options.format
@options.output
def list_(at: str | None, urls: tuple[str, ...], registries: bool, format_: str, output: str | None) -> None:
    """Every model with its latest version and what is in each deployment stage, here or in several repositories."""
    from gitmlops.registry.reporting import reports
    from gitmlops.registry.tags import history
    from gitmlops.registry.verifying import suspicion

    if urls and not registries:
        told = tags_elsewhere.histories(urls)
        show_report(reports.listing_of_several(told, at=moment(None, at)), format_, output)
        return
    repo = workspace.repository()
    as_of = moment(repo, at)
    with missing_tags.minded(repo):
        here = history.read(repo)
        missing_tags.require_some(repo, here)
    if not registries:
        doubts = suspicion.of_shown(repo, here.until(as_of).artifacts.values())
        show_report(reports.listing(here, at=as_of, doubts=doubts), format_, output)
        return
    told = {repo.root.name: here, **tags_elsewhere.histories((*tags_elsewhere.registries(repo), *urls))}
    show_report(reports.listing_of_several(told, at=as_of), format_, output)


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@at_option
@repo_option
@options.format
@options.output
def show(reference: str, at: str | None, url: str | None, format_: str, output: str | None) -> None:
    """One version: its evidence, and which version is in which stage since when, by whom and why.

    And what the newest recorded run of monitoring saw: alarms, and which version really served.
    """
    from gitmlops.registry.reporting import reports
    from gitmlops.registry.verifying import suspicion

    repo = None if url else workspace.repository()
    as_of = moment(repo, at)
    artifact, chosen = choose(repo, reference, at=as_of) if repo else choose_in(_there(url), reference, at=as_of)
    watched = _watched(repo, artifact) if repo and as_of is None else ()
    doubts = suspicion.of_all(repo, artifact) if repo else reports.NO_DOUBTS
    show_report(reports.version(artifact, chosen, at=as_of, watched=watched, doubts=doubts), format_, output)


@click.command()
@click.argument("name")
@repo_option
@options.format
@options.output
def history(name: str, url: str | None, format_: str, output: str | None) -> None:
    """Everything that happened to a model, the latest first."""
    from gitmlops.registry.reporting import reports
    from gitmlops.registry.verifying import suspicion

    repo = None if url else workspace.repository()
    artifact = _here(repo, name) if repo else _there(url).artifact(name)
    doubts = suspicion.of_all(repo, artifact) if repo else reports.NO_DOUBTS
    show_report(reports.log(artifact, doubts), format_, output)


def _here(repo: "Repository", name: str) -> "Artifact":
    from gitmlops.registry.tags import history

    with missing_tags.minded(repo):
        return history.read_artifact(repo, name)


def _watched(repo: "Repository", artifact: "Artifact") -> "tuple[tuple[str, str], ...]":
    """What monitoring saw last, as this clone knows it; nothing where no run was recorded."""
    from gitmlops.cli.monitor.history import last_known
    from gitmlops.registry.reporting import serving

    last = last_known(repo, artifact.name)
    if last is None:
        return ()
    seen = (last.seen.version, last.seen.time, last.seen.outcome) if last.seen else ("", "", "")
    watched = serving.Watched(last.time, last.version, last.state, last.since, *seen, tuple(last.ended))
    return serving.facts(artifact, watched, production_stage_name(repo))


def _there(url: str | None) -> "History":
    [found] = tags_elsewhere.histories((url or "",)).values()
    return found
