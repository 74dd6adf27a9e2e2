"""Building a view: partitions by month, only those that changed rows reach, the same bytes whatever came between."""

import hashlib
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitmlops.adapters.data import tables
from gitmlops.errors import InputError, ToolError
from gitmlops.features.building import build as building
from gitmlops.features.join import history, sql_asof
from gitmlops.features.join.history import Column, Events, Window
from gitmlops.records.canonical import decode
from gitmlops.records.feature_build import FeatureBuild
from gitmlops.specs.feature import AggregationFunction, Dtype

VIEW = "features/views/spend.yaml"
FOLDER = "data/features/spend@v1"
DAY = 24 * 60
WINDOWED = """\
aggregations:
  - {name: amount_7d, column: amount, fn: sum, window: 7d}
  - {name: paid_7d, fn: count, window: 7d}
  - {name: last_1d, column: amount, fn: last, window: 1d}
features:
  - {name: amount, dtype: float64, description: Last payment}
  - {name: amount_7d, dtype: float64, description: Spend of a week}
  - {name: paid_7d, dtype: int64, description: Payments of a week}
  - {name: last_1d, dtype: float64, description: Last payment of a day}
"""


@pytest.fixture
def windowed(store: Any) -> Any:
    text = store.files[VIEW]
    store.files[VIEW] = text[: text.index("features:\n")] + WINDOWED + "version: 1\n"
    return store


def build(store: Any, definition: str = "a definition") -> building.Built:
    definitions = store.definitions()
    (view,) = definitions.by_kind["feature_view"].values()
    return building.build(store.root, definitions, view, definition, "duckdb")


def made(built: building.Built) -> list[str]:
    return [month.name for month in built.plan.make]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_rows_are_there_a_month_a_file_each_aggregation_as_at_its_rows_own_time(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 40 * DAY, 6.0), (1, 45 * DAY, 7.0), (2, 45 * DAY, None))
    assert made(build(windowed)) == ["2024-05", "2024-06"]
    june = pandas.read_parquet(windowed.root / FOLDER / "2024-06.parquet")
    assert list(june.columns) == ["customer_id", "paid_at", "amount", "last_1d", "amount_7d", "paid_7d"]
    assert june["customer_id"].tolist() == [1, 1, 2]
    assert windowed.values(june["amount_7d"]) == [6.0, 13.0, None]
    assert june["paid_7d"].tolist() == [1, 2, 1]
    assert len(tables.read(windowed.root / FOLDER)) == 4
    record = decode((windowed.root / FOLDER / "build.json").read_bytes(), FeatureBuild, path="")
    assert record.complete and [one.rows for one in record.partitions] == [1, 3]


def test_a_second_build_makes_nothing_and_changes_no_byte(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 40 * DAY, 6.0))
    build(windowed)
    before = contents(windowed.root / FOLDER)
    assert made(build(windowed)) == []
    assert contents(windowed.root / FOLDER) == before


def test_the_order_of_rows_and_files_changes_no_byte(windowed: Any) -> None:
    rows = [(k, m * 60 + 0.5, k / 3 + m / 7) for k in range(5) for m in range(60)]
    windowed.payments(*rows)
    build(windowed)
    before = contents(windowed.root / FOLDER)
    shutil.rmtree(windowed.root / FOLDER)
    windowed.payments(*rows[::-1])
    build(windowed)
    assert contents(windowed.root / FOLDER) == before


def test_a_late_row_makes_its_month_again_and_those_that_its_windows_reach(windowed: Any) -> None:
    rows = [(1, day * DAY, 1.0) for day in range(0, 150)]
    windowed.payments(*rows)
    assert made(build(windowed)) == ["2024-05", "2024-06", "2024-07", "2024-08", "2024-09"]
    windowed.payments(*rows, (1, 10 * DAY, 2.0))
    assert made(build(windowed)) == ["2024-05"]
    windowed.payments(*rows, (1, 10 * DAY, 2.0), (2, 28 * DAY, 2.0))
    assert made(build(windowed)) == ["2024-05", "2024-06"]
    windowed.payments(*rows, (1, 10 * DAY, 2.0), (2, 28 * DAY, 2.0), (1, 150 * DAY, 3.0))
    assert made(build(windowed)) == ["2024-09"]


