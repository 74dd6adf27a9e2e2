"""CPU seconds of `gitmlops check` over feature views, as a whole process with compiled bytecode.

`python benchmarks/check.py [VIEWS ...]`: 1,000 unless other numbers are given.
"""

import compileall
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measured import cpu_seconds
from results import OURS, Row, keep

import gitmlops

GITMLOPS = str(Path(sys.executable).parent / "gitmlops")
RUNS, VIEWS, MOST_SECONDS = 7, 1000, 0.5
PROJECT = "project: benchmark\n"
ENTITY = "kind: entity\nname: plane\nkeys: [{name: tailnum, dtype: string}]\nowner: team\ndescription: One aircraft\n"
SOURCE = """kind: source
name: arrivals
path: data/arrivals
timestamp: landed_at
columns: {tailnum: string, landed_at: timestamp, arr_delay: float64}
owner: team
description: What happened
"""
VIEW = """kind: feature_view
name: delays_{number}
version: 1
owner: data-scientists
description: How late the plane was
tags: [delay, history]
entities: [plane]
source: arrivals
transform: {{sql: "SELECT tailnum, landed_at, arr_delay FROM arrivals WHERE arr_delay > {number}"}}
aggregations:
  - {{name: delay_24h_{number}, column: arr_delay, fn: mean, window: 24h}}
  - {{name: delay_7d_{number}, column: arr_delay, fn: mean, window: 7d}}
features:
  - {{name: delay_24h_{number}, dtype: float64, description: Mean delay of the last 24 hours, unit: min}}
  - {{name: delay_7d_{number}, dtype: float64, description: Mean delay of the last 7 days, unit: min}}
"""


def write_project(root: Path, views: int = VIEWS) -> None:
    for folder in ("features/entities", "features/sources", "features/views", "data/arrivals"):
        (root / folder).mkdir(parents=True)
    (root / "gitmlops.yaml").write_text(PROJECT)
    (root / "features/entities/plane.yaml").write_text(ENTITY)
    (root / "features/sources/arrivals.yaml").write_text(SOURCE)
    for number in range(views):
        (root / f"features/views/delays_{number}.yaml").write_text(VIEW.format(number=number))
    subprocess.run(["git", "init", "-q", str(root)], check=True)


def forget(root: Path) -> None:
    """Remove what earlier runs remembered."""
    shutil.rmtree(root / ".git/gitmlops", ignore_errors=True)


def change(root: Path) -> None:
    """Describe one view in other words, and have it select other rows."""
    view = root / "features/views/delays_7.yaml"
    view.write_text(view.read_text().replace("How late", "How very late").replace("arr_delay > ", "arr_delay > 1"))


def measure(views: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), views)
        first, *times = [cpu_seconds((GITMLOPS, "check"), cwd=Path(folder)) for _ in range(RUNS + 1)]
    most = MOST_SECONDS if views == VIEWS else None
    keep(Row(f"`check`, {views:,} views with SQL", OURS, "CPU s", times, most))
    keep(Row(f"the first `check` of {views:,}, which binds all of the SQL", OURS, "CPU s", [first]))


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    for views in map(int, sys.argv[1:] or [VIEWS]):
        measure(views)


if __name__ == "__main__":
    main()
