"""gitmlops model card"""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.show import print_text, say, show
from gitmlops.render.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitmlops.audit.card_facts import CardFacts


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option("--format", "format_", type=click.Choice((*FORMATS, "cyclonedx")), default="text", help="How to show it.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write it to a file, too.")
def card(reference: str, format_: str, output: str | None) -> None:
    """The model card of a version, filled from facts: tag, definition, receipt, manifest.

    `cyclonedx`: a bill of materials for machines (CycloneDX 1.6, JSON) with the model, its data and its packages.
    """
    from gitmlops.audit import model_card
    from gitmlops.registry.verifying import suspicion

    facts = _facts(reference)
    doubts = suspicion.of_all(workspace.repository(), facts.artifact)
    if format_ != "cyclonedx":
        show(model_card.report(facts, doubts), format_, output)
        return
    _write(facts, doubts, output)


def _facts(reference: str) -> "CardFacts":
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.audit import card_facts
    from gitmlops.cli.model.arguments import choose
    from gitmlops.definitions import load

    repo = workspace.repository()
    artifact, version = choose(repo, reference)
    known = load(CommitTree(repo, version.commit))
    return card_facts.gather(repo, artifact, version, known, card_facts.receipt_of(repo, version))


def _write(facts: "CardFacts", doubts: "Mapping[str, str]", output: str | None) -> None:
    from pathlib import Path

    from gitmlops.adapters.files import write_atomic
    from gitmlops.audit import cyclonedx

    content = cyclonedx.bill(facts, doubts)
    if output is None:
        print_text(content.decode().rstrip("\n"))
        return
    write_atomic(Path(output), content)
    say(f"written to {output}")