def test_a_month_whose_rows_are_gone_is_removed(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 60 * DAY, 6.0))
    build(windowed)
    windowed.payments((1, 0, 5.0))
    built = build(windowed)
    assert (made(built), built.plan.remove) == ([], ("2024-06",))
    assert sorted(contents(windowed.root / FOLDER)) == ["2024-05.parquet", "build.json"]


def test_two_equal_rows_are_not_none(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 0, 5.0))
    build(windowed)
    windowed.payments((1, 0, 6.0), (1, 0, 6.0))
    assert made(build(windowed)) == ["2024-05"]
    assert len(tables.read(windowed.root / FOLDER)) == 2


def test_another_definition_makes_everything_again(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 60 * DAY, 6.0))
    build(windowed)
    assert made(build(windowed, "another definition")) == ["2024-05", "2024-06"]


def test_what_another_generator_of_sql_made_is_made_again(windowed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    windowed.payments((1, 0, 5.0), (1, 60 * DAY, 6.0))
    build(windowed)
    monkeypatch.setattr(history, "VERSION", "sql-0")
    assert made(build(windowed)) == ["2024-05", "2024-06"]
    assert made(build(windowed)) == []


def test_sql_that_is_generated_otherwise_has_another_version() -> None:
    """If this fails, values may differ from what was built: count `history.VERSION` up, and pin the new digest."""
    events = Events("spend", ("customer_id",), "paid_at", "seen_at", "created")
    dtypes: tuple[Dtype, ...] = ("int64", "float64", "string", "boolean", "timestamp")
    values = [Column(dtype, dtype, 5) for dtype in dtypes]
    functions: tuple[AggregationFunction, ...] = ("count", "sum", "mean", "min", "max", "std", "count_distinct")
    windows = {one: Window(one, "amount", 60, "float64", "float64") for one in functions}
    made = sql_asof.rows(events, values, {"last": Column("amount", "float64", 7)}, windows, values)
    digest = hashlib.sha256(" ".join(made.split()).encode()).hexdigest()[:12]
    assert (history.VERSION, digest) == ("sql-1", "164ac5e0edd3")


def test_a_file_that_was_edited_removed_or_half_written_is_made_again(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (1, 60 * DAY, 6.0), (1, 90 * DAY, 6.0))
    build(windowed)
    before = contents(windowed.root / FOLDER)
    (windowed.root / FOLDER / "2024-05.parquet").write_bytes(b"PAR1")
    (windowed.root / FOLDER / "2024-06.parquet").unlink()
    (windowed.root / FOLDER / "build.json").chmod(0o644)
    assert made(build(windowed)) == ["2024-05", "2024-06"]
    assert contents(windowed.root / FOLDER) == before
    (windowed.root / FOLDER / "build.json").write_text('{"schema": "gitmlops/feature-build/9"}')
    assert len(made(build(windowed))) == 3
    assert contents(windowed.root / FOLDER) == before


def test_looking_writes_nothing(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0))
    definitions = windowed.definitions()
    (view,) = definitions.by_kind["feature_view"].values()
    assert made(building.look(windowed.root, definitions, view, "a definition", "duckdb")) == ["2024-05"]
    assert not (windowed.root / FOLDER).exists()


def test_rows_without_a_time_or_a_key_are_left_out(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0), (None, 0, 5.0), (1, None, 5.0))
    assert build(windowed).rows == 1


def test_a_folder_with_somebody_elses_files_is_refused(windowed: Any) -> None:
    windowed.payments((1, 0, 5.0))
    (windowed.root / FOLDER).mkdir(parents=True)
    (windowed.root / FOLDER / "notes.txt").write_text("mine")
    with pytest.raises(InputError) as raised:
        build(windowed)
    assert str(raised.value) == (
        f"{FOLDER}/notes.txt: not written by `feature build`, whose folder this is; move it away"
    )


