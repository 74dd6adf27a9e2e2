"""What the gate's statistics hold: coverage, false passes and power, simulated or computed; and what they cost.

Prints Markdown: the tables of docs/explanation/gate-statistics.md. A number as argument: runs of each simulation.
As `gate_statistics.py speed`: only what a million rows cost, in a process of its own.
"""

import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from statistics import NormalDist

import numpy
from scipy.stats import binom

from gitmlops.statistics.auc import AreaDifference, area, area_difference
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.groups import Groups, one_group
from gitmlops.statistics.mean_gains import mean
from gitmlops.statistics.multiplicity import budgeted_alpha, spent_alpha
from gitmlops.statistics.paired_proportions import Pairs, gain_bound, tango
from gitmlops.statistics.proportions import (
    Limits,
    Proportion,
    clopper_pearson,
    difference_bound,
    limits,
    ratio_bound,
    wilson,
)
from gitmlops.statistics.rate_gains import PairedDecisions, rate_gains
from gitmlops.statistics.resampling import Whole

RUNS, LEVEL = 2000, 0.95
SEED = 20_260_101
NORMAL = NormalDist()
ROWS_OF_ENTITY = 10
PLAIN_Z = NORMAL.inv_cdf(0.975)
T3_MEAN = 2 * math.sqrt(3) / math.pi
"""Of the absolute value of Student's t with 3 degrees of freedom: the integral of 2 x f(x)."""


@dataclass(frozen=True)
class Rows:
    """labels, shape (rows,); clusters: the entity of each row; noise(): standard normal, alike within entities."""

    labels: Array
    clusters: Whole | None
    noise: Callable[[], Array]


def independent(generator: numpy.random.Generator, positives: int, negatives: int) -> Rows:
    labels = numpy.repeat([1.0, 0.0], [positives, negatives])
    return Rows(labels, None, lambda: generator.normal(size=len(labels)))


def clustered(generator: numpy.random.Generator, entities: int, icc: float) -> Rows:
    """Ten rows an entity, every other entity positive; icc: the share of the noise's variance that its rows share."""
    clusters = numpy.repeat(numpy.arange(entities), ROWS_OF_ENTITY)

    def noise() -> Array:
        shared, own = generator.normal(size=entities)[clusters], generator.normal(size=len(clusters))
        return math.sqrt(icc) * shared + math.sqrt(1 - icc) * own

    return Rows((clusters % 2).astype(float), clusters, noise)


def shift(wanted: float) -> float:
    """How far positives of a normal score stand above negatives for this area."""
    return math.sqrt(2) * NORMAL.inv_cdf(wanted)


def covered(make: Callable[[], Rows], truth: float, runs: int) -> tuple[float, float]:
    """How often our limits held the area, and how often plain DeLong's of independent rows did."""
    ours = plain = 0
    for _ in range(runs):
        rows = make()
        scores = rows.noise() + shift(truth) * rows.labels
        found = area(rows.labels, scores, confidence=LEVEL, clusters=rows.clusters).limits
        ours += found.lower <= truth <= found.upper
        value, error = plain_delong(rows.labels, scores)
        plain += abs(value - truth) <= PLAIN_Z * error
    return ours / runs, plain / runs


def plain_delong(labels: Array, scores: Array) -> tuple[float, float]:
    """Area and standard error as published: of independent rows, each counted once; here from all pairs of ranks."""
    above, below = numpy.sort(scores[labels == 1]), numpy.sort(scores[labels == 0])
    shares = numpy.searchsorted(below, above) / len(below), 1 - numpy.searchsorted(above, below) / len(above)
    return float(shares[0].mean()), math.sqrt(sum(share.var(ddof=1) / len(share) for share in shares))


def passed(make: Callable[[], Rows], production: float, loss: float, margin: float, runs: int) -> float:
    """How often a candidate that is `loss` below production was found non-inferior; scores correlate with .9."""
    count = 0
    for _ in range(runs):
        rows = make()
        theirs = rows.noise()
        ours = 0.9 * theirs + math.sqrt(1 - 0.81) * rows.noise()
        found = difference(
            rows, ours + shift(production - loss) * rows.labels, theirs + shift(production) * rows.labels
        )
        count += found.bound > -margin
    return count / runs


def difference(rows: Rows, ours: Array, theirs: Array) -> AreaDifference:
    return area_difference(rows.labels, ours, theirs, confidence=LEVEL, clusters=rows.clusters)


