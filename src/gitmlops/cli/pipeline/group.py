"""gitmlops pipeline"""

import click

from gitmlops.cli.pipeline.compare import compare
from gitmlops.cli.pipeline.compile import compile_command
from gitmlops.cli.pipeline.run import run
from gitmlops.cli.pipeline.shards import join
from gitmlops.cli.pipeline.show import graph, list_pipelines, show_pipeline
from gitmlops.cli.pipeline.status import status


@click.group()
def pipeline() -> None:
    """Pipelines: steps that use components or run commands, compiled to plain DVC stages."""


for command in (list_pipelines, show_pipeline, graph, compile_command, run, join, status, compare):
    pipeline.add_command(command)
