"""gitmlops feature lock, diff, impact: what each feature is by hash, what changes of it, whom that touches."""

import gc
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import Present
    from gitmlops.definitions import Definitions, Tree
    from gitmlops.features.versions.comparison import Comparison
    from gitmlops.features.versions.impact import Release, Use
    from gitmlops.report import Report


@click.command()
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit with 1 if a lock is not up to date.")
@options.staged
@options.dry_run
@options.format
def lock(check_only: bool, staged: bool, dry_run: bool, format_: str) -> None:
    """Write features/locks/: a file for each view and on-demand feature, with the hashes of what each feature is."""
    from gitmlops.cli.show import finish, say, show

    if staged and not check_only:
        raise click.UsageError("--staged looks; it needs --check")
    repo = workspace.repository()
    tree = workspace.tree(repo, staged=staged)
    if check_only:
        report = checked(tree)
        show(report, format_)
        finish(report)
        return
    current, new = _locks(tree)
    changed = [path for path in sorted({*current, *new}) if current.get(path) != new.get(path)]
    for path in changed:
        say(f"{'would be ' if dry_run else ''}{'written' if path in new else 'removed'}: {path}")
    if not dry_run:
        _write(repo, {path: new.get(path) for path in changed})
    say(f"{len(new)} locks, {len(changed)} changed")


@click.command()
@click.argument("range_", required=False, default="", metavar="[BASE[..HEAD]]")
@click.option("--check", "check_only", is_flag=True, help="Exit with 1 where somebody pins what changes.")
@options.format
@options.output
def diff(range_: str, check_only: bool, format_: str, output: str | None) -> None:
    """Name every feature that differs, how (docs, additive, behaviour, breaking), and in what.

    BASE is where the branch left the default branch, unless named; HEAD is the work tree. BASE...HEAD compares with
    where HEAD left BASE.
    """
    from gitmlops.cli.show import finish, show
    from gitmlops.features.versions import change_reports, refusals

    repo = workspace.repository()
    base, head = _ends(repo, range_)
    compared = _compared(repo, base, head)
    live, silent = _releases(repo, live=True) if check_only else ((), ())
    findings = (*refusals.find(compared, live), *refusals.unknown(compared, silent)) if check_only else ()
    report = change_reports.diff(compared.changed, base=_named(base), head=_named(head), findings=findings)
    show(report, format_, output)
    finish(report)


@click.command()
@click.argument("reference", required=False, default="", metavar="[REF|BASE..HEAD|FEATURE]")
@options.format
@options.output
def impact(reference: str, format_: str, output: str | None) -> None:
    """List the feature sets, models, released versions and owners that a change touches.

    The change is that of `feature diff` from REF (or BASE) on; for a view, a feature or a source by name it is one
    that would be made to it.
    """
    from gitmlops.adapters.git.trees import WorkTree
    from gitmlops.cli.show import show
    from gitmlops.features.versions import change_reports, hashes, impact

    repo = workspace.repository()
    known = workspace.definitions(repo)
    released, silent = _releases(repo, live=False)
    users: tuple[Use, ...]
    if named := _features(known, reference):
        described, _ = hashes.describe(known, WorkTree(repo))
        classes = dict.fromkeys(impact.downstream(named, described), "")
        users, title = (*impact.uses(known, described), *released), f"Impact of {reference}"
    else:
        base, head = _ends(repo, reference)
        compared = _compared(repo, base, head)
        classes = {one.pin: one.change.value for one in compared.changed}
        users = (*dict.fromkeys((*compared.before, *compared.after)), *released)
        title = f"Impact of the features from {_named(base)} to {_named(head)}"
    show(change_reports.impact(classes, users, silent, title=title), format_, output)