def rate_passed(entities: int, icc: float, loss: float, margin: float, runs: int, *, aware: bool = True) -> float:
    """How often a loss in accuracy was within the margin, by bootstrap; decisions of one entity are alike.

    aware: whether the bootstrap is told of the entities.
    """
    generator = numpy.random.default_rng(SEED)
    count = 0
    for run in range(runs):
        rows = clustered(generator, entities, icc)
        labels, right = rows.labels == 1, rows.noise() < NORMAL.inv_cdf(0.8)
        # A row in five is decided by a coin of the entity's own, which falls wrong more often by the loss.
        again = rows.noise() < NORMAL.inv_cdf(0.8 - loss / 0.2)
        ours_right = numpy.where(rows.noise() < NORMAL.inv_cdf(0.2), again, right)
        sample = PairedDecisions(
            labels, labels == ours_right, labels == right, one_group(len(labels)), rows.clusters if aware else None
        )
        found = rate_gains(["accuracy"], sample, confidence=LEVEL, resamples=1000, seed=run)[0]
        count += found.bound is not None and found.bound > -margin
    return count / runs


def mean_held(draw: Callable[[int], Array], truth: float, rows: int, runs: int) -> tuple[float, float, float]:
    """How often the lower and the upper 95 % limit of a mean were on its wrong side, and how often there was none."""
    above = below = refused = 0
    for _ in range(runs):
        try:
            found = mean(draw(rows), confidence=2 * LEVEL - 1).limits
        except Unmeasurable:
            refused += 1
            continue
        above += found.lower > truth
        below += found.upper < truth
    return above / runs, below / runs, refused / runs


def losses(generator: numpy.random.Generator) -> Sequence[tuple[str, Callable[[int], Array], float]]:
    """What rows add to a metric: a name, how it is drawn, and its mean."""
    return (
        ("absolute errors, normal", lambda n: numpy.abs(generator.normal(size=n)), math.sqrt(2 / math.pi)),
        ("squared errors, normal", lambda n: numpy.square(generator.normal(size=n)), 1.0),
        ("squared errors, Laplace's", lambda n: numpy.square(generator.laplace(size=n)), 2.0),
        ("absolute errors, Student's with 3 degrees", lambda n: numpy.abs(generator.standard_t(3, size=n)), T3_MEAN),
        ("-log of Beta(5, 1)", lambda n: -numpy.log(generator.beta(5, 1, size=n)), 0.2),
        ("queries, Beta(0.9, 0.1)", lambda n: generator.beta(0.9, 0.1, size=n), 0.9),
    )


def proportion_covered(interval: Callable[..., Limits], trials: int, p: float) -> float:
    """Exactly: the probability of the counts whose interval holds p."""
    held = _held(interval, trials)
    return float(binom.pmf(numpy.arange(trials + 1), trials, p)[(held[0] <= p) & (p <= held[1])].sum())


@cache
def _held(interval: Callable[..., Limits], trials: int) -> tuple[Array, Array]:
    found = [interval(Proportion(hits, trials), confidence=LEVEL) for hits in range(trials + 1)]
    return numpy.array([one.lower for one in found]), numpy.array([one.upper for one in found])


@cache
def bound_of(rows: int, better: int, worse: int, alpha: float) -> float:
    return gain_bound(Pairs(rows - better - worse, better, worse, 0), confidence=1 - alpha)


def pair_passed(rows: int, discordant: float, loss: float, margin: float, bound: Callable[..., float]) -> float:
    """Exactly: the probability that a loss is found within the margin; discordant: the share of rows that differ."""
    total, worse = 0.0, (discordant + loss) / 2
    for together in range(rows + 1):
        chance = float(binom.pmf(together, rows, discordant))
        if chance > 1e-9:
            most = last(together, partial(_within, bound, rows, together, margin))
            total += chance * float(binom.cdf(most, together, worse / discordant))
    return total


def _within(bound: Callable[..., float], rows: int, together: int, margin: float, lost: int) -> bool:
    return bound(rows, together - lost, lost) > -margin


def last(count: int, holds: Callable[[int], bool]) -> int:
    """The last of 0..count for which it holds, -1 if it never does; once it does not hold it never does again."""
    low, high = -1, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def plain_tango(rows: int, better: int, worse: int) -> float:
    return tango(Pairs(rows - better - worse, better, worse, 0), confidence=2 * LEVEL - 1).lower


def group_passed(n: int, m: int, q: float, ratio: float) -> tuple[float, float]:
    """Exactly: how often the bounds of a ratio and of a difference exclude the truth that they stand at."""
    hits = numpy.flatnonzero(binom.pmf(numpy.arange(n + 1), n, ratio * q) > 1e-5)
    others = numpy.flatnonzero(binom.pmf(numpy.arange(m + 1), m, q) > 1e-5)
    by_ratio = by_difference = 0.0
    for y in others.tolist():
        theirs = Proportion(y, m)
        tail = binom.pmf(hits, n, ratio * q) * binom.pmf(y, m, q)
        for bound, truth, is_ratio in ((ratio_bound, ratio, True), (difference_bound, ratio * q - q, False)):
            holds = partial(_above, bound, hits, n, theirs, truth)
            first = len(hits) - 1 - last(len(hits) - 1, holds)
            chance = float(tail[first:].sum())
            by_ratio, by_difference = by_ratio + chance * is_ratio, by_difference + chance * (not is_ratio)
    return by_ratio, by_difference


