"""gitmlops model bias-audit: rates and impact ratios by sex, race or ethnicity, and both, to be published."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.arguments import choose, production_stage_name
from gitmlops.cli.progress import progress
from gitmlops.cli.show import say, show
from gitmlops.errors import UsageError

if TYPE_CHECKING:
    from gitmlops.audit.bias_audit import Audited
    from gitmlops.audit.bias_tables import Asked, BiasTables
    from gitmlops.registry.tags.history import Artifact, Version


@click.command("bias-audit")
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option("--sex", required=True, help="Column of the evaluation rows.")
@click.option("--race", required=True, help="Column of race or ethnicity.")
@click.option(
    "--rate",
    type=click.Choice(["selection", "scoring"]),
    default="selection",
    show_default=True,
    help="scoring: share of scores above the median.",
)
@click.option("--unknown", multiple=True, help="A value of these columns that means: not known. May be repeated.")
@click.option("--exclude", multiple=True, metavar="'CATEGORY: REASON'", help="Leave out of the ratios; under 2 % only.")
@click.option("--source", required=True, help="Where the data are from, in words, as it is published.")
@click.option("--auditor", default="", help="Who answers for the audit, if somebody independent does.")
@click.option("--date", "day", default="", metavar="YYYY-MM-DD", help="Day of the audit.  [default: today]")
@click.option("--output", type=click.Path(path_type=Path), help="Folder, new or empty: bias-audit.html and .csv.")
@options.format
def bias_audit(
    reference: str,
    sex: str,
    race: str,
    rate: str,
    unknown: tuple[str, ...],
    exclude: tuple[str, ...],
    source: str,
    auditor: str,
    day: str,
    output: Path | None,
    format_: str,
) -> None:
    """The tables of a bias audit as New York City's Local Law 144 asks for them, of a version's evaluation rows.

    The gate scores the version again. Engineering evidence: the law asks an independent auditor to answer for it.
    """
    from gitmlops.audit import bias_audit as published
    from gitmlops.audit.bias_tables import Asked

    excluded = dict(_excluded(one) for one in exclude)
    asked = Asked(sex, race, rate, unknown, excluded)  # type: ignore[arg-type]  # click allows no other
    repo = workspace.repository()
    artifact, version = choose(repo, reference)
    with progress(f"auditing {version.name} {version.version}"):
        about, found = _audited(artifact, version, asked, source=source, auditor=auditor, day=_day(day))
    if output:
        _write(output, about, found)
    if left := published.small(found):
        say(left)
    show(published.report(about, found), format_)


def _audited(
    artifact: "Artifact", version: "Version", asked: "Asked", *, source: str, auditor: str, day: str
) -> "tuple[Audited, BiasTables]":
    from gitmlops.adapters.dvc import cache
    from gitmlops.audit import bias_tables
    from gitmlops.audit.bias_audit import Audited
    from gitmlops.gate.evidence import making
    from gitmlops.gate.sides.base_and_head import head_side
    from gitmlops.specs.model import Model

    repo = workspace.repository()
    side = head_side(repo, version.commit)
    model = side.definitions.get(Model, version.name).spec
    files = making.files(side, model, cache.of(repo))
    sample = making.sample(side, model, files, (), slices=(asked.sex, asked.race))
    found = bias_tables.measured(sample, decision=model.task.threshold, asked=asked)
    digests = (files.artifact.digest, *files.data)
    return Audited(version, day, auditor, source, _since(artifact, version), digests), found


def _since(artifact: "Artifact", version: "Version") -> str:
    """The day on which the version entered production, if it is there."""
    from datetime import UTC, datetime

    stage = production_stage_name(workspace.repository())
    event = artifact.promotion(stage) if stage else None
    if event is None or event.tag.commit != version.commit:
        return ""
    return datetime.fromtimestamp(event.tag.time, UTC).date().isoformat()


def _excluded(text: str) -> tuple[str, str]:
    category, colon, reason = text.partition(": ")
    if not (category.strip() and colon and reason.strip()):
        raise UsageError(f"{text!r} gives no reason", where="--exclude", mend="write 'CATEGORY: REASON'")
    return category.strip(), reason.strip()


def _day(text: str) -> str:
    from datetime import UTC, datetime

    from gitmlops.gate.rules.days import is_day

    if text and not is_day(text):
        raise UsageError(f"there is no day {text!r}", where="--date", mend="write e.g. 2026-11-30")
    return text or datetime.now(UTC).date().isoformat()


def _write(folder: Path, about: "Audited", found: "BiasTables") -> None:
    from gitmlops.adapters.files import require_free, write_folder
    from gitmlops.audit import bias_audit as published
    from gitmlops.render.formats import render

    require_free(folder)
    page = render(published.report(about, found), "html")
    write_folder(
        folder,
        {"bias-audit.html": page.encode(), "bias-audit.csv": published.comma_separated(found).encode()},
    )
    say(f"bias-audit.html and bias-audit.csv written to {folder}")
