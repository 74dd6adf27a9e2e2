"""Profiles of plain files, plain files against them, and prediction logs: on Spark the same to the last byte."""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pandas
import psutil
import pyarrow
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result
from tests import serving, tiny_project
from tests.conftest import GitRepo

from gitmlops.cli.main import main
from gitmlops.records.canonical import encode
from gitmlops.specs.model import Multivariate

Run = Callable[..., Result]
ENGINES = ((), ("--engine", "spark"))
SLICES = ("--slice", "channel", "--slice", "flag")
AWKWARD = (0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 1 / 3, numpy.nan, numpy.inf, -numpy.inf, 2**53 + 2.0, 7.0)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: Any) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["monitor", *arguments])

    return invoke


def awkward(seed: int, rows: int) -> pyarrow.Table:
    """Every kind of number and text that Spark can read, with what goes wrong most easily: ends, atoms, holes."""
    random = numpy.random.default_rng(seed)

    def holes(values: Any, type_: pyarrow.DataType | None = None, share: float = 0.1) -> pyarrow.Array:
        gone = random.random(rows) < share
        return pyarrow.array([None if no else value for value, no in zip(values, gone, strict=True)], type_)

    of_any_size = random.normal(size=rows) * 10.0 ** random.integers(-300, 300, rows)
    moments = 1_704_067_200_000_000 + random.integers(0, 40 * 86_400_000_000, rows)
    texts = ("web", "shop", "", "NaN", "größer", "null", "a\nb", "WEB", " web")
    columns = {
        "at": holes(moments.tolist(), pyarrow.timestamp("us", tz="UTC"), 0.01),
        "channel": holes(random.choice(["web", "shop", "phone", "ümlaut"], rows, p=[0.5, 0.3, 0.15, 0.05]).tolist()),
        "flag": holes((random.random(rows) < 0.3).tolist()),
        "plain": pyarrow.array(random.normal(100 + 10 * seed, 15, rows)),
        "chosen": holes(random.choice(AWKWARD, rows).tolist(), pyarrow.float64()),
        "mixed": holes(numpy.where(random.random(rows) < 0.5, random.choice(AWKWARD, rows), of_any_size).tolist()),
        "any size": holes(of_any_size.tolist()),
        "single": holes(random.standard_t(2, rows).astype("float32").tolist(), pyarrow.float32()),
        "bytes": holes(random.integers(-128, 128, rows).tolist(), pyarrow.int8()),
        "whole": holes(random.integers(-(2**63), 2**63 - 1, rows).tolist(), pyarrow.int64()),
        "near 2^53": holes((2**53 + random.integers(-3, 4, rows)).tolist(), pyarrow.int64()),
        "unsigned": holes(random.integers(0, 2**32, rows).tolist(), pyarrow.uint32()),
        "price": holes([Decimal(int(one)) / 10_000 for one in random.integers(-(10**9), 10**9, rows)],
                       pyarrow.decimal128(20, 4)),
        "huge": holes([Decimal(int(one)) * 10**18 for one in random.integers(-(10**9), 10**9, rows)],
                      pyarrow.decimal128(38, 10)),
        "a.b`c": holes(random.choice(texts, rows).tolist()),
        "many": pyarrow.array([f"level {one}" for one in random.exponential(200, rows).astype(int)]),
        "ids": pyarrow.array([f"{one:x}" for one in random.integers(0, 2**60, rows)]),
        "classes": pyarrow.array(random.choice(["x", "y"], rows)).dictionary_encode(),
        "none": pyarrow.array([None] * rows, pyarrow.float64()),
        "no text": pyarrow.array([None] * rows, pyarrow.string()),
    }  # fmt: skip
    return pyarrow.table(columns)