def _above(bound: Callable[..., float], hits: Whole, n: int, theirs: Proportion, truth: float, from_end: int) -> bool:
    """Whether the bound of the hits so many places from the end lies above the truth."""
    return bound(Proportion(int(hits[len(hits) - 1 - from_end]), n), theirs, confidence=LEVEL) > truth


def looked(alphas: Sequence[float], runs: int) -> float:
    """How often one of as many candidates, each exactly at the margin, passed on one set of 1,000 rows."""
    generator = numpy.random.default_rng(SEED)
    rows, discordant, margin = 1000, 0.1, 0.02
    shares = [(discordant - margin) / 2, (discordant + margin) / 2, 1 - discordant]
    count = 0
    for _ in range(runs):
        looks = generator.multinomial(rows, shares, size=len(alphas))
        passes = (
            bound_of(rows, int(b), int(c), alpha) > -margin for (b, c, _), alpha in zip(looks, alphas, strict=True)
        )
        count += any(passes)
    return count / runs


def table(title: str, head: str, lines: Iterable[Sequence[object]]) -> None:
    names = head.split("|")
    print(f"\n### {title}\n\n|{'|'.join(names)}|\n|{'---|' * len(names)}")
    for line in lines:
        print(f"| {' | '.join(f'{cell:.3f}' if isinstance(cell, float) else str(cell) for cell in line)} |", flush=True)


def simulate(runs: int) -> None:
    generator = numpy.random.default_rng(SEED)
    sizes = ((100, 100), (100, 1000), (1000, 100), (300, 300))
    table(
        "Limits of an area: how often 95 % limits hold it",
        "area|positives|negatives|ours|plain DeLong",
        (
            (f"{truth:g}", m, n, *covered(partial(independent, generator, m, n), truth, runs))
            for truth in (0.6, 0.8, 0.9, 0.95, 0.98)
            for m, n in sizes
        ),
    )
    table(
        "Limits of an area when rows come ten an entity",
        "area|share of noise within entities|entities|ours, by entity|plain DeLong, by row",
        _clustered_areas(generator, runs),
    )
    table(
        "Non-inferiority of an area: false passes with the loss exactly at the margin, and power with no loss",
        "production's area|margin|rows|false passes|power",
        _areas_passed(generator, runs),
    )
    table(
        "Non-inferiority of accuracy by bootstrap of 1,000, margin 0.02, rows ten an entity",
        "share of noise within entities|entities|false passes|power|false passes if entities were ignored",
        (
            (
                f"{icc:g}", entities, rate_passed(entities, icc, 0.02, 0.02, runs),
                rate_passed(entities, icc, 0, 0.02, runs), rate_passed(entities, icc, 0.02, 0.02, runs, aware=False),
            )
            for icc in (0, 0.3, 0.6) for entities in (200, 400)
        ),
    )  # fmt: skip
    table(
        "Means of rows or queries: one-sided 95 % limits on the wrong side of the truth, and none given",
        "what a row adds|rows|lower limit too high|upper limit too low|refused",
        (
            (name, rows, *mean_held(draw, truth, rows, runs))
            for name, draw, truth in losses(generator)
            for rows in (100, 300, 1000)
        ),
    )
    table(
        "Fifty looks at one evaluation set, each by a candidate exactly at the margin: how often one passes",
        "alpha of a look|false passes of 1 look|of 10 looks|of 20 looks|of 50 looks",
        (
            ("0.05, uncorrected", *(looked([0.05] * looks, runs) for looks in (1, 10, 20, 50))),
            (
                "0.05 * 6 / (pi^2 k^2)",
                *(looked([spent_alpha(0.05, k + 1) for k in range(n)], runs) for n in (1, 10, 20, 50)),
            ),
            (
                "0.05 / 50",
                *(looked([budgeted_alpha(0.05, k + 1, budget=50) for k in range(n)], runs) for n in (1, 10, 20, 50)),
            ),
        ),
    )


def _clustered_areas(generator: numpy.random.Generator, runs: int) -> Iterable[Sequence[object]]:
    for truth in (0.7, 0.9):
        for icc in (0.0, 0.3, 0.6):
            for entities in (200, 400):
                yield (
                    f"{truth:g}", f"{icc:g}", entities,
                    *covered(partial(clustered, generator, entities, icc), truth, runs),
                )  # fmt: skip


