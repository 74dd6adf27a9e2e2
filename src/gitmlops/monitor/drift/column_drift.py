"""How far the columns of a unit are from their baseline."""

from collections.abc import Iterator
from dataclasses import replace

from gitmlops.monitor.drift.measuring import Effect, changes, distribution
from gitmlops.monitor.observing.observation import Unit
from gitmlops.monitor.profiles.scores import DECISION
from gitmlops.monitor.profiles.tallies import SCORE, log_columns
from gitmlops.monitor.profiles.together import TOGETHER
from gitmlops.records.baseline import Baseline


def effects(unit: Unit, baseline: Baseline) -> tuple[Effect, ...]:
    """Every change that can be measured: of the score, of each column that the log has, of how these go together."""
    return tuple(_effects(unit, baseline))


def _effects(unit: Unit, baseline: Baseline) -> Iterator[Effect]:
    yield replace(distribution(SCORE, unit.score, baseline.score), importance=1.0)
    if baseline.decisions and DECISION in unit.columns:
        yield from changes(DECISION, unit.columns[DECISION], baseline.decisions)
    for name, column in log_columns(baseline).items():
        if name in unit.columns:
            shown = column.name if column in baseline.columns else name
            yield from changes(shown, unit.columns[name], column)
    if baseline.together and TOGETHER in unit.columns:
        yield distribution(TOGETHER, unit.columns[TOGETHER], baseline.together.distance)
