"""gitmlops pipeline list, show and graph"""

from typing import TYPE_CHECKING

import click

from gitmlops.cli import options

if TYPE_CHECKING:
    from gitmlops.definitions import Definitions
    from gitmlops.pipelines.planning.plan import PlannedStep


@click.command("list")
@options.format
def list_pipelines(format_: str) -> None:
    """List the pipelines of the repository, and the models that they make."""
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.report import Report, Table
    from gitmlops.specs.model import Model
    from gitmlops.specs.pipeline import Pipeline

    known = definitions(repository())
    models = [placed.spec for placed in known.all(Model).values()]
    rows = tuple(
        (name, len(placed.spec.steps), ", ".join(m.name for m in models if m.pipeline == name), placed.spec.description)
        for name, placed in sorted(known.all(Pipeline).items())
    )
    show(Report("Pipelines", tables=(Table("", ("pipeline", "steps", "models", "description"), rows),)), format_)


@click.command("show")
@click.argument("name")
@options.format
def show_pipeline(name: str, format_: str) -> None:
    """Show the parameters and steps of pipeline NAME: what each uses, reads and writes."""
    from gitmlops.cli.show import show
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.pipelines.showing.overview import overview
    from gitmlops.specs.model import Model
    from gitmlops.specs.pipeline import Pipeline

    known = definitions(repository())
    placed = known.get(Pipeline, name)
    models = sorted(item.spec.name for item in known.all(Model).values() if item.spec.pipeline == name)
    show(overview(placed, _planned(known, name), models), format_)


@click.command("graph")
@click.argument("name", required=False)
@click.option("--format", "format_", type=click.Choice(["text", "mermaid", "svg"]), default="text", help="How to draw.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write the drawing to this file.")
def graph(name: str | None, format_: str, output: str | None) -> None:
    """Draw what runs after what in pipeline NAME (in all of them without a NAME), with the data that come from outside.

    GitHub draws Mermaid in Markdown, between ```mermaid and ```.
    """
    from pathlib import Path

    from gitmlops.adapters.files import write_atomic
    from gitmlops.cli.show import print_text, say
    from gitmlops.cli.workspace import definitions, repository
    from gitmlops.pipelines.showing import drawing
    from gitmlops.pipelines.showing.graph import graph_of

    drawn = drawing.FORMATS[format_](graph_of(_planned(definitions(repository()), name)))
    if output is None:
        print_text(drawn)
        return
    write_atomic(Path(output), drawn.encode() + b"\n")
    say(f"written to {output}")


def _planned(known: "Definitions", name: str | None) -> tuple["PlannedStep", ...]:
    """The steps of a pipeline, or of all. Raises InputErrors with all that is wrong with their wiring."""
    from gitmlops.pipelines.planning.plan import plan, plan_all
    from gitmlops.pipelines.wiring import check as wiring
    from gitmlops.report import raise_errors
    from gitmlops.specs.pipeline import Pipeline

    placed = known.get(Pipeline, name) if name else None
    raise_errors(wiring.check(known))
    return plan(known, placed) if placed else plan_all(known)
