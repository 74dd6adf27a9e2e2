"""How often `gitmlops monitor watch` alarms without reason, and how fast it sees a shift; what it costs.

`python benchmarks/watch.py`: the time to the alarm of shifts that are planted, and a month (two halves, each from its
start) of streams without drift at 1,000 rows a second, 2.6 billion rows each; rows that depend on each other included.
Prints the tables of docs/explanation/false-alarms.md; with `--plots FOLDER` draws the first one, too. Bets, limits and
detectors are the command's own. Of independent rows the counts of each block are drawn as the multinomial variables
that they are. Of rows that depend on each other every tenth is drawn, so that blocks are noisier than real ones, which
is on the safe side.

`python benchmarks/watch.py --cost`: the command itself, 1,000 rows a second for 60 seconds with 20 columns.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from threading import Thread
from typing import IO, Any

import numpy
from numpy.typing import NDArray
from results import OURS, Row, keep
from scipy.signal import lfilter
from scipy.special import ndtr

from gitmlops.monitor.streaming.bets import columns_of, watched_columns
from gitmlops.monitor.streaming.watching import BLOCK, BLOCKS_A_MONTH
from gitmlops.records.baseline import Baseline, NumericColumn
from gitmlops.records.canonical import encode
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics.sequential import LEVELS, TOGETHER, Detectors

COLUMNS, FEW = 20, 7
"""Of a model whose delay is measured, beside its score; of one that is watched for a month, with it."""
BETS = 5
"""On a column: rows in both upper and both lower parts, rows without a value."""
THIN = 10
CHUNK = 20_000
"""Blocks that are drawn at once."""
LOOK = 16
"""It is looked how much evidence there is each so many blocks."""
SECONDS_A_BLOCK = BLOCK / 1_000
DAY = int(86_400 / SECONDS_A_BLOCK)
TAIL = 1.2815515655446004
"""The normal quantile of the cut beyond which a tenth of the rows are."""
EDGE = 0.2533471031357997
"""The mean at which the upper half of the rows are the six tenths that the default threshold allows."""
SHIFTS = (0.4, 0.5, 0.75, 1.0, 1.5, 2.0)
RUNS = 50
PART = 1_000
CALM_BLOCKS, LONG_CALM_BLOCKS, WAIT_BLOCKS = 9_000, 216_000, 18_000
"""Half an hour before a shift, or twelve hours where only long blocks are judged; an hour after it."""

Array = NDArray[numpy.float64]


@dataclass(frozen=True)
class Stream:
    """correlation: of a row with the next one; mean: of all rows; wave: how far a day goes up and down around it.

    day: standard deviation of the mean of a day; calibrated: whether the baseline knows 60 such days. All in standard
    deviations of a row.
    """

    name: str
    correlation: float = 0.0
    mean: float = 0.0
    wave: float = 0.0
    day: float = 0.0
    calibrated: bool = False


STREAMS = (
    Stream("independent rows"),
    Stream("all means a quarter of an sd away, as far as the threshold lets them", mean=EDGE),
    Stream("a wave of 0.2 sd each day", wave=0.2),
    Stream("days that differ by 0.05 sd", day=0.05),
    Stream("days that differ by 0.15 sd, 60 such days in the baseline", day=0.15, calibrated=True),
    Stream("correlation .9 with the next row", 0.9),
    Stream("correlation .99", 0.99),
    Stream("correlation .999: a row is like the next thousand", 0.999),
    Stream("correlation .9999: like the next ten thousand", 0.9999),
    Stream("correlation .99997: like those of the next half minute", 0.99997),
)


def limits(stream: Stream) -> Array:
    """Of the bets on one column, as the command takes them from a baseline, shape (bets,)."""
    moved = numpy.abs(numpy.random.default_rng(2).normal(0, stream.day, 60)) if stream.calibrated else numpy.empty(0)
    effects = tuple(float(2 * ndtr(mean / 2) - 1) for mean in moved)
    columns = watched_columns(columns_of(_baseline(effects)), AlarmRules())
    return numpy.array([bet.limit for bet in columns[1].bets])


def means(stream: Stream, start: int, count: int, numbers: numpy.random.Generator) -> Array:
    """The mean of each block, shape (blocks,). numbers: the same ones for each part of a stream."""
    blocks = start + numpy.arange(count)
    wave = stream.wave * numpy.sin(blocks * (2 * math.pi / DAY))
    days: Array = numbers.normal(0, stream.day, 1_000)[blocks // DAY]
    return stream.mean + wave + days


class Drawing:
    """Blocks of one column, one part after the other."""

    def __init__(self, stream: Stream, seed: Sequence[int]) -> None:
        self.stream, self.seed, self.start = stream, seed, 0
        self.numbers = numpy.random.default_rng(seed)
        self.apart = stream.correlation**THIN
        self.last = self.numbers.normal(size=1).astype(numpy.float32) * numpy.float32(self.apart)

    def shares(self, count: int, shift: float = 0.0) -> Array:
        """Of each block what each bet counts, shape (blocks, bets). shift: of all rows."""
        if self.apart:
            return self._of_rows(count, shift)
        level = means(self.stream, self.start, count, numpy.random.default_rng([*self.seed, 1])) + shift
        self.start += count
        below = ndtr(numpy.array([-TAIL, 0.0, TAIL]) - level[:, None])
        parts = numpy.diff(below, axis=1, prepend=0.0, append=1.0)
        low, lower, upper, high = self.numbers.multinomial(BLOCK, parts).T / BLOCK
        return numpy.column_stack([high, upper + high, low, low + lower, numpy.zeros(count)])

    def _of_rows(self, count: int, shift: float) -> Array:
        rows = BLOCK // THIN
        noise = self.numbers.standard_normal(count * rows, dtype=numpy.float32)
        scale = numpy.array([math.sqrt(1 - self.apart**2)], dtype=numpy.float32)
        drawn, self.last = lfilter(scale, numpy.array([1, -self.apart], dtype=numpy.float32), noise, zi=self.last)
        values = drawn.reshape(count, rows) + numpy.float32(shift)
        upper = numpy.count_nonzero(values > 0, axis=1)
        counts = (numpy.count_nonzero(values > TAIL, axis=1), upper, numpy.count_nonzero(values <= -TAIL, axis=1),
                  rows - upper, numpy.zeros(count))  # fmt: skip
        return numpy.column_stack(counts) / rows


@dataclass
class Month:
    """What became of a stream without drift. nearest: the most evidence of any bet that may alarm; 1 alarms."""

    alarms: int = 0
    nearest: float = 0.0


def quiet_months(months: float, found: Sequence[Month], seed: int) -> None:
    """Add to what was found of each stream. All are watched at once, each by detectors that need as much as alone."""
    columns, every = len(STREAMS) * FEW, range(FEW)
    drawings = [Drawing(stream, (number, own, seed)) for number, stream in enumerate(STREAMS) for own in every]
    watching = Detectors(
        numpy.concatenate([limits(stream) for stream in STREAMS for _ in range(FEW)]),
        numpy.repeat(numpy.arange(columns), BETS),
        blocks=BLOCKS_A_MONTH // len(STREAMS),
        rows=BLOCK,
    )
    quiet_until = numpy.zeros(columns, dtype=int)
    total = int(months * BLOCKS_A_MONTH)
    for start in range(0, total, CHUNK):
        drawn = numpy.concatenate([one.shares(min(CHUNK, total - start)) for one in drawings], axis=1)
        for number, block in enumerate(drawn, start):
            alarms = watching.add(block)
            if alarms.any():
                own = alarms.reshape(columns, BETS).any(axis=1)
                watching.forget(numpy.repeat(own, BETS))
                for place in (own & (quiet_until <= number)).nonzero()[0]:
                    quiet_until[place] = number + DAY
                    found[place // FEW].alarms += 1
            elif number % LOOK == 0:
                note_nearest(watching, found)
        print(f"{(start + CHUNK) / BLOCKS_A_MONTH:.3f} months", *found, file=sys.stderr)


def note_nearest(watching: Detectors, found: Sequence[Month]) -> None:
    """Remember how near to an alarm any bet of each stream is."""
    for number, level in enumerate(level for level in watching.levels if level.count):
        alarm_at = watching.blocks / TOGETHER**number * len(level.value) * LEVELS
        may = numpy.where(level.may_alarm(level.calm), level.value, 0.0).reshape(len(found), -1).max(axis=1) / alarm_at
        for month, near in zip(found, may.tolist(), strict=True):
            month.nearest = max(month.nearest, near)


def seconds_to_alarm(stream: Stream) -> Mapping[float, Array]:
    """Shift -> seconds from it to the alarm of each run, infinite where none came within an hour."""
    numbers = len(SHIFTS) * RUNS
    drawings = [Drawing(stream, (99, number)) for number in range(numbers)]
    calm = LONG_CALM_BLOCKS if stream.correlation >= 0.999 else CALM_BLOCKS
    watching = Detectors(
        numpy.tile(limits(stream), numbers),
        numpy.repeat(numpy.arange(numbers), BETS),
        blocks=BLOCKS_A_MONTH * (COLUMNS + 1) // numbers,
        rows=BLOCK,
    )
    told = numpy.full(numbers, math.inf)
    for start in range(0, calm + WAIT_BLOCKS, PART):
        shifts = [(SHIFTS[number // RUNS] if start >= calm else 0.0) for number in range(numbers)]
        drawn = numpy.concatenate(
            [one.shares(PART, shift) for one, shift in zip(drawings, shifts, strict=True)], axis=1
        )
        for number, block in enumerate(drawn, start + 1 - calm):
            own = watching.add(block).reshape(numbers, BETS).any(axis=1)
            if own.any():
                told[own & numpy.isinf(told)] = number * SECONDS_A_BLOCK
        if not numpy.isinf(told).any():
            break
    return {shift: told[place * RUNS : (place + 1) * RUNS] for place, shift in enumerate(SHIFTS)}


def simulate(months: float, starts: int, plots: Path | None) -> None:
    """Print the tables."""
    print(
        f"| seconds to the alarm, median of {RUNS} runs (the most) | " + " | ".join(f"{s:g} sd" for s in SHIFTS) + " |"
    )
    print("|---|" + "---:|" * len(SHIFTS))
    curves = {}
    for stream in (one for one in STREAMS if not one.mean):
        times = seconds_to_alarm(stream)
        curves[stream.name] = [float(numpy.median(times[shift])) for shift in SHIFTS]
        print(f"| {stream.name} | " + " | ".join(map(_told, times.values())) + " |", flush=True)
    if plots:
        draw(plots / "watch-delay.svg", curves)

    rows, found = starts * months * BLOCKS_A_MONTH * BLOCK / 1e9, [Month() for _ in STREAMS]
    for seed in range(starts):
        quiet_months(months, found, seed)
    print(f"\n{starts} times {months:g} months of {FEW} columns: {rows:.2g} billion rows a stream.\n")
    print("| stream, nothing has drifted | false alarms | strongest evidence, of what an alarm needs |")
    print("|---|---:|---:|")
    for stream, month in zip(STREAMS, found, strict=True):
        print(f"| {stream.name} | {month.alarms} | {_fraction(month.nearest)} |")


def _fraction(nearest: float) -> str:
    return f"1 / {float(f'{1 / nearest:.2g}'):,.0f}" if nearest else "0"


def _told(times: Array) -> str:
    half, most = float(numpy.median(times)), float(times.max())
    return f"{_seconds(half)} ({_seconds(most)})" if math.isfinite(half) else "none"


def _seconds(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


COLOURS = ("#0b5fff", "#7aa7ff", "#2b8a3e", "#868e96", "#e8a200", "#d9480f", "#c2255c", "#5f3dc4", "#212529")


def draw(path: Path, curves: Mapping[str, Sequence[float]]) -> None:
    """Seconds from 1 to 3,600 on a logarithmic axis over shifts."""
    title, width, height, left, top, bottom = "Seconds from a shift of one column to the alarm", 720, 360, 60, 34, 60
    across, down = (width - left - 20) / (len(SHIFTS) - 1), height - top - bottom

    def y(seconds: float) -> float:
        return top + down * (1 - math.log(max(seconds, 1.0)) / math.log(3_600))

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 18 * len(curves)}" role="img">',
             f"<title>{title}</title>", '<rect width="100%" height="100%" fill="#fff"/>',
             '<g font-family="sans-serif" font-size="12" fill="#222">', f'<text x="{left}" y="18">{title}</text>',
             ]  # fmt: skip
    for tick in (1, 10, 60, 600, 3_600):
        parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:,} s</text>')
    for place, shift in enumerate(SHIFTS):
        x = left + place * across
        parts.append(f'<text x="{x:.1f}" y="{height - bottom + 18}" text-anchor="middle">{shift:g} sd</text>')
    for place, (name, values) in enumerate(curves.items()):
        known = [(left + at * across, y(value)) for at, value in enumerate(values) if math.isfinite(value)]
        points, under = " ".join(f"{x:.1f},{height_:.1f}" for x, height_ in known), height - 18 + 18 * place
        line = f'fill="none" stroke="{COLOURS[place]}" stroke-width="2"'
        parts.append(f'<polyline points="{points}" {line}/>')
        parts.append(f'<polyline points="{left},{under} {left + 24},{under}" {line}/>')
        parts.append(f'<text x="{left + 30}" y="{under + 4}">{name}</text>')
    path.write_text("\n".join([*parts, "</g>", "</svg>", ""]), encoding="utf-8")


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
        what = f"`monitor watch` of {rows:,} rows with {COLUMNS} columns, in a minute"
        keep(Row(what, OURS, "CPU s", [cpu]))
        keep(Row(what, OURS, "MB", [megabytes]))
        for moment, line in told:
            print(f"{moment - shifted:.1f} s after the shift: {line}")
        if told:
            keep(Row("from a shift of one column by an sd to the alarm", OURS, "s", [told[0][0] - shifted]))


def _baseline(effects: tuple[float, ...] = ()) -> Baseline:
    """Normal columns and a score. effects: what each reference period did against all others."""
    edges = tuple(NormalDist().inv_cdf(place / 200) for place in range(1, 200))
    score = tuple(place / 200 for place in range(1, 200))
    column: dict[str, Any] = {"rows": 100_000, "missing": 0, "minimum": None, "maximum": None, "mean": None, "sd": None,
              "counts": (500,) * 200, "effects": effects}  # fmt: skip
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
    parser.add_argument("--months", type=float, default=0.5)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--plots", type=Path)
    parser.add_argument("--cost", action="store_true")
    chosen = parser.parse_args()
    if chosen.cost:
        cost()
    else:
        simulate(chosen.months, chosen.starts, chosen.plots)
