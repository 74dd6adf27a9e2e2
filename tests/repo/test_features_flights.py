"""The example project's own definitions, on its own data."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas
import pytest

from gitmlops.adapters.data import tables
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.definitions import load_valid
from gitmlops.features.join.retrieval import retrieve
from gitmlops.features.wiring import check as wiring
from gitmlops.features.wiring import selection

TEMPLATE = Path(__file__).parents[2] / "templates" / "flights"
KEYS = ["flight_id", "scheduled_at", "origin", "carrier", "tailnum"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flights")
    command = [sys.executable, str(TEMPLATE / "scripts/import_data.py"), "--until", "2013-01"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "data"


@pytest.fixture
def flights(project: Any, data: Path) -> Any:
    shutil.copytree(TEMPLATE / "features", project.root / "features")
    shutil.copytree(data, project.root / "data", dirs_exist_ok=True)
    return project


def test_the_examples_definitions_fit_once_its_data_is_there(flights: Any) -> None:
    tree = WorkTree(Repository(flights.root))
    definitions = load_valid(tree)
    assert wiring.check(definitions, tree.exists) == ()
    shutil.rmtree(flights.root / "data")
    assert len(wiring.check(definitions, tree.exists)) == 4


def test_the_examples_features_are_the_same_on_spark(flights: Any, spark: Any) -> None:
    definitions = load_valid(WorkTree(Repository(flights.root)))
    rows = tables.read(flights.root / "data/flights")[KEYS].sample(300, random_state=3)
    duck, other = (
        retrieve(flights.root, definitions, rows, feature_set="flight-delay", time="scheduled_at", engine=engine)
        for engine in ("duckdb", "spark")
    )
    assert duck["temp"].notna().sum() > 200 and duck["carrier_delay_24h"].notna().sum() > 200
    pandas.testing.assert_frame_equal(duck, other, rtol=1e-12, atol=0)


def test_the_examples_features_are_those_of_a_loop_over_its_data(flights: Any) -> None:
    definitions = load_valid(WorkTree(Repository(flights.root)))
    rows = tables.read(flights.root / "data/flights")[KEYS].sample(300, random_state=3)
    frame = retrieve(flights.root, definitions, rows, feature_set="flight-delay", time="scheduled_at", engine="duckdb")
    assert list(frame.columns) == [*KEYS, *selection.columns(definitions, "flight-delay")]
    pandas.testing.assert_frame_equal(frame[KEYS], rows)
    arrivals, weather = (tables.read(flights.root / "data" / name) for name in ("arrivals", "weather"))
    for _, row in frame.head(60).iterrows():
        now = row["scheduled_at"]
        seen = weather[(weather["origin"] == row["origin"]) & (weather["observed_at"] <= now)]
        last = seen[seen["observed_at"] >= now - pandas.Timedelta("6h")].sort_values("observed_at").tail(1)
        require_same(row["temp"], last["temp"].iloc[0] if len(last) else None)
        landed = arrivals[(arrivals["landed_at"] <= now) & (arrivals["landed_at"] > now - pandas.Timedelta("24h"))]
        require_same(row["carrier_delay_24h"], landed.loc[landed["carrier"] == row["carrier"], "arr_delay"].mean())
        require_same(row["origin_late_24h"], landed.loc[landed["origin"] == row["origin"], "late"].mean())
        local = now - pandas.Timedelta("5h")
        assert (row["hour"], row["weekday"]) == (local.hour, local.isoweekday())


def require_same(found: float, expected: float | None) -> None:
    if expected is None or pandas.isna(expected):
        assert pandas.isna(found)
    else:
        assert found == pytest.approx(expected, rel=1e-12)


def test_data_that_is_a_link_into_the_cache_of_dvc_is_read(flights: Any) -> None:
    dvc(flights.root, "init", "--quiet")
    dvc(flights.root, "config", "cache.type", "symlink")
    dvc(flights.root, "config", "cache.dir", str(flights.root.parent / "shared-cache"))
    names = ["data/flights", "data/arrivals", "data/weather", "data/planes.parquet"]
    dvc(flights.root, "add", "--quiet", *names)
    assert (flights.root / "data/planes.parquet").is_symlink()
    tree = WorkTree(Repository(flights.root))
    rows = tables.read(flights.root / "data/flights")[KEYS].head(10)
    frame = retrieve(
        flights.root, load_valid(tree), rows, feature_set="flight-delay", time="scheduled_at", engine="duckdb"
    )
    assert frame["seats"].notna().any() and frame["temp"].notna().all()
    assert len(frame) == 10


def dvc(root: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=root, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
