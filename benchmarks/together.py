"""How often columns that are looked at together move although nothing has changed, and how often when something has.

Prints Markdown: the table of docs/explanation/false-alarms.md. A number as argument: windows of each cell. Ten numeric
columns come from two hidden ones (likeness 0.8 within each five), 50,000 reference rows from 60 days. Each window is
measured and held against its threshold by the functions that judge a prediction log. Share of windows at the threshold
of the columns together, beside those in which any column by itself is.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy
import pandas

from gitmlops.monitor.drift.column_states import column_states
from gitmlops.monitor.drift.measuring import Effect, distribution
from gitmlops.monitor.drift.reference import Reference
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.profiles.profile import profile
from gitmlops.monitor.profiles.together import TOGETHER, Plane, plane_of
from gitmlops.records.baseline import Baseline, NumericColumn
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.model import Multivariate
from gitmlops.statistics import histogram
from gitmlops.statistics.classification import Array

SEED, COLUMNS, REFERENCE_ROWS, DAYS = 20_261_130, 10, 50_000, 60
RULES = AlarmRules()
NAMES = [f"x{place}" for place in range(COLUMNS)]


@dataclass(frozen=True)
class World:
    """likeness: of the columns of a half; broken: so many of the first half go with nothing; turned: so many of them go
    the other way; day: standard deviation of each column's mean from day to day; shift: of one column, in sd.
    """

    name: str
    rows: int
    likeness: float = 0.8
    broken: int = 0
    turned: int = 0
    day: float = 0.0
    shift: float = 0.0

    def drawn(self, generator: numpy.random.Generator, rows: int, days: int = 1) -> Array:
        """Rows of some days, shape (rows, columns)."""
        hidden = generator.normal(size=(rows, 2)).repeat(COLUMNS // 2, axis=1)
        own = generator.normal(size=(rows, COLUMNS))
        likeness = numpy.full(COLUMNS, self.likeness)
        likeness[: self.broken], sign = 0.0, numpy.ones(COLUMNS)
        sign[: self.turned] = -1.0
        found: Array = sign * hidden * numpy.sqrt(likeness) + own * numpy.sqrt(1 - likeness)
        means = generator.normal(0, self.day, (days, COLUMNS)).repeat(-(-rows // days), axis=0)[:rows]
        found += means
        found[:, 0] += self.shift
        return found


def reference(world: World, generator: numpy.random.Generator) -> Baseline:
    """What is kept of the reference's rows, with the effects of its days."""
    rows = world.drawn(generator, REFERENCE_ROWS, DAYS)
    start = pandas.Timestamp("2024-01-01", tz="UTC")
    days = numpy.arange(DAYS).repeat(-(-REFERENCE_ROWS // DAYS))[:REFERENCE_ROWS]
    frame = pandas.DataFrame(rows, columns=NAMES).assign(time=start + pandas.to_timedelta(days, unit="D"))
    few = frame.head(200)
    return profile(
        model="m", training=frame, features=NAMES, evaluation=few, slices=[], time="time", labels=None,
        scores=numpy.linspace(0, 1, len(few)), threshold=0.5, trained_until="", data_sha256="", model_sha256="",
        effect_period="day", multivariate=Multivariate(),
    )  # fmt: skip


def effects(rows: Array, baseline: Baseline, plane: Plane) -> Iterator[Effect]:
    """Every column by itself, and all together."""
    places = []
    for values, column in zip(rows.T, baseline.columns, strict=True):
        if isinstance(column, NumericColumn):
            edges = numpy.asarray(column.edges)
            places.append(histogram.place(values, edges))
            yield distribution(column.name, Tally(histogram.count(values, edges)), column)
    if baseline.together:
        known = baseline.together.distance
        distances = histogram.count(plane.distances(places), numpy.asarray(known.edges))
        yield distribution(TOGETHER, Tally(distances), known)


def share(world: World, windows: int) -> str:
    """A row of the table."""
    generator = numpy.random.default_rng((SEED, world.rows))
    quiet = replace(world, broken=0, turned=0, shift=0.0, likeness=0.8)
    baseline = reference(quiet, generator)
    if baseline.together is None:
        return ""
    plane, known = plane_of(baseline.together, baseline.columns), Reference(baseline)
    together, alone = 0, 0
    for number in range(windows):
        day = date(2024, 3, 1) + timedelta(days=number % DAYS)
        window = Window(str(day), day, day + timedelta(days=1))
        limits = known.limits(window, RULES)
        found = list(effects(world.drawn(generator, world.rows), baseline, plane))
        states = column_states(found, window, limits=limits, reference_rows=known.rows, past={}, rules=RULES)
        moved = {effect.column for effect, state in states if state.breach}
        together += TOGETHER in moved
        alone += bool(moved - {TOGETHER})
    return f"| {world.name} | {world.rows:,} | {together / windows:.1%} | {alone / windows:.1%} |"


QUIET = tuple(World("nothing changes", rows) for rows in (300, 1_000, 10_000)) + tuple(
    World(f"nothing changes, days differ by {day:g} sd in each column", 5_000, day=day) for day in (0.15, 0.3)
)
CHANGED = (
    *(World("one of ten columns goes with nothing", rows, broken=1) for rows in (300, 1_000, 10_000)),
    *(World("one of ten columns goes the other way", rows, turned=1) for rows in (300, 1_000, 10_000)),
    World("all are less alike (0.8 to 0.6)", 1_000, likeness=0.6),
    World("all are a little less alike (0.8 to 0.7)", 10_000, likeness=0.7),
    World("one column is 0.5 sd higher", 1_000, shift=0.5),
    World("one of ten goes with nothing, days differ by 0.15 sd", 5_000, broken=1, day=0.15),
)


def main() -> None:
    windows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print("| what happens | rows | together | any by itself |")
    print("|---|---:|---:|---:|")
    for world in QUIET:
        print(share(world, windows))
    for world in CHANGED:
        print(share(world, windows // 5))


if __name__ == "__main__":
    main()