def checked(tree: "Present") -> "Report":
    """Whether the locks are what the definitions say; nothing is parsed where nothing changed since they were."""
    from gitmlops.features.versions import lock_certificate
    from gitmlops.report import Report

    file, digest = workspace.git_folder(tree.repository) / "feature-locks", lock_certificate.digest(tree)
    if lock_certificate.holds(file, digest):
        return Report("feature locks", summary=("nothing changed since they were found right",))
    from gitmlops.features.versions import locks

    current, new = _locks(tree)
    findings = locks.stale(current, new)
    if not findings:
        lock_certificate.keep(file, digest)
    return Report("feature locks", findings, summary=(f"{len(new)} locks",))


def _locks(tree: "Present") -> "tuple[Mapping[str, str], Mapping[str, str]]":
    """The locks as they are, and as they should be. Raises InputErrors with the definitions that have no hash."""
    from gitmlops.features.versions import hashes, locks

    known = workspace.definitions_in(tree)
    gc.freeze()  # the definitions live to the end: looking through them for garbage while SQL is parsed costs a tenth
    with workspace.statements(tree.repository) as statements:
        return locks.present(tree), locks.texts(hashes.of(known, tree, statements))


def _write(repo: "Repository", contents: "Mapping[str, str | None]") -> None:
    from gitmlops.adapters.files import write_atomic

    for path, text in contents.items():
        if text is None:
            (repo.root / path).unlink()
        else:
            write_atomic(repo.root / path, text.encode())


def _ends(repo: "Repository", range_: str) -> tuple[str, str]:
    """The commits of `BASE..HEAD`; the second is empty where it is the work tree."""
    base, dots, head = range_.partition("...") if "..." in range_ else range_.partition("..")
    last = repo.resolve(head) if head else repo.resolve("HEAD") if dots else ""
    if not base:
        return _left(repo, _default(repo), last or repo.resolve("HEAD")), last
    first = repo.resolve(base)
    return (_left(repo, first, last) if dots == "..." else first), last


def _default(repo: "Repository") -> str:
    from gitmlops.gate.sides.base_and_head import base_tip

    return base_tip(repo, repo.default_branch())


def _left(repo: "Repository", first: str, second: str) -> str:
    """The commit where one history left the other; the first one itself where they have none in common."""
    from gitmlops.errors import ToolError

    try:
        return repo.git("merge-base", first, second).strip()
    except ToolError:
        return first


def _compared(repo: "Repository", base: str, head: str) -> "Comparison":
    """Raises InputErrors if a definition of the head is wrong; those of the base may be."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.features.versions.comparison import compare

    base_tree = CommitTree(repo, base)
    return compare(load(base_tree), base_tree, *_head(repo, head))


def _head(repo: "Repository", commit: str) -> "tuple[Definitions, Tree]":
    from gitmlops.adapters.git.trees import CommitTree, WorkTree

    if not commit:
        return workspace.definitions(repo), WorkTree(repo)
    return workspace.definitions_at(repo, commit), CommitTree(repo, commit)


def _releases(repo: "Repository", *, live: bool) -> "tuple[tuple[Use, ...], tuple[Release, ...]]":
    from gitmlops.features.versions.impact import uses_of_releases
    from gitmlops.gate.sides.released import releases
    from gitmlops.registry.tags import history

    return uses_of_releases(repo, releases(history.read(repo), live=live))


def _features(known: "Definitions", reference: str) -> tuple[str, ...]:
    """The features that `view`, `view@vN`, `view@vN:feature`, an on-demand feature or a source gives."""
    from gitmlops.specs.feature import FeatureView, OnDemand

    found = []
    for id_, view in known.all(FeatureView).items():
        pins = [f"{id_}:{feature.name}" for feature in view.spec.features]
        whole = reference in (id_, view.spec.name, view.spec.source)
        found += [pin for pin in pins if whole or pin == reference]
    found += [id_ for id_, one in known.all(OnDemand).items() if reference in (id_, one.spec.name)]
    return tuple(found)


def _named(commit: str) -> str:
    return commit[:12] or "the work tree"