def written(folder: str, seed: int, *, files: int = 3, rows: int = 4_000) -> str:
    """A folder of files with several row groups each, one of them without rows."""
    Path(folder).mkdir(exist_ok=True)
    table = awkward(seed, rows)
    for place in range(files):
        part = table.slice(place * rows // files, rows // files)
        pyarrow.parquet.write_table(part, f"{folder}/{place}.parquet", row_group_size=500)
    pyarrow.parquet.write_table(table.slice(0, 0), f"{folder}/empty.parquet")
    return folder


def both(run: Run, *arguments: str, output: bool = False) -> list[Any]:
    """What the two engines answer: exit code, what is written, and the report."""
    found = []
    for engine in ENGINES:
        out = ("--output", "out.json") if output else ("--format", "json")
        result = run(*arguments, *engine, *out)
        assert result.exit_code in (0, 1), result.output
        found.append((result.exit_code, Path("out.json").read_bytes() if output else json.loads(result.stdout)))
    return found


def test_profiles_and_judgements_are_the_same_on_both_engines(run: Run) -> None:
    then, now = written("then", 1), written("now", 2, files=5)
    here, there = both(run, "profile", "--data", then, "--time", "at", *SLICES, "--personal", "plain", output=True)
    assert here == there
    Path("base.json").write_bytes(here[1])
    for place in (1, 3):  # as partitions
        Path(now, f"part={place}", "of=all").mkdir(parents=True)
        Path(now, f"{place}.parquet").rename(Path(now, f"part={place}", "of=all", "0.parquet"))
    here, there = both(run, "profile", "--data", now, "--bins-of", "base.json", output=True)
    assert here == there
    assert json.loads(here[1])["rows"] == 4_000
    here, there = both(run, "run", "--baseline", "base.json", "--data", now, "--until", "2024-02-01")
    assert here[0] == 1
    assert here == there
    assert any("plain moved by" in one["message"] for one in here[1]["findings"])


def test_a_table_that_lost_and_changed_columns_is_judged_alike(run: Run) -> None:
    then, now = written("then", 1, rows=2_000), written("now", 2, rows=2_000)
    assert run("profile", "--data", then, "--leave-out", "ids", "--output", "base.json").exit_code == 0
    for path in Path(now).iterdir():
        table = pyarrow.parquet.read_table(path).drop_columns(["bytes"])
        table = table.set_column(table.column_names.index("many"), "many", table["whole"])
        pyarrow.parquet.write_table(table, path)
    here, there = both(run, "run", "--baseline", "base.json", "--data", now)
    assert here == there
    said = {one["message"] for one in here[1]["findings"]}
    assert {"the column bytes is gone", "many is int64, the reference has text"} <= said


def test_bins_of_more_rows_than_are_sampled_have_ranks_within_the_stated_error(run: Run) -> None:
    values = numpy.random.default_rng(3).standard_t(2, 1_500_000)
    pyarrow.parquet.write_table(pyarrow.table({"x": values}), "many.parquet", row_group_size=200_000)
    assert run("profile", "--data", "many.parquet", "--engine", "spark", "--output", "base.json").exit_code == 0
    column = json.loads(Path("base.json").read_text())["columns"][0]
    assert column["counts"] == numpy.bincount(numpy.searchsorted(column["edges"], values), minlength=202).tolist()
    ranks = numpy.cumsum(column["counts"])[:-1] / len(values)
    assert numpy.abs(ranks - numpy.linspace(0, 1, len(ranks))).max() < 0.002 + 1 / 400


@pytest.fixture
def killer(spark: Any) -> Iterator[list[int]]:
    """Kills the first process of Spark's that is seen at work; who it was."""
    killed: list[int] = []
    jvm = psutil.Process(spark.sparkContext._gateway.proc.pid)
    tracker = spark.sparkContext.statusTracker()

    def busy() -> bool:
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        return any(stage is not None and stage.numActiveTasks for stage in stages)

    def at_work() -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            ours = jvm.children(recursive=True)
            return [one for one in ours if "CoarseGrainedExecutorBackend" in " ".join(one.cmdline())]
        return []

    def kill() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and not killed:
            if busy():
                for one in at_work()[:1]:
                    os.kill(one.pid, signal.SIGKILL)
                    killed.append(one.pid)
            time.sleep(0.002)

    thread = threading.Thread(target=kill)
    thread.start()
    yield killed
    thread.join()


def test_a_process_that_is_killed_in_the_middle_changes_nothing(run: Run, request: pytest.FixtureRequest) -> None:
    data = written("data", 4, files=8)
    arguments = ("profile", "--data", data, "--time", "at", *SLICES)
    assert run(*arguments, "--output", "here.json").exit_code == 0
    killed = request.getfixturevalue("killer")
    for _ in range(20):  # until a run was long enough to be hit
        result = run(*arguments, "--engine", "spark", "--output", "there.json")
        assert result.exit_code == 0, result.output
        assert Path("there.json").read_bytes() == Path("here.json").read_bytes()
        if killed:
            break
    assert killed


def test_what_cannot_be_counted_is_told_as_it_is_of_files(run: Run) -> None:
    Path("now.csv").write_text("x\n1\n")
    result = run("profile", "--data", "now.csv", "--engine", "spark", "--output", "p.json")
    assert result.exit_code == 3
    assert "now.csv: Spark counts Parquet files here; write it as Parquet" in result.stderr
    pyarrow.parquet.write_table(pyarrow.table({"at": ["2024-01-01", "soon"], "x": [1.0, 2.0]}), "now.parquet")
    told = []
    for engine in ENGINES:
        result = run("profile", "--data", "now.parquet", "--time", "at", "--output", "p.json", *engine)
        assert result.exit_code == 3
        told.append(result.stderr.partition(": ")[2].splitlines()[0])
    assert told[0] == told[1]
    assert "at cannot be read as timestamp" in told[0]
    assert not Path("p.json").exists()


def test_files_that_are_broken_are_told_with_their_place_on_both_engines(run: Run) -> None:
    data = written("data", 4, rows=2_000)
    about = pyarrow.parquet.read_metadata(f"{data}/1.parquet").row_group(0)
    plain = next(one for one in map(about.column, range(about.num_columns)) if one.path_in_schema == "plain")
    content = bytearray(Path(data, "1.parquet").read_bytes())
    content[plain.data_page_offset : plain.data_page_offset + 60] = b"\xff" * 60
    Path(data, "1.parquet").write_bytes(content)
    Path("cut.parquet").write_bytes(content[: len(content) // 2])
    for path, name in ((data, "data/1.parquet"), ("cut.parquet", "cut.parquet")):
        for engine in ENGINES:
            result = run("profile", "--data", path, "--output", "p.json", *engine)
            assert result.exit_code == 3, result.stderr
            assert result.stderr.splitlines()[-1].startswith(f"{name}: not readable as Parquet: "), result.stderr
            assert result.stderr.endswith("; write it again\n")
    assert not Path("p.json").exists()


def test_files_of_a_folder_whose_columns_differ_in_type_are_named_where_spark_cannot_read_them(run: Run) -> None:
    Path("data").mkdir()
    pyarrow.parquet.write_table(pyarrow.table({"x": [1.0, 2.0]}), "data/a.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"x": ["one", "two"]}), "data/b.parquet")
    result = run("profile", "--data", "data", "--output", "p.json", "--engine", "spark")
    assert result.exit_code == 3
    assert "data/b.parquet: Data type mismatches when reading Parquet column [x]" in result.stderr
    assert result.stderr.endswith("; write it with the columns of the first file\n")


@pytest.fixture
def served(project: GitRepo, spark: Any) -> GitRepo:
    """Two versions whose log is of several files with several row groups, and in which much went wrong."""
    baseline = serving.baseline_of(
        pandas.concat([serving.rows(month) for month in ("2020-01", "2020-02", "2020-03")]),
        serving.rows("2020-04"),
        Multivariate(),
    )
    model = str(tiny_project.DEFINITIONS["models/tiny.yaml"])
    project.commit({"models/tiny.yaml": model, "models/tiny.baseline.json": encode(baseline)})
    for version in ("v1.0.0", "v1.1.0"):
        project.git("tag", "-a", f"tiny@{version}", "-m", version)
    june = serving.flipped(serving.warmer(serving.rows("2020-06")), 0.3)
    serving.serve_rows(project.root, {"may": serving.rows("2020-05"), "june": june})
    folder = project.root / serving.LOG
    may = serving.log(serving.rows("2020-05")).sample(frac=1, random_state=1)
    may.loc[::7, "version"], may.loc[::11, "slice.colour"], may.loc[::13, "feature.rain"] = "v1.1.0", "mauve", -9.5
    may.to_parquet(folder / "may.parquet", index=False, row_group_size=700)
    june = pandas.read_parquet(folder / "june.parquet")
    june[:1_000].drop(columns="feature.temp").to_parquet(folder / "june.parquet", index=False, row_group_size=300)
    june[1_000:2_000].astype({"feature.rain": str}).to_parquet(folder / "june-2.parquet", index=False)
    june[:0].to_parquet(folder / "june-3.parquet", index=False)
    lines = "".join(json.dumps(serving.prediction(row)) + "\n" for row in june[2_000:].to_dict("records"))
    (folder / "june-1.jsonl").write_text(lines)
    return project


def test_a_models_log_is_judged_alike_on_both_engines(served: GitRepo) -> None:
    here, there = (served.run("monitor", "run", "tiny", "--format", "json", *engine) for engine in ENGINES)
    assert here.exit_code == there.exit_code == 1, there.output
    assert json.loads(here.stdout) == json.loads(there.stdout)
    said = {one["message"] for one in json.loads(there.stdout)["findings"]}
    assert any("temp is gone in served/june.parquet" in one for one in said)
    assert any("rain is text in served/june-2.parquet" in one for one in said)
    assert "counted on this machine, as it is no Parquet: served/june-1.jsonl" in there.stderr


def test_the_engine_of_the_project_counts_a_log_and_tells_what_is_broken_as_this_machine_does(served: GitRepo) -> None:
    path = served.root / serving.LOG / "may.parquet"
    content = bytearray(path.read_bytes())
    column = pyarrow.parquet.read_metadata(path).row_group(2).column(5)
    assert column.path_in_schema == "feature.history"
    content[column.data_page_offset : column.data_page_offset + 40] = b"\xff" * 40
    path.write_bytes(content)
    told = []
    for engine in ("duckdb", "spark"):
        served.write({"gitmlops.yaml": f"project: test\nengine: {engine}\n"})
        result = served.run("monitor", "run", "tiny")
        assert result.exit_code == 3, result.output
        told.append(result.stderr.splitlines()[-1])
    assert told[0] == told[1]
    assert "may.parquet: not readable as Parquet: " in told[1]
