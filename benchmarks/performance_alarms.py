"""How often a model that is as good as ever alarms, and how soon one that got worse does, by kind of task.

Each case draws an evaluation set and windows from the same world and judges them as `monitor run` does; in some, rows
belong to customers who are alike in themselves. Prints Markdown: a part of docs/explanation/false-alarms.md.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy
import pandas

from gitmlops.monitor.alarm import Judged, judge
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.profiles.evaluated import evaluated
from gitmlops.monitor.profiles.frames import column_of
from gitmlops.monitor.profiles.scores import in_one
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Baseline, NumericColumn
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics.classification import Array
from gitmlops.statistics.proportions import Proportion, clopper_pearson
from gitmlops.statistics.resampling import Whole

VERSION, FIRST_DAY = "v1.0.0", date(2021, 1, 4)
WINDOWS_A_BASELINE = 20
EVALUATION_ROWS = 5_000
PERSISTENT = AlarmRules(max_wait="1d")
Draw = numpy.random.Generator


@dataclass(frozen=True)
class Drawn:
    """Rows whose outcome is known; entities: None where each row is on its own."""

    labels: Array
    scores: Array
    entities: Whole | None = None


Rows = Callable[[Draw, int, float], Drawn]
"""rows(draw, n, worse): worse = 1 is as ever, 1.2 a fifth more noise or wrong labels."""


def numbers(noise: Callable[[Draw, int], Array]) -> Rows:
    """Predictions of a number, whose errors are this noise."""

    def rows(draw: Draw, n: int, worse: float) -> Drawn:
        said = draw.normal(100, 10, n)
        return Drawn(said + worse * noise(draw, n), said)

    return rows


def numbers_of_customers(each: int) -> Rows:
    """Customers of so many rows, each with errors of a size of their own."""

    def rows(draw: Draw, n: int, worse: float) -> Drawn:
        entities = numpy.arange(n) // each
        size = draw.exponential(3, entities[-1] + 1)[entities]
        said = draw.normal(100, 10, n)
        return Drawn(said + worse * draw.normal(0, 1, n) * size, said, entities)

    return rows


def classes(weights: tuple[float, ...]) -> Rows:
    """Probabilities of classes around these shares, which are what happens; worse: labels that are drawn anew."""

    def rows(draw: Draw, n: int, worse: float) -> Drawn:
        scores = draw.dirichlet(4 * numpy.array(weights), n)
        labels = (draw.random(n)[:, None] > scores.cumsum(axis=1)).sum(axis=1).clip(0, len(weights) - 1)
        anew = draw.random(n) < worse - 1
        labels = numpy.where(anew, draw.choice(len(weights), n, p=weights), labels)
        return Drawn(labels.astype(numpy.float64), scores)

    return rows


def two_of_customers(each: int) -> Rows:
    """Customers whose rows are mostly of one outcome, and have about the same score."""

    def rows(draw: Draw, n: int, worse: float) -> Drawn:
        entities = numpy.arange(n) // each
        own = draw.normal(0, 1.5, entities[-1] + 1)
        scores = 1 / (1 + numpy.exp(-own))[entities]
        # The customer's outcomes are as likely as the score says on average, and alike within the customer.
        likes = 1 / (1 + numpy.exp(-(own + draw.normal(0, 1.5, len(own))) / 1.15))[entities]
        labels = draw.random(n) < numpy.where(draw.random(n) < worse - 1, 0.5, likes)
        return Drawn(labels.astype(numpy.float64), scores, entities)

    return rows


def _skewed(draw: Draw, n: int) -> Array:
    return draw.lognormal(0, 1, n) - numpy.exp(0.5)


@dataclass(frozen=True)
class Case:
    """rows: of a window; of what is drawn, the key is logged unless the case says otherwise."""

    name: str
    predicted: tuple[str, ...]
    draw: Rows
    n: int
    keyed: bool = True


NUMBER, TWO = ("prediction",), ("score",)
THREE = ("score_a", "score_b", "score_c")
NORMAL, HEAVY = numbers(lambda draw, n: draw.normal(0, 3, n)), numbers(lambda draw, n: draw.standard_t(3, n))
CASES = (
    *(Case(f"a number, normal errors, n = {n:,}", NUMBER, NORMAL, n) for n in (50, 100, 300, 1_000, 10_000)),
    *(Case(f"a number, heavy tails (t, 3 degrees), n = {n:,}", NUMBER, HEAVY, n) for n in (300, 1_000, 10_000)),
    Case("a number, skewed errors (log-normal), n = 1,000", NUMBER, numbers(_skewed), 1_000),
    *(Case(f"three classes, n = {n:,}", THREE, classes((0.5, 0.3, 0.2)), n) for n in (100, 300, 1_000, 10_000)),
    Case("three classes, one of 2 %, n = 1,000", THREE, classes((0.6, 0.38, 0.02)), 1_000),
    Case("a number, 100 customers of 20 rows", NUMBER, numbers_of_customers(20), 2_000),
    Case("the same, no key in the log", NUMBER, numbers_of_customers(20), 2_000, keyed=False),
    Case("a number, 60 customers of 100 rows", NUMBER, numbers_of_customers(100), 6_000),
    Case("the same, no key in the log", NUMBER, numbers_of_customers(100), 6_000, keyed=False),
    Case("two classes, 100 customers of 20 rows", TWO, two_of_customers(20), 2_000),
    Case("the same, no key in the log", TWO, two_of_customers(20), 2_000, keyed=False),
)


def seen(case: Case, drawn: Drawn) -> Drawn:
    """What monitoring knows of it."""
    return drawn if case.keyed else replace(drawn, entities=None)


def baseline(case: Case, draw: Draw) -> Baseline:
    """An evaluation set, profiled as `package` does; monitoring reads no more of it here."""
    drawn = seen(case, case.draw(draw, EVALUATION_ROWS, 1.0))
    times = pandas.Series(pandas.Timestamp("2020-06-01", tz="UTC")).repeat(EVALUATION_ROWS)
    known = evaluated(
        drawn.labels, drawn.scores, times, predicted=case.predicted, threshold=0.5, entities=drawn.entities
    )
    score = column_of("score", pandas.Series(in_one(drawn.scores)), None, ())
    assert isinstance(score, NumericColumn)
    return Baseline(
        model="m", data_sha256="", model_sha256="", trained_until="", rows=EVALUATION_ROWS, columns=(), score=score,
        metrics=known.metrics, calibration=(), predicted=case.predicted,
    )  # fmt: skip


def unit(case: Case, place: int, drawn: Drawn) -> Unit:
    """A window of a day."""
    start = FIRST_DAY + timedelta(days=place)
    window = Window(start.isoformat(), start, start + timedelta(days=1))
    return Unit(
        window, VERSION, len(drawn.labels), place, 0.0, Tally(numpy.zeros(1, dtype=numpy.int64)), {}, drawn.labels,
        drawn.scores, True, entities=drawn.entities,
    )  # fmt: skip


def judged(case: Case, draw: Draw, worse: Iterable[float]) -> tuple[Judged, ...]:
    """What monitoring thinks of windows in a row, each so much worse than its reference."""
    reference = baseline(case, draw)
    units = tuple(unit(case, place, seen(case, case.draw(draw, case.n, much))) for place, much in enumerate(worse))
    observation = Observation((), units, {VERSION: reference}, {}, 0, 0, 0, 0)
    return judge(observation, threshold=0.5, rules=PERSISTENT).judged


def unchanged(case: Case, windows: int) -> Iterator[Judged]:
    """Windows of a model that is as good as ever, on many baselines."""
    draw = numpy.random.default_rng(17)
    for _ in range(windows // WINDOWS_A_BASELINE):
        yield from judged(case, draw, [1.0] * WINDOWS_A_BASELINE)


def told(case: Case, windows: int) -> str:
    """A row of the table of false alarms."""
    items = list(unchanged(case, windows))
    metrics = [metric for item in items for metric, _ in item.metrics]
    beyond = sum(metric.bound > 0 for metric in metrics) / len(metrics) if metrics else 0.0
    alarms = sum(item.performance is State.ALARM for item in items)
    upper = clopper_pearson(Proportion(alarms, len(items)), confidence=0.9).upper
    decided = sum(item.performance.decided for item in items) / len(items)
    return f"| {case.name} | {beyond:.2%} | {alarms / len(items):.2%} | {upper:.2%} | {decided:.0%} |"


def found(case: Case, worse: float, runs: int) -> str:
    """The share of runs that alarm in the first window, in two, in ten."""
    draw = numpy.random.default_rng(23)
    first: list[int] = []
    for _ in range(runs):
        states = [item.performance is State.ALARM for item in judged(case, draw, [worse] * 10)]
        first.append(states.index(True) if any(states) else len(states))
    return " / ".join(f"{sum(place < limit for place in first) / runs:.0%}" for limit in (1, 2, 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("windows", nargs="?", type=int, default=1_200, help="windows of a case")
    windows = parser.parse_args().windows
    print("### The model is as good as ever\n")
    print("| windows | beyond chance, of the metrics | alarms | upper limit | decided |\n|---|---:|---:|---:|---:|")
    for case in CASES:
        print(told(case, windows), flush=True)
    sizes = (1.05, 1.1, 1.2, 1.5)
    print("\n### It got worse: the share of runs that alarm in the first window, in two, in ten\n")
    print(f"| windows | {' | '.join(f'{size - 1:.0%}' for size in sizes)} |\n|---|{'---:|' * len(sizes)}")
    for case in CASES:
        if case.keyed and case.n >= 300:
            runs = max(windows // 30, 10)
            print(f"| {case.name} | {' | '.join(found(case, size, runs) for size in sizes)} |", flush=True)


if __name__ == "__main__":
    main()
