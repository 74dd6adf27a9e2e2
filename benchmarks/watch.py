"""How often `gitmlops monitor watch` alarms without reason, and how fast it sees a shift; what it costs.

`python benchmarks/watch.py`: columns of streams without drift, each for as many months of 1,000 rows a second as
`--months` says, rows that depend on each other included, and the same with a shift planted. The detector is the
command's own. Rows are drawn every tenth only, so that blocks are noisier than real ones: that is on the safe side.

`python benchmarks/watch.py --cost`: the command itself, 1,000 rows a second for 60 seconds with 20 columns.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from threading import Thread
from typing import IO, Any

import numpy
from numpy.typing import NDArray
from scipy.signal import lfilter

from gitmlops.monitor.streaming.watching import BLOCK, BLOCKS_A_MONTH
from gitmlops.records.baseline import Baseline, NumericColumn
from gitmlops.records.canonical import encode
from gitmlops.statistics.sequential import Detectors

COLUMNS = 20
THIN = 10
CHUNK = 20_000
"""Blocks that are drawn at once."""
SECONDS_A_BLOCK = BLOCK / 1_000
TOLERANCE = 0.1
TAIL = 1.2815515655446004
"""The normal quantile of the cut beyond which a tenth of the rows are."""

Array = NDArray[numpy.float64]


@dataclass(frozen=True)
class Stream:
    """correlation: of a row with the next one; day: standard deviation of the mean of a day, in those of a row."""

    name: str
    correlation: float = 0.0
    day: float = 0.0


STREAMS = (
    Stream("independent rows"),
    Stream("correlation .9 with the next row", 0.9),
    Stream("correlation .99", 0.99),
    Stream("correlation .995", 0.995),
    Stream("correlation .999", 0.999),
    Stream("day effect of .05 sd", day=0.05),
    Stream("day effect of .15 sd", day=0.15),
)


def values(stream: Stream, blocks: int, numbers: numpy.random.Generator) -> Iterator[Array]:
    """Every THIN-th row, shape (blocks, rows), in chunks; each row has mean 0 and standard deviation 1."""
    rows, state, apart = BLOCK // THIN, 0.0, stream.correlation**THIN
    state = float(numbers.normal()) * apart
    for start in range(0, blocks, CHUNK):
        count = min(CHUNK, blocks - start)
        noise = numbers.normal(size=count * rows)
        if apart:
            drawn, last = lfilter([numpy.sqrt(1 - apart**2)], [1, -apart], noise, zi=[state])
            state = float(last[0])
        else:
            drawn = noise
        level = numpy.zeros(count)
        if stream.day:
            days = ((start + numpy.arange(count)) * SECONDS_A_BLOCK // 86_400).astype(int)
            level = numpy.random.default_rng(1).normal(0, stream.day, 10_000)[days]
        yield drawn.reshape(count, rows) + level[:, None]  # one day for all columns


def shares(drawn: Array) -> Array:
    """Of each block, what each bet on a column counts, shape (4, blocks): both tails, both halves."""
    counted = [(side * drawn > cut).mean(axis=1) for cut in (TAIL, 0.0) for side in (1, -1)]
    return numpy.stack(counted)


def detectors() -> Detectors:
    """Those of a model with COLUMNS columns, four bets on each."""
    limits = numpy.array([0.1, 0.1, 0.5, 0.5] * COLUMNS) + TOLERANCE
    return Detectors(limits, blocks=BLOCKS_A_MONTH, rows=BLOCK // THIN)


def false_alarms(stream: Stream, months: float, seed: int) -> int:
    """Alarms of all columns together, none of which has drifted."""
    numbers = numpy.random.default_rng(seed)
    watching, found = detectors(), 0
    drawn = [values(stream, int(months * BLOCKS_A_MONTH), own) for own in numbers.spawn(COLUMNS)]
    for chunk in zip(*drawn, strict=True):
        for block in numpy.concatenate([shares(column) for column in chunk]).T:
            alarms = watching.add(block)
            if alarms.any():
                found += 1
                watching.forget(numpy.repeat(alarms.reshape(COLUMNS, 4).any(axis=1), 4))
    return found


def seconds_to_alarm(stream: Stream, shift: float, seed: int) -> float:
    """Seconds from a shift of one column, after half an hour without, to the alarm; at most another one."""
    numbers = numpy.random.default_rng(seed)
    watching, before = detectors(), int(1_800 / SECONDS_A_BLOCK)
    drawn = next(values(stream, before + int(1_800 / SECONDS_A_BLOCK), numbers))
    drawn[before:] += shift
    others = numpy.tile(numpy.array([0.1, 0.1, 0.5, 0.5]), COLUMNS)
    for number, own in enumerate(shares(drawn).T):
        others[:4] = own
        if watching.add(others)[:4].any() and number >= before:
            return (number - before + 1) * SECONDS_A_BLOCK
    return 1_800.0


def simulate(months: float) -> None:
    print(f"| stream | false alarms in {months:g} months of {COLUMNS} columns | seconds to 1 sd | to 0.5 sd |")
    print("| --- | --- | --- | --- |")
    for number, stream in enumerate(STREAMS):
        times = [
            numpy.quantile([seconds_to_alarm(stream, shift, seed) for seed in range(10)], [0.5, 1.0])
            for shift in (1.0, 0.5)
        ]
        shown = " | ".join(f"{half:.1f}, at most {most:.1f}" for half, most in times)
        print(f"| {stream.name} | {false_alarms(stream, months, seed=number)} | {shown} |", flush=True)


def cost() -> None:
    """The command on 1,000 rows a second with 20 columns for a minute, one of them shifted after half of it."""
    with tempfile.TemporaryDirectory() as folder:
        log, baseline, state = (Path(folder, name) for name in ("log.jsonl", "baseline.json", "state.json"))
        log.touch()
        baseline.write_bytes(encode(_baseline()))
        command = [sys.executable, "-m", "gitmlops", "monitor", "watch", str(log), "--baseline", str(baseline),
                   "--state", str(state)]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as watching:
            told: list[tuple[float, str]] = []
            reader = Thread(target=_listen, args=(watching.stdout, told))
            reader.start()
            shifted = _write(log, seconds=60)
            time.sleep(2)
            about = Path(f"/proc/{watching.pid}/status").read_text()
            used = Path(f"/proc/{watching.pid}/stat").read_text().rpartition(")")[2].split()
            watching.terminate()
            reader.join()
        megabytes = int(about.split("VmHWM:")[1].split()[0]) / 1024
        cpu = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
        rows = json.loads(state.read_text())["events"]
        print(f"{rows:,} rows, {megabytes:.0f} MB, {cpu:.1f} CPU s")
        for moment, line in told:
            print(f"{moment - shifted:.1f} s after the shift: {line}")


def _baseline() -> Baseline:
    edges = tuple(NormalDist().inv_cdf(place / 200) for place in range(1, 200))
    score = tuple(place / 200 for place in range(1, 200))
    column: dict[str, Any] = {"rows": 100_000, "missing": 0, "minimum": None, "maximum": None, "mean": None, "sd": None,
              "counts": (500,) * 200}  # fmt: skip
    columns = tuple(NumericColumn(name=f"c{number}", edges=edges, **column) for number in range(COLUMNS))
    return Baseline(
        model="m", data_sha256="", model_sha256="", trained_until="2020-01-01", rows=100_000, columns=columns,
        score=NumericColumn(name="score", edges=score, **column), metrics=(), calibration=(),
    )  # fmt: skip


def _write(log: Path, *, seconds: int) -> float:
    """When the shift began. A hundred rows ten times a second."""
    numbers, shifted, start = numpy.random.default_rng(0), 0.0, time.monotonic()
    with log.open("a") as file:
        for tenth in range(seconds * 10):
            drawn = numbers.normal(size=(100, COLUMNS))
            if tenth >= seconds * 5:
                shifted = shifted or time.monotonic()
                drawn[:, 3] += 1.0
            for row in drawn.tolist():
                features = {f"c{place}": value for place, value in enumerate(row)}
                line = {"prediction_id": 1, "time": "2020-01-01T00:00:00Z", "model": "m", "version": "v1.0.0",
                        "score": NormalDist().cdf(row[0]), "features": features}  # fmt: skip
                file.write(json.dumps(line) + "\n")
            file.flush()
            time.sleep(max(0.0, start + (tenth + 1) / 10 - time.monotonic()))
    return shifted


def _listen(lines: IO[str] | None, told: list[tuple[float, str]]) -> None:
    for line in lines or ():
        told.append((time.monotonic(), line.strip()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=float, default=1.0)
    parser.add_argument("--cost", action="store_true")
    chosen = parser.parse_args()
    if chosen.cost:
        cost()
    else:
        simulate(chosen.months)
