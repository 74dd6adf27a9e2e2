"""What our own code says of each part of some rows, where Spark has them: only what it says travels."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow
from pyspark.sql import DataFrame, functions

from gitmlops.adapters.engines.spark import FAILED, Engine, quoted, without_pandas
from gitmlops.errors import ToolError

_ABSENT = re.compile(r"ModuleNotFoundError: No module named '(\w+)")
_LAST = re.compile(r"^\w[\w.]*: .+$", re.MULTILINE)
"""The last line of a traceback."""
Say = Callable[[Iterator[pyarrow.RecordBatch]], bytes]


def frame_of(engine: Engine, files: Sequence[Path]) -> DataFrame:
    """The rows of Parquet files, which nothing has read yet."""
    return engine.frame(f"SELECT * FROM {engine.parquet(files)}")


def columns_of(frame: DataFrame, names: Sequence[str]) -> DataFrame:
    """The frame with these columns alone."""
    return frame.select(*map(quoted, names))


def types_of(frame: DataFrame) -> dict[str, pyarrow.DataType]:
    """The types that the columns have when they are handed over; reads no rows."""
    return {field.name: field.type for field in frame.limit(0).toArrow().schema}


def present(frame: DataFrame, names: Sequence[str]) -> dict[str, int]:
    """How many rows have a value, by column."""
    counted = frame.select(*(functions.count(quoted(name)).alias(name) for name in names)).toArrow()
    return {name: int(column[0].as_py()) for name, column in zip(names, counted.columns, strict=True)}


def said(frame: DataFrame, say: Say) -> Iterator[bytes]:
    """What `say` makes of each part, in the order of the parts; a part that is lost with its worker is asked again.

    Raises ToolError where the workers lack a package.
    """

    names = frame.columns

    def of_part(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        named = (pyarrow.RecordBatch.from_arrays(batch.columns, names=names) for batch in batches)
        yield pyarrow.RecordBatch.from_arrays([pyarrow.array([say(named)], pyarrow.binary())], names=["said"])

    with _telling_what_failed():
        with without_pandas():
            # By numbers: mapInArrow takes `a.b` for a field of `a`.
            answers = frame.toDF(*map(str, range(len(names)))).mapInArrow(of_part, "said binary")
        found = answers.toArrow().column("said")
    yield from (one.as_py() for one in found)


@contextmanager
def _telling_what_failed() -> Iterator[None]:
    """What Python said where Spark runs it as a ToolError: Spark's own message says that there was an error."""
    try:
        yield
    except FAILED as error:
        text = str(error)
        if absent := _ABSENT.search(text):
            mend = "install gitmlops[ml] of this release where they run; PYSPARK_PYTHON says which Python that is"
            raise ToolError(f"the workers of Spark have no Python package {absent[1]}", mend=mend) from error
        if "Python worker" in text and (last := _LAST.findall(text)):
            raise ToolError(f"Spark's Python failed: {last[-1]}", mend="look at its logs, and run it again") from error
        raise
