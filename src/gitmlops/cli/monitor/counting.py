"""What counts the columns of a prediction log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitmlops.cli.show import say
from gitmlops.specs.engine import EngineName

if TYPE_CHECKING:
    from gitmlops.adapters.data.row_files import RowFiles
    from gitmlops.monitor.profiles.tallies import Tallying


@contextmanager
def tallying_by(engine: EngineName, log: "RowFiles") -> Iterator["Tallying"]:
    """This process, or Spark what of the log is Parquet. Raises ToolError where Spark cannot start."""
    from gitmlops.monitor.profiles.tallies import tally

    if engine == "duckdb":
        yield tally
        return
    from gitmlops.adapters.engines.spark import opened
    from gitmlops.monitor.profiles.in_spark import tallying

    if lines := [file.name for file in log.files if file.is_lines]:
        more = f" and {len(lines) - 1} more" if lines[1:] else ""
        say(f"counted on this machine, as it is no Parquet: {lines[0]}{more}")
    with opened([file.path for file in log.files]) as spark:
        yield tallying(spark)
