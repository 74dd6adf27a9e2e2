"""The example of docs/how-to/write-a-pipeline.md is a pipeline that fits, with the runs that the page speaks of."""

import re
from pathlib import Path

import yaml
from tests.conftest import GitRepo

PAGE = Path(__file__).parents[2] / "docs/how-to/write-a-pipeline.md"
OF_ORIGIN = """\
kind: component
name: of-origin
version: v1
owner: us
description: Rows of one origin
inputs: {table: {type: table, description: All rows}}
params: {origin: {type: string, description: The origin}}
outputs: {table: {type: table, description: Its rows}}
entry: of_origin:run
"""


def test_the_example_of_the_page_compiles_to_the_stages_that_it_speaks_of(project: GitRepo) -> None:
    block = re.search(r"```yaml\n(# pipelines/delay.yaml\n.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    project.run("component", "new", "drop-gaps")
    project.write({"pipelines/delay.yaml": block[1], "components/of-origin/component.yaml": OF_ORIGIN})
    result = project.run("pipeline", "compile")
    assert result.exit_code == 0, result.output
    stages = yaml.safe_load((project.root / "dvc.yaml").read_text())["stages"]
    assert stages["delay-fit"]["cmd"] == "gitmlops component run delay fit@${item.origin}"
    assert stages["delay-fit"]["deps"] == ["build/delay/part/${item.origin}/table.parquet", "fit.R"]
    assert stages["delay-compare"]["deps"] == [
        "compare.R", "models/late-EWR.rds", "models/late-JFK.rds", "models/late-LGA.rds",
    ]  # fmt: skip
