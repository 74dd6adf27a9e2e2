"""The component of docs/how-to/train-elsewhere.md that starts Spark, as it stands there, in a run of a pipeline."""

import re
from pathlib import Path

import pandas
import pytest
from tests.repo.stages import make, require_clean

from gitmlops.adapters.data import tables

PAGE = Path(__file__).parents[2] / "docs/how-to/train-elsewhere.md"
PIPELINE = """\
kind: pipeline
name: delays
steps: {totals: {uses: ./components/totals, with: {rows: rows}}}
"""


@pytest.mark.slow
def test_a_component_that_starts_spark_runs_in_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master local[2] --conf spark.ui.enabled=false pyspark-shell")
    blocks = re.findall(r"```(?:yaml|python)\n# (components/\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    project = make(tmp_path / "project", {**dict(blocks), "pipelines/delays.yaml": PIPELINE})
    (project.root / "rows").mkdir()
    for place, carriers in enumerate((["UA", "AA"], ["UA", "WN"])):
        rows = pandas.DataFrame({"carrier": carriers, "delay": [1.0, 2.0]})
        tables.write(rows, project.root / f"rows/{place}.parquet")
    result = project.run("pipeline", "run", "delays")
    assert result.exit_code == 0, result.output
    [made] = (project.root / "build").rglob("*.parquet")
    assert tables.read(made).to_dict("list") == {"carrier": ["AA", "UA", "WN"], "sum(delay)": [2.0, 2.0, 2.0]}
    require_clean(project)
