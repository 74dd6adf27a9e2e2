"""How often monitoring alarms when nothing has drifted, and how often when something has: simulated windows.

Prints Markdown: the tables of docs/explanation/false-alarms.md; with `--plots FOLDER` draws them as SVG, too. A number
as argument: windows of each cell. Windows are drawn as counts in the bins of a baseline (the distribution that rows
would have), and judged by the function that judges a prediction log. Beside it the default rules of two other tools,
as their documentation and code state them.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy
from numpy.typing import NDArray
from plots import plot
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from gitmlops.monitor.alarm import Judged, judge
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics import drift
from gitmlops.statistics.classification import Array
from gitmlops.statistics.histogram import Counts
from gitmlops.statistics.proportions import Proportion, clopper_pearson

SEED = 20_261_130
START = date(2024, 1, 1)
REFERENCE_ROWS = 50_000
REPLICATES = 10
ENTITIES, LIKENESS = 100, 0.2
SIZES = (50, 100, 300, 1_000, 3_000, 10_000, 100_000, 1_000_000)
SHIFTS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
RULES = AlarmRules(max_wait="1d")
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Shape:
    """A column as a cut of a normal variable: cuts between its bins or levels, what they are worth, who has none."""

    name: str
    cuts: Array
    values: Array | None
    missing: float = 0.0

    def shares(self, shift: Array | float, deviation: float = 1.0) -> Array:
        """Shares of the bins when the variable has this mean; shape (..., bins)."""
        below = ndtr((self.cuts - numpy.asarray(shift)[..., None]) / deviation)
        ones, zeros = numpy.ones((*below.shape[:-1], 1)), numpy.zeros((*below.shape[:-1], 1))
        return numpy.maximum(numpy.diff(numpy.concatenate([zeros, below, ones], axis=-1)), 0)


def shapes() -> tuple[Shape, ...]:
    """20 columns: 9 normal (the first is the score), 4 heavy tails, 3 with ties, 2 of 5 and 2 of 200 levels."""
    ranks = (numpy.arange(200) + 0.5) / 200
    even, zeros = ndtri(numpy.arange(1, 200) / 200), ndtri(numpy.linspace(0.8, 1, 41)[:-1])
    rare = numpy.cumsum(1 / numpy.arange(1, 201)) / (1 / numpy.arange(1, 201)).sum()
    normal = [Shape(f"normal{i}", even, ndtri(ranks), 0.1 if i == 8 else 0.0) for i in range(9)]
    heavy = [Shape(f"heavy{i}", even, student.ppf(ranks, 3)) for i in range(4)]
    ties = [Shape(f"zeros{i}", zeros, numpy.arange(41.0)) for i in range(2)]
    whole = [Shape("whole", ndtri(numpy.array([0.3, 0.6, 0.8, 0.9, 0.97])), numpy.arange(6.0))]
    few = [Shape(f"levels{i}", ndtri(numpy.array([0.4, 0.7, 0.85, 0.95])), None) for i in range(2)]
    many = [Shape(f"rare{i}", ndtri(rare[:-1]), None) for i in range(2)]
    return (*normal, *heavy, *ties, *whole, *few, *many)


@dataclass(frozen=True)
class World:
    """How windows differ though nothing has drifted. day: standard deviation of a day's mean; memory: of yesterday's.

    weekday: how much higher weekends are; entities: whether rows come from few entities that are alike; days: in a
    window; reference_days: how many the baseline knows, 0 for none.
    """

    name: str
    rows: int
    day: float = 0.0
    memory: float = 0.0
    weekday: float = 0.0
    entities: bool = False
    days: int = 1
    reference_days: int = 0

    def means(self, generator: numpy.random.Generator, days: int) -> Array:
        """The mean of each day, the first one a Monday."""
        noise = generator.normal(0, 1, days)
        for today in range(1, days):
            noise[today] = self.memory * noise[today - 1] + math.sqrt(1 - self.memory**2) * noise[today]
        weekend = numpy.arange(days) % DAYS_PER_WEEK >= 5
        return self.day * noise + self.weekday * (weekend - 2 / DAYS_PER_WEEK)


def counted(
    generator: numpy.random.Generator, shape: Shape, world: World, means: Array, shift: float
) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    """Rows per bin and missing rows of each day, shapes (days, bins) and (days,)."""
    rows = world.rows // world.days
    missing = generator.binomial(rows, shape.missing, len(means))
    if not world.entities:
        return generator.multinomial(rows - missing, shape.shares(means + shift)), missing
    own = generator.normal(0, math.sqrt(LIKENESS), (len(means), ENTITIES)) + means[:, None] + shift
    shares = shape.shares(own, math.sqrt(1 - LIKENESS))
    return generator.multinomial(rows // ENTITIES, shares).sum(axis=1), missing


def column(shape: Shape, days: NDArray[numpy.int64], missing: int, calibrated: bool) -> Column:
    """The profile of a column from its reference days."""
    whole = days.sum(axis=0)
    rows = int(whole.sum()) + missing
    counts = tuple(whole.tolist())
    if shape.values is None:
        distance = drift.total_variation
        kept: Column = CategoricalColumn(
            shape.name, rows, missing, tuple(f"level{i}" for i in range(len(counts))), counts, 0
        )
    else:
        distance = drift.kolmogorov_smirnov
        kept = NumericColumn(shape.name, rows, missing, None, None, None, None, tuple(shape.cuts.tolist()), counts)
    if not calibrated:
        return kept
    effects = tuple(distance(whole - one, one) for one in days)
    shifts = tuple(drift.rank_shift(whole - one, one) or 0.0 for one in days)
    return replace_struct(kept, effects, shifts)


def replace_struct(column: Column, effects: tuple[float, ...], shifts: tuple[float, ...]) -> Column:
    """The column with what its periods did."""
    return msgspec.structs.replace(column, effects=effects, shifts=shifts)


@dataclass(frozen=True)
class Drawn:
    """One baseline and the windows after it: counts by column, shape (windows, bins)."""

    baseline: Baseline
    units: tuple[Unit, ...]
    reference: Mapping[str, Counts]
    windows: Mapping[str, NDArray[numpy.int64]]


def draw(
    generator: numpy.random.Generator, world: World, windows: int, *, shift: float = 0.0, drifted: int = 0
) -> Drawn:
    """A world's baseline and windows; the first so many columns are shifted in all of them."""
    reference_days = world.reference_days or max(1, REFERENCE_ROWS // max(world.rows, 1))
    own = replace(world, days=1, rows=world.rows // world.days) if world.reference_days else replace(world, days=1)
    columns, counts, missing, reference = [], {}, {}, {}
    for place, shape in enumerate(shapes()):
        before, without = counted(generator, shape, own, world.means(generator, reference_days), 0.0)
        columns.append(column(shape, before, int(without.sum()), bool(world.reference_days)))
        days = world.means(generator, windows * world.days)
        now, gone = counted(generator, shape, world, days, shift if place < drifted else 0.0)
        counts[shape.name] = now.reshape(windows, world.days, -1).sum(axis=1)
        missing[shape.name] = gone.reshape(windows, world.days).sum(axis=1)
        reference[shape.name] = before.sum(axis=0)
    # The first day of the reference is the same weekday as that of the windows, a Monday.
    offset = (START - timedelta(days=reference_days)).weekday()
    starts = tuple(str(START - timedelta(days=reference_days + offset - day)) for day in range(reference_days))
    baseline = Baseline(
        model="m", data_sha256="", model_sha256="", trained_until="2023-12-31", rows=columns[0].rows,
        columns=tuple(columns[1:]), score=columns[0], metrics=(), calibration=(),
        periods=starts if world.reference_days else (), effect_period="day" if world.reference_days else "",
        score_periods=starts if world.reference_days else (),
    )  # fmt: skip
    units = tuple(unit(world, index, counts, missing) for index in range(windows))
    return Drawn(baseline, units, reference, counts)


def unit(world: World, index: int, counts: Mapping[str, NDArray[numpy.int64]], missing: Mapping[str, Counts]) -> Unit:
    """One window."""
    start = START + timedelta(days=index * world.days)
    window = Window(start.isoformat(), start, start + timedelta(days=world.days))
    tallies = {}
    for shape in shapes_by_name().values():
        bins = counts[shape.name][index]
        tallies[shape.name] = Tally(
            bins if shape.values is not None else numpy.append(bins, 0), int(missing[shape.name][index])
        )
    score, *others = shapes_by_name()
    return Unit(
        window, "v1.0.0", tallies[score].rows + tallies[score].missing, index, 0.5, tallies[score],
        {f"feature.{name}": tallies[name] for name in others}, numpy.empty(0), numpy.empty(0), False,
    )  # fmt: skip


_SHAPES = {shape.name: shape for shape in shapes()}


def shapes_by_name() -> Mapping[str, Shape]:
    """The columns by their names, in order."""
    return _SHAPES


def judged(drawn: Drawn, rules: AlarmRules = RULES) -> tuple[Judged, ...]:
    """What monitoring thinks of each window."""
    observation = Observation((), drawn.units, {"v1.0.0": drawn.baseline}, {}, 0, 0, 0, 0)
    return judge(observation, threshold=0.5, rules=rules).judged


def alarms(item: Judged) -> bool:
    """Whether a window alarms."""
    return any(state in (State.ALARM, State.SLOW) for _, state in item.columns)


def evidently(drawn: Drawn) -> Array:
    """Which windows have a column that Evidently's default calls drifted, shape (windows,).

    Of more than 1,000 reference rows: Wasserstein distance over the reference's standard deviation for numbers with
    more than 5 values, else Jensen-Shannon distance (natural logarithm), both from 0.1 on.
    https://docs-old.evidentlyai.com/reference/data-drift-algorithm
    """
    found = numpy.zeros(len(drawn.units), dtype=bool)
    for name, counts in drawn.windows.items():
        shape, before = shapes_by_name()[name], drawn.reference[name] / drawn.reference[name].sum()
        now = counts / counts.sum(axis=1, keepdims=True)
        if shape.values is not None and len(shape.values) > 5:
            deviation = math.sqrt(float((before * shape.values**2).sum() - (before * shape.values).sum() ** 2))
            gaps = numpy.abs(numpy.cumsum(now - before, axis=1))[:, :-1]
            found |= (gaps * numpy.diff(shape.values)).sum(axis=1) / deviation >= 0.1
        else:
            found |= jensen_shannon(before, now, math.e) >= 0.1
    return found.astype(float)


def nannyml(generator: numpy.random.Generator, world: World, drawn: Drawn) -> Array:
    """Which windows have a column beyond NannyML's default threshold, shape (windows,).

    Jensen-Shannon distance (base 2), above the mean plus three standard deviations of that of the reference's chunks,
    which are as many rows as a window; here 50 of them. (version 0.13.1: drift/univariate/calculator.py, methods.py)
    """
    found = numpy.zeros(len(drawn.units), dtype=bool)
    chunks = replace(world, reference_days=0)
    for name, counts in drawn.windows.items():
        shape = shapes_by_name()[name]
        means = world.means(generator, 50 * world.days)
        days, _ = counted(generator, shape, chunks, means, 0.0)
        before = grouped(shape, days.reshape(50, world.days, -1).sum(axis=1))
        now = grouped(shape, counts)
        whole = before.sum(axis=0) / before.sum()
        usual = jensen_shannon(whole, before / before.sum(axis=1, keepdims=True), 2)
        found |= jensen_shannon(whole, now / now.sum(axis=1, keepdims=True), 2) > usual.mean() + 3 * usual.std()
    return found.astype(float)


def grouped(shape: Shape, counts: NDArray[numpy.int64]) -> NDArray[numpy.int64]:
    """Counts in 17 bins of equal width, as of Doane's rule for about 50,000 normal values; levels as they are."""
    if shape.values is None or len(shape.values) <= 17:
        return counts
    edges = numpy.linspace(shape.values[0], shape.values[-1], 18)[1:-1]
    places = numpy.searchsorted(edges, shape.values, side="right")
    return numpy.stack([counts[:, places == place].sum(axis=1) for place in range(17)], axis=1)


def jensen_shannon(before: Array, now: Array, base: float) -> Array:
    """The distance of each row of `now` from `before`."""
    middle = (before + now) / 2

    def divergence(one: Array) -> Array:
        with numpy.errstate(divide="ignore", invalid="ignore"):
            return numpy.where(one > 0, one * numpy.log(one / middle), 0.0).sum(axis=-1)

    return numpy.sqrt(
        numpy.maximum(divergence(numpy.broadcast_to(before, now.shape)) + divergence(now), 0) / 2 / math.log(base)
    )


@dataclass(frozen=True)
class Cell:
    """Shares of the windows of a world."""

    world: World
    windows: int
    alarmed: int
    decided: int
    evidently: float
    nannyml: float

    @property
    def share(self) -> float:
        return self.alarmed / self.windows

    @property
    def upper(self) -> float:
        """The upper end of the 90 % interval: the true share is above it in at most 5 % of simulations."""
        return clopper_pearson(Proportion(self.alarmed, self.windows), confidence=0.90).upper


def cell(world: World, windows: int, rules: AlarmRules = RULES) -> Cell:
    """A world without drift, in so many replicates with a baseline each."""
    generator = numpy.random.default_rng(SEED)
    counts = numpy.zeros(2, dtype=int)
    others = numpy.zeros(2)
    total = 0
    for _ in range(REPLICATES):
        drawn = draw(generator, world, windows // REPLICATES)
        seen = judged(drawn, rules)
        total += len(seen)
        counts += [sum(map(alarms, seen)), sum(item.enough_rows for item in seen)]
        others += [evidently(drawn).mean(), nannyml(generator, world, drawn).mean()]
    return Cell(world, total, int(counts[0]), int(counts[1]), *(others / REPLICATES).tolist())


def power(world: World, shift: float, runs: int) -> tuple[float, float, float]:
    """Shares of runs in which one column's shift is an alarm in its first window, within two, within ten."""
    generator = numpy.random.default_rng(SEED + 1)
    found = numpy.zeros(3)
    for _ in range(runs):
        seen = judged(draw(generator, world, 10, shift=shift, drifted=1))
        hit = [any(state in (State.ALARM, State.SLOW) for effect, state in item.columns if effect.column == "score")
               for item in seen]  # fmt: skip
        found += [hit[0], any(hit[:2]), any(hit)]
    first, two, ten = (found / runs).tolist()
    return first, two, ten


INDEPENDENT = tuple(World(f"independent rows, n = {rows:,}", rows) for rows in SIZES)
DEPENDENT = (
    World("day effects of 0.15 sd, 365 reference days", 5_000, day=0.15, reference_days=365),
    World("the same, 60 reference days", 5_000, day=0.15, reference_days=60),
    World("the same, windows of 7 days, 365 reference days", 35_000, day=0.15, days=7, reference_days=365),
    World("the same, each day like the one before (0.7)", 5_000, day=0.15, memory=0.7, reference_days=365),
    World("weekends 0.3 sd higher, days 0.05 sd", 5_000, day=0.05, weekday=0.3, reference_days=365),
    World("100 entities a day, correlation 0.2, 60 days", 5_000, entities=True, reference_days=60),
    World("day effects of 0.15 sd, uncalibrated", 5_000, day=0.15),
)
MERGED = World("100 rows a day, put together", 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("windows", nargs="?", type=int, default=2_000)
    parser.add_argument("--plots", type=Path)
    arguments = parser.parse_args()
    print(f"{arguments.windows:,} windows of 20 columns a row, {REPLICATES} baselines.\n")
    cells = [cell(world, arguments.windows) for world in (*INDEPENDENT, *DEPENDENT)]
    cells.append(cell(MERGED, 10 * arguments.windows, AlarmRules()))
    print("### Nothing has drifted: the share of windows that alarm\n")
    print("| windows | alarms | upper limit | decided | Evidently's default | NannyML's default |")
    print("|---|---:|---:|---:|---:|---:|")
    for one in cells:
        print(
            f"| {one.world.name} | {one.share:.2%} | {one.upper:.2%} | {one.decided / one.windows:.0%} "
            f"| {one.evidently:.0%} | {one.nannyml:.0%} |"
        )
    print("\n### One column of 20 has moved: the share of runs that alarm in the first window, in two, in ten\n")
    powers = list(powered(arguments.windows // 20))
    print("| rows a window | " + " | ".join(f"{shift:g} sd" for shift in SHIFTS) + " |")
    print("|---|" + "---:|" * len(SHIFTS))
    for name, shares in powers:
        print(f"| {name} | " + " | ".join(" / ".join(f"{value:.0%}" for value in share) for share in shares) + " |")
    if arguments.plots:
        draw_plots(arguments.plots, cells[: len(INDEPENDENT)], powers)


def powered(runs: int) -> Iterator[tuple[str, list[tuple[float, float, float]]]]:
    """The power at several sizes of windows."""
    worlds = {f"{rows:,}": World("", rows) for rows in (100, 300, 1_000, 10_000)}
    worlds["1,000, 60 quiet reference days"] = World("", 1_000, reference_days=60)
    worlds["5,000, 60 reference days of 0.15 sd"] = DEPENDENT[1]
    for name, world in worlds.items():
        yield name, [power(world, shift, runs) for shift in SHIFTS]


def draw_plots(
    folder: Path, cells: Sequence[Cell], powers: Sequence[tuple[str, list[tuple[float, float, float]]]]
) -> None:
    """The two tables as SVG."""
    sizes = [f"{one.world.rows:,}" for one in cells]
    curves = {
        "gitmlops": [one.share for one in cells],
        "gitmlops, upper limit": [one.upper for one in cells],
        "Evidently's default": [one.evidently for one in cells],
        "NannyML's default": [one.nannyml for one in cells],
    }
    plot(folder / "false-alarms.svg", "Share of windows that alarm although nothing drifted, by rows", sizes, curves)
    shifts = [f"{shift:g} sd" for shift in SHIFTS]
    found = {f"{name} rows": [share[1] for share in shares] for name, shares in powers}
    plot(folder / "alarm-power.svg", "Share of shifts of one column found within two windows", shifts, found)


if __name__ == "__main__":
    main()