def test_a_folder_that_is_a_link_is_refused(windowed: Any, tmp_path: Path) -> None:
    windowed.payments((1, 0, 5.0))
    (tmp_path / "elsewhere").mkdir()
    (windowed.root / "data/features").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"data/features: a link"):
        build(windowed)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_view_is_not_built_twice_at_once(windowed: Any) -> None:
    from gitmlops.adapters.system.exclusive import exclusive

    windowed.payments((1, 0, 5.0))
    lock = windowed.root / ".dvc/tmp/gitmlops/build spend@v1.lock"
    with exclusive(lock, doing="building"), pytest.raises(ToolError, match=r"another process is building spend@v1"):
        build(windowed)


def test_a_time_beyond_the_calendar_is_refused(windowed: Any) -> None:
    times = pyarrow.array([2**62], pyarrow.timestamp("us", "UTC"))
    keys, amounts = pyarrow.array([1]), pyarrow.array([1.0])
    windowed.arrow("data/tx.parquet", pyarrow.table({"customer_id": keys, "paid_at": times, "amount": amounts}))
    with pytest.raises(InputError, match="years 1 to 9999"):
        build(windowed)


ROW = st.tuples(
    st.integers(1, 3),
    st.integers(-45 * 24, 45 * 24).map(lambda hours: hours * 60),
    st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ROW, min_size=1, max_size=6), min_size=1, max_size=4))
def test_builds_in_between_change_nothing_of_the_last_one(windowed: Any, batches: list[list[Any]]) -> None:
    shutil.rmtree(windowed.root / FOLDER, ignore_errors=True)
    rows: list[Any] = []
    for batch in batches:
        rows += batch
        windowed.payments(*rows)
        build(windowed)
    incremental = contents(windowed.root / FOLDER)
    shutil.rmtree(windowed.root / FOLDER)
    build(windowed)
    assert contents(windowed.root / FOLDER) == incremental


@pytest.mark.slow
def test_a_build_that_is_killed_at_any_step_is_finished_by_the_next_to_the_same_bytes(
    windowed: Any, tmp_path: Path
) -> None:
    root = tmp_path / "killed"
    windowed = replace(windowed, root=root)
    for path, text in windowed.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    old = [(1, 0, 1.0), (1, 31 * DAY, 2.0), (1, 62 * DAY, 3.0), (1, 93 * DAY, 3.0)]
    windowed.payments(*old)
    build(windowed, "old")
    shutil.copytree(root / "data/features", root / "before")
    windowed.payments(*old[:-1], (1, 30 * DAY, 9.0))
    program = Path(__file__).with_name("killed_build.py")
    done = subprocess.run([sys.executable, str(program), str(root)], check=False, capture_output=True, text=True)
    ends = [int(line) for line in done.stdout.split()]
    assert ends[-1] == 0 and len(ends) > 15 and set(ends[:-1]) == {-signal.SIGKILL}, done.stderr
    whole = contents(root / "after" / str(len(ends)) / "spend@v1")
    assert sorted(whole) == ["2024-05.parquet", "2024-06.parquet", "2024-07.parquet", "build.json"]
    unfinished = 0
    for step in range(1, len(ends)):
        shutil.rmtree(root / "data/features")
        shutil.copytree(root / f"after/{step}", root / "data/features")
        state = decode((root / FOLDER / "build.json").read_bytes(), FeatureBuild, path="")
        files = {name for name in contents(root / FOLDER) if not name.startswith(".")}
        if state.complete:
            assert files == {"build.json", *(f"{one.month}.parquet" for one in state.partitions)}
        unfinished += not state.complete
        build(windowed, "new")
        assert contents(root / FOLDER) == whole, f"killed at step {step}"
    assert unfinished > 3
