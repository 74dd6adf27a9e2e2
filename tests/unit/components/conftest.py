"""One month of real flights with their outcome."""

import subprocess
import sys
from pathlib import Path

import pandas
import pytest

from gitmlops.adapters.data import tables

SCRIPT = Path(__file__).parents[3] / "templates/flights/scripts/import_data.py"


@pytest.fixture(scope="session")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data/` of January 2013."""
    folder = tmp_path_factory.mktemp("january")
    subprocess.run([sys.executable, SCRIPT, "--until", "2013-01"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def landed(january: Path) -> pandas.DataFrame:
    """Flights with time, distance and carrier, and whether they were late."""
    flights = tables.read(january / "data/flights")
    arrivals = tables.read(january / "data/arrivals")[["flight_id", "late"]]
    return flights.merge(arrivals, on="flight_id").sort_values("scheduled_at", ignore_index=True)
