"""gitmlops policy measure"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options
from gitmlops.specs.engine import EngineName

if TYPE_CHECKING:
    from gitmlops.gate.tables.asking import Files
    from gitmlops.specs.model import Model


@click.command("measure")
@click.argument("model", metavar="MODEL")
@click.option(
    "--predictions",
    type=options.DATA,
    help="A Parquet file or a folder of them, with id and score.  [default: `predictions` of `evaluation`]",
)
@click.option(
    "--production",
    type=options.DATA,
    help="What the version in production predicts of the same rows, for checks that compare with it.",
)
@options.engine
@options.format
@options.output
def measure(
    model: str,
    predictions: Path | None,
    production: Path | None,
    engine: EngineName | None,
    format_: str,
    output: str | None,
) -> None:
    """Hold predictions that no memory holds against the policies of MODEL; exit with 1 if one is missed.

    Evaluation rows, labels and predictions of this work tree are joined and counted by an engine. What comes out is no
    evidence for the gate, which reads predictions itself.
    """
    from gitmlops.adapters.engines.engine import opening
    from gitmlops.cli import workspace
    from gitmlops.cli.progress import progress
    from gitmlops.cli.show import finish, show
    from gitmlops.gate.rules.policies import rules
    from gitmlops.gate.tables import asking
    from gitmlops.gate.tables.counting import Predictions
    from gitmlops.gate.tables.judging import judge
    from gitmlops.gate.tables.reporting import report
    from gitmlops.specs.model import Model

    repository = workspace.repository()
    definitions = workspace.definitions(repository)
    spec = definitions.get(Model, model).spec
    asked = rules(model, definitions, definitions)
    slices = sorted({column for rule in asked if rule.check.slice for column in rule.check.slice.columns})
    files = _files(repository.root, spec, predictions)
    names = asking.Names(spec.evaluation.id, spec.task.label, spec.entity, slices)
    by = engine or (definitions.project.engine if definitions.project else "duckdb")
    released = replace(files, predictions=_found(production)) if production else None
    paths = [*files.rows, *files.labels, *files.predictions, *(released.predictions if released else ())]
    with (
        progress(f"counting {model}"),
        opening(by)(paths) as opened,
        opened.blaming(str(files.predictions[0]), "look at the three tables"),
    ):
        asking.joined(opened, files, names)
        counted = Predictions(opened, spec.entity, slices)
        theirs = None
        if released:
            asking.joined(opened, released, names, "released")
            theirs = Predictions(opened, spec.entity, slices, "released")
        results = [(rule, judge(rule, counted, theirs)) for rule in asked]
    result = report(model, str(predictions or spec.evaluation.predictions), results)
    show(result, format_, output)
    finish(result)


def _files(root: Path, model: "Model", predictions: Path | None) -> "Files":
    """Raises InputError for a model of another kind than two classes, and for a file that is not there."""
    from gitmlops.errors import InputError
    from gitmlops.gate.tables.asking import Files

    if model.task.kind != "binary":
        what = f"{model.name} is of the kind {model.task.kind}"
        raise InputError(what, where=f"models/{model.name}.yaml", mend="counts are of tasks with two classes")
    evaluation = model.evaluation
    scores = predictions or (root / evaluation.predictions if evaluation.predictions else None)
    if scores is None:
        raise InputError(f"{model.name} names no predictions", where="evaluation", mend="give --predictions FILE")
    return Files(*map(_found, (root / evaluation.data, root / evaluation.labels, scores)))


def _found(path: Path) -> tuple[Path, ...]:
    """Parquet files whose columns are those of the first one, whichever engine reads them. Raises InputError."""
    from gitmlops.adapters.data.data_files import files, types
    from gitmlops.errors import InputError

    found = files([path])
    if others := [one for one in found if one.suffix not in (".parquet", ".pq")]:
        raise InputError("rows, labels and predictions are Parquet here", where=str(others[0]), mend="write it so")
    columns = types(found[0])
    for one in found:
        if gone := sorted(columns.keys() - types(one).keys()):
            what = f"there is no column {gone[0]!r}, as there is in {found[0].name}"
            raise InputError(what, where=str(one), mend="write all files of a folder with the same columns")
    return tuple(one.resolve() for one in found)
