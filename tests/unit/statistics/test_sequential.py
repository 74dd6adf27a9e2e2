import numpy
from numpy.typing import NDArray

from gitmlops.statistics.sequential import TOGETHER, UNCALM_BLOCKS, Detectors

LIMITS = numpy.array([0.2, 0.6])
APART = numpy.array([0, 1])
"""Each bet is on a column of its own."""
BLOCKS = 10_000


def blocks(*, share: float, n: int, seed: int = 0, rows: int = 200) -> NDArray[numpy.float64]:
    """Shares of two bets in blocks of independent rows."""
    numbers = numpy.random.default_rng(seed)
    return numpy.column_stack([numbers.binomial(rows, p, n) / rows for p in (share, 0.5)])


def first_alarm(detectors: Detectors, shares: NDArray[numpy.float64]) -> int | None:
    return next((number for number, block in enumerate(shares) if detectors.add(block)[0]), None)


def test_a_share_that_rises_above_its_limit_alarms_within_a_few_blocks():
    detectors = Detectors(LIMITS, APART, blocks=BLOCKS, rows=200)
    assert first_alarm(detectors, blocks(share=0.1, n=500)) is None
    found = first_alarm(detectors, blocks(share=0.39, n=100, seed=1))
    assert found is not None
    assert found < 30


def test_a_share_that_stays_under_its_limit_does_not_alarm_however_long_it_lasts():
    detectors = Detectors(LIMITS, APART, blocks=BLOCKS, rows=200)
    assert first_alarm(detectors, blocks(share=0.19, n=30_000)) is None


def test_blocks_that_are_alike_alarm_on_longer_ones_only():
    numbers = numpy.random.default_rng(0)
    level, shares = 0.0, []
    for _ in range(20_000):
        level = 0.95 * level + numpy.sqrt(1 - 0.95**2) * numbers.normal()
        shares.append([(numbers.normal(level, 0.5, 200) > 1.4326).mean(), 0.5])
    detectors = Detectors(LIMITS, APART, blocks=BLOCKS, rows=200)
    alarms = [number for number, block in enumerate(numpy.array(shares)) if detectors.add(block)[0]]
    assert not alarms
    # A block for itself would have alarmed: its detector was high enough.
    assert detectors.levels[0].calm[0] > 0.3


def test_a_column_is_judged_by_the_bet_whose_blocks_are_most_alike():
    # One tail has not been visited yet, so that its blocks look unlike; the half of the same column knows better.
    numbers = numpy.random.default_rng(0)
    level, shares = 0.0, []
    for _ in range(1_000):
        level = 0.98 * level + numpy.sqrt(1 - 0.98**2) * numbers.normal()
        shares.append([0.0, (numbers.normal(0.2 * level, 1.0, 200) > 0).mean()])
    shares += [[1.0, 1.0]] * 40
    apart, together = (Detectors(LIMITS, columns, blocks=BLOCKS, rows=200) for columns in (APART, numpy.array([0, 0])))
    assert first_alarm(apart, numpy.array(shares)) is not None
    assert first_alarm(together, numpy.array(shares)) is None


def test_a_stream_that_begins_beyond_the_limit_is_told_after_more_blocks():
    detectors = Detectors(LIMITS, APART, blocks=BLOCKS, rows=200)
    found = first_alarm(detectors, blocks(share=0.39, n=1_000))
    assert found is not None
    assert UNCALM_BLOCKS - 1 <= found < UNCALM_BLOCKS + 10


def test_a_share_that_never_moved_and_then_does_alarms():
    detectors = Detectors(LIMITS, APART, blocks=BLOCKS, rows=200)
    assert first_alarm(detectors, numpy.tile([0.0, 0.5], (200, 1))) is None
    assert first_alarm(detectors, numpy.tile([1.0, 0.5], (100, 1))) is not None


def test_what_is_kept_goes_on_as_if_nothing_had_been():
    shares = blocks(share=0.15, n=TOGETHER**4 + 7)
    whole, first, second = (Detectors(LIMITS, APART, blocks=BLOCKS, rows=200) for _ in range(3))
    for block in shares:
        whole.add(block)
    for block in shares[:100]:
        first.add(block)
    second.resume(*first.kept())
    for block in shares[100:]:
        second.add(block)
    assert second.kept() == whole.kept()


def test_a_value_that_grows_for_ever_can_still_be_kept():
    detectors = Detectors(LIMITS, APART, blocks=BLOCKS, rows=200)
    for _ in range(3_000):
        detectors.add(numpy.array([1.0, 1.0]))
    rows, _ = detectors.kept()
    assert max(value for row in rows for value in row if value is not None) < float("inf")
