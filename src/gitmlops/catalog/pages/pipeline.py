"""The page of a pipeline: its steps as a graph and a table, its parameters, the models that it makes."""

from collections.abc import Iterator, Sequence

from gitmlops.catalog import addresses
from gitmlops.catalog.page import Grid, Link, Page, Section, Shown, grid
from gitmlops.catalog.pages import component
from gitmlops.catalog.plots.graph import Graph, Node
from gitmlops.catalog.shelf import Shelf
from gitmlops.definitions import Placed
from gitmlops.errors import InputError
from gitmlops.pipelines.planning.plan import PlannedStep, plan
from gitmlops.pipelines.showing.graph import graph_of
from gitmlops.pipelines.showing.overview import overview
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline


def page(shelf: Shelf, placed: Placed[Pipeline]) -> Page:
    """One pipeline; where its wiring is wrong, its parameters and what is wrong."""
    spec, problems = placed.spec, [line for line in shelf.wiring if line.startswith(f"{placed.path}:")]
    try:
        steps = () if shelf.wiring else plan(shelf.definitions, placed)
    except InputError as error:
        steps, problems = (), [*problems, str(error)]
    return Page(
        path=addresses.page(shelf.name, "pipeline", spec.name),
        title=spec.name,
        kind="pipeline",
        crumbs=shelf.crumbs(Link("Pipelines", "pipelines.html")),
        lead=(spec.description,) if spec.description else (),
        problems=tuple(problems),
        sections=tuple(_sections(shelf, placed, steps)),
        made_from=shelf.made_from,
    )


def _sections(shelf: Shelf, placed: Placed[Pipeline], steps: Sequence[PlannedStep]) -> Iterator[Section]:
    models = sorted(name for name, one in shelf.definitions.all(Model).items() if one.spec.pipeline == placed.spec.name)
    note = "" if models else "No model names it."
    yield Grid("Models that it makes", ("model",), tuple((shelf.link("model", name),) for name in models), note=note)
    if steps:
        yield _graph(shelf, steps)
    for table in overview(placed, steps, models).tables:
        yield grid(table, rows=_linked(shelf, steps, table.rows)) if table.title == "Steps" else grid(table)


def _graph(shelf: Shelf, steps: Sequence[PlannedStep]) -> Graph:
    drawn, uses = graph_of(steps), {step.step: step.contract.uses for step in steps}
    nodes = tuple(
        Node(
            node.label,
            "step" if node.is_step else "data",
            node.level,
            component.address(shelf, uses.get(node.label.partition(" (")[0], "")) if node.is_step else "",
        )
        for node in drawn.nodes
    )
    return Graph("Its steps", nodes, tuple((edge.source, edge.target) for edge in drawn.edges))


def _linked(
    shelf: Shelf, steps: Sequence[PlannedStep], rows: Sequence[tuple[Shown, ...]]
) -> tuple[tuple[Shown, ...], ...]:
    """The rows of steps, in which a component leads to its page."""
    return tuple((row[0], _component(shelf, step, row[1]), *row[2:]) for step, row in zip(steps, rows, strict=True))


def _component(shelf: Shelf, step: PlannedStep, shown: Shown) -> Shown:
    to = component.address(shelf, step.contract.uses)
    return Link(str(shown), to) if to else shown
