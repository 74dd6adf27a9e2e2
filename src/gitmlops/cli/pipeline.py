"""gitmlops pipeline"""

import click

from gitmlops.cli.pipeline_compare import compare
from gitmlops.cli.pipeline_compile import compile_command
from gitmlops.cli.pipeline_run import run
from gitmlops.cli.pipeline_shards import join
from gitmlops.cli.pipeline_show import graph, list_pipelines, show_pipeline
from gitmlops.cli.pipeline_status import status


@click.group()
def pipeline() -> None:
    """Pipelines: steps that use components or run commands, compiled to plain DVC stages."""


for command in (list_pipelines, show_pipeline, graph, compile_command, run, join, status, compare):
    pipeline.add_command(command)
