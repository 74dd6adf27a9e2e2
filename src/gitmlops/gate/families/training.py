"""The rows that a model was trained on, found by what `dvc.lock` says of the stage that made its file."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas

from gitmlops.adapters.data import tables
from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.dvc.pointers import Output, Stage
from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.statistics.classification import Unmeasurable

_TABLES = (".parquet", ".dir")


def training_tables(tree: Tree, outputs: Mapping[str, Output], artifact: str) -> tuple[Output, ...]:
    """The Parquet files and the folders that a model file was made from.

    Those that stages made, if there are any: sources are dependencies, too, and have every row that there is.
    """
    stages = pointers.stages(tree)
    found = dict.fromkeys(
        one
        for stage in _makers(stages, outputs.get(artifact))
        for one in stage.dependencies
        if one.path.endswith(_TABLES[0]) or one.md5.endswith(_TABLES[1])
    )
    made = {output.path for stage in stages for output in stage.outputs}
    return tuple(one for one in found if one.path in made) or tuple(found)


def training_rows(head: Side, artifact: str, features: Sequence[str], cache: Cache) -> pandas.DataFrame:
    """The rows of the training tables that have every feature.

    Raises Unmeasurable if there are none, ToolError if the cache lacks a table.
    """
    found = (_rows(one, cache) for one in training_tables(head.tree, head.outputs, artifact))
    whole = [rows for rows in found if set(features) <= set(rows.columns)]
    if not whole:
        raise Unmeasurable(f"dvc.lock names no Parquet table with every feature that {artifact} was made from")
    return pandas.concat(whole, ignore_index=True)


def table(content: bytes) -> pandas.DataFrame:
    """A Parquet file's rows. Raises InputError if it is none."""
    with TemporaryDirectory(prefix="gitmlops-table-") as folder:
        place = Path(folder) / "table.parquet"
        place.write_bytes(content)
        return tables.read(place)


def _makers(stages: tuple[Stage, ...], artifact: Output | None) -> Iterator[Stage]:
    """The stages that made the model's bytes; whoever had them already, as `package` has, made nothing."""
    for stage in stages:
        made, had = ({one.md5 for one in part} for part in (stage.outputs, stage.dependencies))
        if artifact and artifact.md5 in made - had:
            yield stage


def _rows(output: Output, cache: Cache) -> pandas.DataFrame:
    try:
        parts = [table(content) for content in _contents(output, cache)]
    except InputError as error:
        raise Unmeasurable(f"{output.path}: {error.what}") from error
    return pandas.concat(parts, ignore_index=True) if parts else pandas.DataFrame()


def _contents(output: Output, cache: Cache) -> Iterator[bytes]:
    if not output.md5.endswith(_TABLES[1]):
        yield cache.read(output)
        return
    for path, md5 in sorted(cache.listing(output).items()):
        if path.endswith(_TABLES[0]):
            yield cache.read(Output(f"{output.path}/{path}", md5, 0))