def _areas_passed(generator: numpy.random.Generator, runs: int) -> Iterable[Sequence[object]]:
    for production, margin in ((0.7, 0.05), (0.8, 0.03), (0.9, 0.02), (0.95, 0.01)):
        for positives, negatives in ((100, 100), (100, 1000), (1000, 1000)):
            make = partial(independent, generator, positives, negatives)
            rates = (passed(make, production, loss, margin, runs) for loss in (margin, 0.0))
            yield f"{production:g}", f"{margin:g}", f"{positives} + {negatives}", *rates
    for icc in (0.0, 0.3, 0.6):
        make = partial(clustered, generator, 200, icc)
        rates = (passed(make, 0.8, loss, 0.03, runs) for loss in (0.03, 0.0))
        yield "0.8", "0.03", f"200 entities of 10, {icc:g} within", *rates


def compute() -> None:
    shares = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
    for name, interval in (("for reports", limits), ("Wilson alone", wilson), ("Clopper-Pearson", clopper_pearson)):
        table(
            f"One proportion: probability that 95 % limits hold it, {name} (computed, not simulated)",
            "|".join(["rows", *(f"p = {p:g}" for p in shares)]),
            (
                (n, *(proportion_covered(interval, n, p) for p in shares))
                for n in (10, 20, 30, 50, 100, 200, 500, 1000, 2000)
            ),
        )
    table(
        "Paired proportions, loss exactly at the margin (computed): false passes, and power with no loss",
        "rows|share that differs|margin|false passes|of Tango's limit without the half pair|power",
        (
            (
                n, f"{share:g}", f"{margin:g}",
                pair_passed(n, share, margin, margin, partial(bound_of, alpha=1 - LEVEL)),
                pair_passed(n, share, margin, margin, plain_tango),
                pair_passed(n, share, 0, margin, partial(bound_of, alpha=1 - LEVEL)),
            )
            for n in (30, 100, 300, 1000)
            for share, margin in ((0.05, 0.01), (0.1, 0.02), (0.3, 0.05))
        ),
    )  # fmt: skip
    table(
        "Two groups, ratio and difference exactly at the limit (computed): false passes",
        "rows|rows of the reference|rate of the reference|ratio|by the ratio's bound|by the difference's bound",
        (
            (n, m, f"{q:g}", f"{ratio:g}", *group_passed(n, m, q, ratio))
            for n, m in ((30, 30), (30, 300), (300, 30), (100, 100), (300, 300))
            for q in (0.05, 0.3, 0.7)
            for ratio in (0.8, 1.0)
        ),
    )


def speed() -> None:
    """A million predictions in twenty slices: the area's non-inferiority in each, rates by bootstrap of 1,000."""
    generator = numpy.random.default_rng(SEED)
    rows, slices = 1_000_000, 20
    labels = (generator.random(rows) < 0.3).astype(float)
    theirs = generator.normal(size=rows) + labels
    ours = theirs + 0.3 * generator.normal(size=rows)
    groups = Groups(tuple(f"slice {number}" for number in range(slices)), generator.integers(0, slices, rows))
    for name, clusters in (("independent rows", None), ("100,000 entities", generator.integers(0, 100_000, rows))):
        began = time.process_time()
        area_difference(labels, ours, theirs, confidence=LEVEL, clusters=clusters)
        for number in range(slices):
            chosen = groups.codes == number
            own = None if clusters is None else clusters[chosen]
            area_difference(labels[chosen], ours[chosen], theirs[chosen], confidence=LEVEL, clusters=own)
        areas = time.process_time() - began
        for part in (one_group(rows), groups):
            sample = PairedDecisions(labels == 1, ours > 0.5, theirs > 0.5, part, clusters)
            rate_gains(
                ["accuracy", "recall", "precision", "selection_rate"], sample, confidence=LEVEL, resamples=1000, seed=1
            )
        cpu = time.process_time() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
        print(f"| {name} | {areas:.1f} | {cpu - areas:.1f} | {cpu:.1f} | {memory:.2f} |", flush=True)


def main() -> None:
    if sys.argv[1:] == ["speed"]:
        speed()
        return
    runs = int(sys.argv[1]) if sys.argv[1:] else RUNS
    print(f"Simulated over {runs:,} runs: a share of 0.95 is known to +- {1.96 * math.sqrt(0.95 * 0.05 / runs):.3f}.")
    simulate(runs)
    compute()
    print("\n### A million predictions in twenty slices (at most 20 s and 1.5 GB)\n")
    print("|rows|areas, CPU s|rates, CPU s|together, CPU s|memory so far, GB|\n|---|---|---|---|---|", flush=True)
    subprocess.run([sys.executable, __file__, "speed"], check=True)


if __name__ == "__main__":
    main()
