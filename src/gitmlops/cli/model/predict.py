"""gitmlops model predict: a table scored with a version, as a prediction log."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.model.arguments import choose
from gitmlops.cli.progress import progress
from gitmlops.cli.show import show
from gitmlops.errors import InputError

if TYPE_CHECKING:
    import pandas

    from gitmlops.definitions import Definitions
    from gitmlops.specs.model import Model


@click.command()
@click.argument("reference", metavar="NAME[@VERSION|#STAGE]")
@click.option("--entities", required=True, type=click.Path(path_type=Path), help="Parquet: what to predict, and when.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="Parquet: the prediction log.")
@options.format
def predict(reference: str, entities: Path, output: Path, format_: str) -> None:
    """Score a table: the version's features at each row's own time, its model, and a prediction log for monitoring."""
    from gitmlops.adapters.data import tables
    from gitmlops.components.score.prediction_log import prediction_log
    from gitmlops.features.join.retrieval import retrieve
    from gitmlops.features.wiring import selection
    from gitmlops.registry.files import delivery
    from gitmlops.registry.files.contents import Contents
    from gitmlops.registry.reporting import outcomes
    from gitmlops.specs.model import Model

    repo = workspace.repository()
    _, version = choose(repo, reference)
    definitions = workspace.definitions_at(repo, version.commit)
    model = definitions.get(Model, version.name).spec
    feature_set = _feature_set(model)
    time = _time_column(definitions, model, feature_set)
    contents = Contents(repo, version.commit)
    with progress(f"predicting with {version.name} {version.version}"):
        delivery.bring(contents, model.artifact)
        files = delivery.gather(contents, version, model.artifact)
        rows = _needed(tables.read(entities), definitions, model, feature_set, time, entities)
        engine = definitions.engine
        frame = retrieve(repo.root, definitions, rows, feature_set=feature_set, time=time, engine=engine)
        features = selection.columns(definitions, feature_set)
        log = prediction_log(frame, files[model.artifact], model=model, features=features, version=version, time=time)
        tables.write(log, output)
    show(outcomes.predicted(version, rows=len(log), output=str(output)), format_)


def _feature_set(model: "Model") -> str:
    """The set whose features are computed for each row. Raises InputError."""
    if model.feature_set is None:
        mend = "name a `feature_set:`, or score with its own code"
        raise InputError(f"{model.name} has no feature set: nothing says how its columns are computed", mend=mend)
    return model.feature_set


def _time_column(definitions: "Definitions", model: "Model", feature_set: str) -> str:
    """The column that the model's pipeline takes for the time of a row, where it computes the features."""
    from gitmlops.specs.pipeline import Pipeline

    if model.pipeline is None:
        what = f"no pipeline makes {model.name}, which would say at which time its features are computed"
        raise InputError(what, mend="name its `pipeline:`, or score with its own code")
    pipeline = definitions.get(Pipeline, model.pipeline)
    for step in pipeline.spec.steps.values():
        named = step.arguments.get("time")
        if step.arguments.get("feature_set") == feature_set and isinstance(named, str):
            return named
    message = f"no step of the pipeline {model.pipeline} computes {feature_set} at a `time:`"
    raise InputError(message, where=str(pipeline.at("steps")), mend="add a step that uses gitmlops/features")


def _needed(
    entities: "pandas.DataFrame", definitions: "Definitions", model: "Model", feature_set: str, time: str, path: Path
) -> "pandas.DataFrame":
    """The columns that matter; others may be called like a feature."""
    from gitmlops.features.wiring import selection
    from gitmlops.specs.hints import nearest

    keys = [key.name for key in selection.keys(definitions, feature_set)]
    features = set(selection.columns(definitions, feature_set))
    slices = [name for name in model.evaluation.slices if name not in features]
    wanted = list(dict.fromkeys([model.evaluation.id, time, *keys, *slices]))
    also = [name for name in (model.entity,) if name in entities.columns and name not in (*wanted, *features)]
    if entities.empty:
        raise InputError("has no rows", where=str(path), mend="name a table of what to predict")
    for name in wanted:
        if name not in entities.columns:
            mend = nearest(name, [str(column) for column in entities.columns])
            raise InputError(f"the entity rows have no column {name!r}", where=str(path), mend=mend)
    return entities[[*wanted, *also]]
