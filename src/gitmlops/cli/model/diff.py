"""gitmlops model diff: two versions of a model side by side."""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model import features as model_features
from gitmlops.cli.show import show

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions
    from gitmlops.registry.tags.history import Version
    from gitmlops.report import Finding, Report, Table


@click.command()
@click.argument("before", metavar="NAME[@VERSION|#STAGE]")
@click.argument("after", metavar="[NAME]@VERSION|#STAGE")
@options.format
@options.output
def diff(before: str, after: str, format_: str, output: str | None) -> None:
    """What differs from one version of a model to another, e.g. `model diff churn#prod @v1.2.0`.

    What the gate found, metrics, parameters, features, data, policies, packages, code, and the commits between them.
    """
    from gitmlops.adapters.git import log
    from gitmlops.cli.model.arguments import choose
    from gitmlops.registry.comparing import differences, sides
    from gitmlops.registry.tags import references
    from gitmlops.registry.verifying import suspicion
    from gitmlops.report import Report

    repo = workspace.repository()
    name = references.parse(before).artifact
    artifact, old = choose(repo, before)
    other, new = choose(repo, f"{name}{after}" if after.startswith(("@", "#")) else after)
    if other.name != artifact.name:
        raise click.UsageError(f"{artifact.name} and {other.name} are two models; compare versions of one")
    definitions = [_definitions(repo, version) for version in (old, new)]
    one, two = (sides.gather(repo, version, known) for version, known in zip((old, new), definitions, strict=True))
    ran = _runs(repo, old, new)
    features, unknown = _features(repo, artifact.name, old, new, definitions)
    tables = (
        differences.verdicts(one, two),
        *map(differences.shortened, ran.tables),
        features,
        differences.data(one, two),
        differences.profile(one, two),
        differences.policies(one, two),
        differences.environment(one, two),
        differences.code(one, two),
        differences.commits(
            one, two, log.only_in(repo, new.commit, old.commit), log.only_in(repo, old.commit, new.commit)
        ),
    )
    report = Report(
        f"{artifact.name}: {old.version} → {new.version}",
        findings=(*one.unread, *two.unread, *unknown, *ran.findings),
        facts=differences.facts(artifact, one, two, suspicion.of_all(repo, artifact)),
        tables=tuple(table for table in tables if table.rows),
        next_action=f"See all metrics and the plots: `gitmlops pipeline compare {old.tag} {new.tag}`.",
        outcomes=("compared", "refused"),
    )
    show(report, format_, output)


def _definitions(repo: "Repository", version: "Version") -> "Definitions":
    """Whatever is wrong with some of them: an old commit was written for an older release."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load

    return load(CommitTree(repo, version.commit))


def _runs(repo: "Repository", old: "Version", new: "Version") -> "Report":
    """Metrics, parameters and plots of both commits; without a DVC that was tested, a word that they are left out."""
    from gitmlops.adapters.dvc import command as dvc
    from gitmlops.adapters.dvc import versions
    from gitmlops.errors import InputError, ToolError
    from gitmlops.report import Finding, Report, Severity

    try:
        dvc.require_installed()
        dvc.require(repo)
        versions.require_tested("comparing metrics and parameters")
        from gitmlops.adapters.dvc.internal.differences import between
        from gitmlops.pipelines.showing import comparison

        names = (old.version, new.version)
        shas = (old.commit, new.commit)
        named = dict(zip(shas, names, strict=True))
        return comparison.report(*names, between(repo, *shas), shas=shas, named=named)
    except (InputError, ToolError) as error:
        what = f"metrics and parameters are not compared: {error.what}"
        return Report("", findings=(Finding("unread", Severity.WARNING, what, mend=error.mend),))


def _features(
    repo: "Repository", name: str, old: "Version", new: "Version", definitions: "list[Definitions]"
) -> "tuple[Table, tuple[Finding, ...]]":
    """What became of the features that the model reads."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.errors import InputErrors
    from gitmlops.features.versions import comparison
    from gitmlops.features.versions.changes import Change
    from gitmlops.report import Finding, Severity, Table

    columns = ("feature", "change", "what changed")
    was, now = (model_features.pins(known, name) for known in definitions)
    trees = [CommitTree(repo, version.commit) for version in (old, new)]
    try:
        compared = comparison.compare(definitions[0], trees[0], definitions[1], trees[1])
    except InputErrors as errors:
        what = f"features are not compared: {errors.errors[0]}"
        return Table("Features", columns, ()), (Finding("unread", Severity.WARNING, what),)
    differ = {one.pin: one for one in compared.changed if one.change is not Change.DOCS}
    rows = tuple(
        (pin, word, "; ".join(differ[pin].details) if pin in differ and word == "changed" else None)
        for pin in dict.fromkeys((*was, *now))
        for word in ["added" if pin not in was else "removed" if pin not in now else "changed" if pin in differ else ""]
        if word
    )
    return Table("Features", columns, rows), ()
