"""gitmlops audit"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.show import finish, say, show
from gitmlops.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.audit.dossier import Dossier
    from gitmlops.definitions import Definitions
    from gitmlops.registry.tags.history import Artifact, Version
    from gitmlops.report import Report
    from gitmlops.specs.policy import Policy


@click.command()
@click.argument("reference", metavar="[NAME[@VERSION|#STAGE]]", required=False)
@click.option("--all", "everything", is_flag=True, help="The inventory of every model instead of one version.")
@click.option("--at", metavar="DATE|REF", help="The inventory as it was at a date (its end, UTC), a time or a commit.")
@click.option(
    "--output", metavar="DIR|FILE", help="Of a version: the new folder for its dossier. Of --all: a file for the table."
)
@options.format
def audit(reference: str | None, everything: bool, at: str | None, output: str | None, format_: str) -> None:
    """All that a version rests on, as a folder with an index and digests; or with --all, which model is where."""
    if everything == bool(reference):
        raise UsageError("audit of what?", mend="name a version, NAME@VERSION, or give --all")
    if everything:
        show(_inventory(workspace.repository(), at), format_, output)
        return
    if at:
        raise UsageError("--at is of --all", mend="name the version that was there: `gitmlops model show NAME --at …`")
    report = _version(workspace.repository(), reference or "", Path(output) if output else None)
    show(report, format_)
    finish(report)


def _inventory(repo: "Repository", at: str | None) -> "Report":
    from gitmlops.audit import inventory
    from gitmlops.cli.model.arguments import moment
    from gitmlops.registry.tags import history
    from gitmlops.registry.verifying import suspicion

    as_of, now = moment(repo, at), int(time.time())
    base = _base(repo, now if as_of is None else as_of)
    told = history.read(repo)
    doubts = suspicion.of_shown(repo, told.until(as_of).artifacts.values())
    return inventory.report(told, base, _reader(repo), at=as_of, now=now, doubts=doubts)


def _base(repo: "Repository", at: int) -> "Definitions":
    """The definitions of the default branch as it was at a moment."""
    branch = repo.resolve(repo.default_branch())
    tip = repo.git("rev-list", "--first-parent", "--max-count=1", f"--before={at}", branch).strip()
    return _reader(repo)(tip or branch)


def _reader(repo: "Repository") -> "Callable[[str], Definitions]":
    """Definitions by commit, each read once; what is wrong in an old commit is left out."""
    from functools import cache

    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load

    return cache(lambda commit: load(CommitTree(repo, commit)))


def _version(repo: "Repository", reference: str, folder: Path | None) -> "Report":
    from gitmlops.adapters.files import require_free
    from gitmlops.audit import dossier, index
    from gitmlops.cli.model.arguments import choose
    from gitmlops.registry.verifying import suspicion
    from gitmlops.specs.model import Model

    if folder:
        require_free(folder)
    artifact, version = choose(repo, reference)
    known = _reader(repo)(version.commit)
    model = known.get(Model, version.name)
    judged = dossier.receipt_of(repo, version)
    rules = index.receipt(judged).base if judged else ""
    found = dossier.gather(repo, version, model, _made_of(repo, version, known), rules)
    policies = _policies(_reader(repo)(rules)) if rules else {}
    doubts = suspicion.of_all(repo, artifact)
    report = index.report(artifact, version, found, policies, doubts)
    if folder:
        _write(repo, folder, artifact, version, found, report, doubts)
    return report


def _policies(rules: "Definitions") -> "Mapping[str, Policy]":
    """The policies of a commit, each with the source that it turns into code, be it a pack's."""
    import msgspec

    from gitmlops.gate.rules.standing import source_of
    from gitmlops.specs.policy import Policy

    return {
        name: msgspec.structs.replace(placed.spec, source=source_of(rules, name))
        for name, placed in rules.all(Policy).items()
    }


def _made_of(repo: "Repository", version: "Version", known: "Definitions") -> "Collection[str]":
    """The paths that a version is made of; none where its commit's definitions do not fit together."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.gate.sides.affected import pieces
    from gitmlops.gate.sides.base_and_head import Side

    tree = CommitTree(repo, version.commit)
    try:
        return pieces(Side(version.commit, tree, known, pointers.read(tree)), version.name)
    except InputError:
        return ()


def _write(
    repo: "Repository",
    folder: Path,
    artifact: "Artifact",
    version: "Version",
    found: "Dossier",
    report: "Report",
    doubts: "Mapping[str, str]",
) -> None:
    """The folder, whole or not at all."""
    from gitmlops.adapters.files import write_folder
    from gitmlops.audit import index
    from gitmlops.audit.dossier import Piece
    from gitmlops.registry.reporting import reports
    from gitmlops.render.formats import render

    tag_object = repo.git("rev-parse", "--verify", "--end-of-options", f"refs/tags/{version.tag}").strip()
    name = _reader(repo)(version.commit).project
    told = index.record(
        name.project if name else "", version, tag_object, repo.tree(version.commit), found, doubts.get(version.tag, "")
    )
    pages = [
        Piece("index.html", render(report, "html").encode(), "this page"),
        Piece("README.md", render(report, "markdown").encode() + b"\n", "this page, as text"),
        Piece(
            "history.json",
            render(reports.log(artifact, doubts), "json").encode() + b"\n",
            "everything that happened to it",
        ),
        index.machine_index(told),
    ]
    everything = [*found.pieces, *pages]
    contents = {piece.path: piece.content for piece in everything}
    write_folder(folder, {**contents, index.SUMS: index.sums(everything)})
    say(f"{len(contents) + 1} files written to {folder}; begin with index.html")
