"""How often production is told to miss a promise about groups that it keeps, and how soon one that it misses.

Prints Markdown: the tables of docs/explanation/false-alarms.md. A number as argument: models of each cell. Each model
serves two groups or four for 52 weeks and is looked at after each of them; it has promised that each group is selected
at least four fifths as often as any other. Beside the rule that ships: the gate's point rule on the week's rows, the
same on all rows so far, and a test at 5 % (normal, one-sided) on all rows so far, as if each look were the only one.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy

from gitmlops.statistics import rate_gaps
from gitmlops.statistics.classification import Array
from gitmlops.statistics.proportions import Proportion, clopper_pearson
from gitmlops.statistics.rate_gaps import Counted, Gap

SEED, WEEKS, ALPHA = 20_261_130, 52, 0.05
FOUR_FIFTHS = Gap(0.8, 0.0)
RATE = 0.3
LOOKS = (2, 4, 8, 13, 26, 52)


@dataclass(frozen=True)
class World:
    """Groups whose first one is selected with `ratio` of the others' rate, from a week on; before, all are alike.

    rows: of each group a week; noise: standard deviation of each group's rate in each week, as a share of the rate.
    """

    name: str
    rows: int
    ratio: float = 1.0
    groups: int = 2
    rate: float = RATE
    noise: float = 0.0
    begins: int = 0

    def drawn(self, models: int) -> Counted:
        """Hits and rows, shape (groups, models, weeks)."""
        generator = numpy.random.default_rng((SEED, self.rows, self.groups, int(1000 * self.ratio), self.begins))
        rates = numpy.full((self.groups, models, WEEKS), self.rate)
        rates[0, :, self.begins :] *= self.ratio
        rates = numpy.clip(rates * (1 + self.noise * generator.normal(size=rates.shape)), 0.001, 0.999)
        trials = generator.poisson(self.rows, rates.shape)
        return Counted(generator.binomial(trials, rates), trials)


def pairs(counted: Counted) -> Iterator[tuple[Counted, Counted]]:
    """Each group beside each other one, both ways round."""
    groups = len(counted.hits)
    for high in range(groups):
        for low in range(groups):
            if high != low:
                one, other = (Counted(counted.hits[place], counted.trials[place]) for place in (high, low))
                yield one, other


def alarms(counted: Counted) -> Array:
    """Whether each model is in alarm after each week by the rule that ships: shape (models, weeks)."""
    groups, models, weeks = counted.hits.shape
    enough = groups * (groups - 1) / ALPHA
    found = numpy.zeros((models, weeks), dtype=bool)
    for one, other in pairs(counted):
        for week in range(weeks):
            so_far = [Counted(side.hits[:, : week + 1], side.trials[:, : week + 1]) for side in (one, other)]
            found[:, week] |= rate_gaps.beyond(so_far[0], so_far[1], FOUR_FIFTHS).value >= enough
    return found


def points(counted: Counted) -> Array:
    """Whether the lowest rate is under four fifths of the highest, shape (models, weeks)."""
    rates = counted.hits / numpy.maximum(counted.trials, 1)
    found: Array = rates.min(axis=0) < FOUR_FIFTHS.factor * rates.max(axis=0)
    return found


def tested(counted: Counted) -> Array:
    """Whether a test at 5 % says so for any pair, as if it were the only one."""
    found = numpy.zeros(counted.hits.shape[1:], dtype=bool)
    z = NormalDist().inv_cdf(1 - ALPHA)
    for one, other in pairs(counted):
        (p, n), (r, m) = ((side.hits / numpy.maximum(side.trials, 1), side.trials) for side in (one, other))
        error = numpy.sqrt(FOUR_FIFTHS.factor**2 * p * (1 - p) / n + r * (1 - r) / m)
        found |= FOUR_FIFTHS.of(p, r) > z * error
    return found


def summed(counted: Counted) -> Counted:
    """The same, all weeks so far together."""
    return Counted(counted.hits.cumsum(axis=2), counted.trials.cumsum(axis=2))


def ever(found: Array) -> str:
    """The share of models that are ever in alarm."""
    return f"{found.any(axis=1).mean():.1%}"


FAIR = (
    World("alike, 100 rows of each group a week", 100),
    World("alike, 500", 500),
    World("alike, 5,000", 5_000),
    World("alike, four groups of 500", 500, groups=4),
    World("at the limit, 100", 100, 0.8),
    World("at the limit, 500", 500, 0.8),
    World("at the limit, 5,000", 5_000, 0.8),
    World("at the limit, 5,000, selected rarely (1 %)", 5_000, 0.8, rate=0.01),
    World("at the limit, four groups of 500", 500, 0.8, groups=4),
    World("alike, 1,000, each week 10 % higher or lower by itself", 1_000, noise=0.1),
    World("alike, 1,000, each week 20 %", 1_000, noise=0.2),
    World("at the limit, 1,000, each week 10 %", 1_000, 0.8, noise=0.1),
    World("at the limit, 1,000, each week 20 %", 1_000, 0.8, noise=0.2),
)
UNFAIR = tuple(
    World(f"{ratio:g} of the other's rate, {rows:,} rows of each group a week", rows, ratio)
    for ratio in (0.75, 0.7, 0.6, 0.4)
    for rows in (100, 500, 2_000)
)
LATE = tuple(World(f"{ratio:g} from week 27 on, 500 rows", 500, ratio, begins=26) for ratio in (0.7, 0.6, 0.4))


def fair(models: int) -> Iterator[str]:
    """What models that keep the promise do."""
    yield (
        "| models that keep it | ever in alarm | upper limit | point rule: share of weeks | point rule: ever | "
        "point rule on all rows so far: ever | a test at 5 % on all rows so far: ever |"
    )
    yield "|---|" + "---:|" * 6
    for world in FAIR:
        counted = world.drawn(models)
        found, week = alarms(counted), points(counted)
        most = clopper_pearson(Proportion(int(found.any(axis=1).sum()), models), confidence=0.9).upper
        so_far = summed(counted)
        yield (
            f"| {world.name} | {ever(found)} | {most:.1%} | {week.mean():.0%} | {ever(week)} | "
            f"{ever(points(so_far))} | {ever(tested(so_far))} |"
        )


def unfair(models: int) -> Iterator[str]:
    """How soon a promise that is missed is told, in weeks from when it is."""
    yield "| models that miss it | " + " | ".join(f"{look} weeks" for look in LOOKS) + " |"
    yield "|---|" + "---:|" * len(LOOKS)
    for world in (*UNFAIR, *LATE):
        found = numpy.logical_or.accumulate(alarms(world.drawn(models)), axis=1)
        looks = [look for look in LOOKS if world.begins + look <= WEEKS]
        shares = [f"{found[:, world.begins + look - 1].mean():.0%}" for look in looks]
        yield f"| {world.name} | " + " | ".join([*shares, *[""] * (len(LOOKS) - len(looks))]) + " |"


def main() -> None:
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print("### Nothing is wrong: the share of models that are ever in alarm within a year\n")
    print("\n".join(fair(models)))
    print("\n### A promise is missed: the share of models that are in alarm by then\n")
    print("\n".join(unfair(models)))


if __name__ == "__main__":
    main()
