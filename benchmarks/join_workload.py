"""The data of the join's benchmark: 1M entity rows, three views of 1M rows, and 10M events for windows."""

from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet

ROWS, EVENTS, KEYS = 1_000_000, 10_000_000, 50_000
VIEWS = ("calls", "visits", "orders")
SET = "everything"
WINDOWS = {"total": ("sum", "1d"), "average": ("mean", "3d"), "known": ("count", "7d"), "least": ("min", "14d")}
WINDOWS |= {"greatest": ("max", "30d")}
START, SPAN, HOUR = 1_700_000_000_000_000, 90 * 86_400_000_000, 3_600_000_000
ENTITY = "kind: entity\nname: customer\nkeys: [{name: customer_id, dtype: int64}]\nowner: o\ndescription: d\n"
SOURCE = """kind: source
name: {name}
path: data/{name}.parquet
timestamp: at
{created}columns: {{customer_id: int64, at: timestamp, {columns}}}
owner: o
description: d
"""
VIEW = """kind: feature_view
name: {name}
owner: o
description: d
entities: [customer]
source: {name}
{more}features:
{features}
"""


def write_project(root: Path, rows: int = ROWS) -> None:
    """So many entity rows in rows.parquet, and rows of each view.

    2 % of a view's rows have the time of another, 5 % of the entity rows a view's.
    """
    random = numpy.random.default_rng(7)
    views = [_view(root, name, random, rows) for name in VIEWS]
    keys, times = _random(random, rows)
    tied, same = random.choice(rows, rows // 20, replace=False), random.integers(0, rows, rows // 20)
    keys[tied], times[tied] = views[0][0][same], views[0][1][same]
    columns = {"customer_id": keys, "event_timestamp": _moments(times), "label": random.normal(size=rows)}
    _write(root / "rows.parquet", columns)
    _write_text(root / "features/entities/customer.yaml", ENTITY)
    pins = ", ".join(f"{name}@v1:{column}" for name in VIEWS for column in "ab")
    text = f"kind: feature_set\nname: {SET}\nowner: o\ndescription: d\nfeatures: [{pins}]\n"
    _write_text(root / f"features/sets/{SET}.yaml", text)


def write_windows(root: Path, *, busy: int = 0) -> None:
    """A view `events` with five windows over 10M events; `busy` of them are of one key."""
    random = numpy.random.default_rng(11)
    keys, times = _random(random, EVENTS)
    keys[:busy] = 7
    _write(root / "data/events.parquet", {"customer_id": keys, "at": _moments(times), "a": random.normal(size=EVENTS)})
    _write_text(root / "features/sources/events.yaml", SOURCE.format(name="events", created="", columns="a: float64"))
    lines = "".join(f"  - {{name: {n}, column: a, fn: {fn}, window: {w}}}\n" for n, (fn, w) in WINDOWS.items())
    dtypes = {name: "int64" if fn == "count" else "float64" for name, (fn, _) in WINDOWS.items()}
    features = "\n".join(f"  - {{name: {name}, dtype: {dtype}, description: d}}" for name, dtype in dtypes.items())
    view = VIEW.format(name="events", more=f"aggregations:\n{lines}", features=features)
    _write_text(root / "features/views/events.yaml", view)


def _view(root: Path, name: str, random: numpy.random.Generator, rows: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    keys, times = _random(random, rows)
    twice, of = random.choice(rows, rows // 50, replace=False), random.integers(0, rows, rows // 50)
    keys[twice], times[twice] = keys[of], times[of]
    created = times + random.integers(0, HOUR, rows)
    values = {"a": random.normal(size=rows), "b": random.integers(0, 1000, rows)}
    columns = {"customer_id": keys, "at": _moments(times), "created": _moments(created), **values}
    _write(root / f"data/{name}.parquet", columns)
    declared = "created: timestamp, a: float64, b: int64"
    source = SOURCE.format(name=name, created="created_timestamp: created\n", columns=declared)
    _write_text(root / f"features/sources/{name}.yaml", source)
    features = "\n".join(
        f"  - {{name: {n}, dtype: {t}, description: d}}" for n, t in (("a", "float64"), ("b", "int64"))
    )
    _write_text(root / f"features/views/{name}.yaml", VIEW.format(name=name, more="ttl: 7d\n", features=features))
    return keys, times


def _random(random: numpy.random.Generator, count: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    return random.integers(0, KEYS, count), START + random.integers(0, SPAN, count)


def _moments(micros: numpy.ndarray) -> pyarrow.Array:
    return pyarrow.array(micros, pyarrow.timestamp("us", "UTC"))


def _write(path: Path, columns: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
