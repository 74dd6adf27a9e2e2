"""A small Spark cluster on this machine: processes of their own, so that one can be killed."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from gitmlops.adapters.engines import spark

SETTINGS = {
    "spark.master": "local-cluster[2,1,1024]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.log.level": "ERROR",
}


@contextmanager
def running() -> Iterator[SparkSession]:
    """A session, which is this process's until the end of the block."""
    builder = SparkSession.builder.appName("tests")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = spark.started(builder)
    try:
        yield session
    finally:
        session.stop()
