"""What the log is like in each window, whatever its values mean: rows, gaps, values that the reference never had."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from gitmlops.monitor.drift.persistence import phase
from gitmlops.monitor.observing.left_out import LeftOut
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.profiles.counting import Tally
from gitmlops.monitor.profiles.tallies import log_columns
from gitmlops.records.baseline import Baseline, CategoricalColumn, Column, NumericColumn

_EARLIER, _LEAST_EARLIER = 8, 3
_LEAST_ROWS = 20
"""With fewer rows a window that has a tenth of them may be chance."""
_WORTH_A_WORD = 0.01


@dataclass(frozen=True)
class Shares:
    """Of values that columns should have in some rows: shares without one, of levels that the reference does not name,
    and of numbers outside its range; None where there is no such column. most: the column for which one of them rose
    most, in words; empty if none rose by a hundredth.
    """

    missing: float | None
    unseen: float | None
    outside: float | None
    most: str = ""


@dataclass(frozen=True)
class WindowQuality:
    """One window, all versions together.

    usual: the median rows of the windows before it (of the same weekday, if it is a part of a week), None where they
    are too few; left_out: rows of it that are in no count; shares: None without rows.
    """

    window: Window
    rows: int
    outcomes: int
    usual: float | None
    left_out: LeftOut
    shares: Shares | None

    @property
    def of_usual(self) -> float | None:
        """Its rows as a share of the usual ones."""
        return None if self.usual is None else self.rows / self.usual


def by_window(observation: Observation) -> tuple[WindowQuality, ...]:
    """The windows in their order, those without predictions, too."""
    units: dict[Window, list[Unit]] = {window: [] for window in observation.windows}
    for unit in observation.units:
        units[unit.window].append(unit)
    found: list[WindowQuality] = []
    for window, those in units.items():
        found.append(
            WindowQuality(
                window=window,
                rows=sum(unit.rows for unit in those),
                outcomes=sum(len(unit.labels) for unit in those),
                usual=_usual(found, window),
                left_out=observation.left_out.get(window, LeftOut()),
                shares=_shares(those, observation.baselines) if those else None,
            )
        )
    return tuple(found)


def of_reference(baseline: Baseline) -> Shares:
    """The same of the rows that a version learned from."""
    columns = tuple(log_columns(baseline).values())
    named = [column for column in columns if isinstance(column, CategoricalColumn)]
    return Shares(
        missing=_share(sum(column.missing for column in columns), sum(column.rows for column in columns)),
        unseen=_share(sum(column.other for column in named), sum(column.rows - column.missing for column in named)),
        outside=0.0 if any(isinstance(column, NumericColumn) for column in columns) else None,
    )


def _usual(before: Sequence[WindowQuality], window: Window) -> float | None:
    alike = [item.rows for item in before if phase(item.window) == phase(window)][-_EARLIER:]
    usual = median(alike) if len(alike) >= _LEAST_EARLIER else 0
    return usual if usual >= _LEAST_ROWS else None


def _shares(units: Sequence[Unit], baselines: Mapping[str, Baseline]) -> Shares:
    pairs = [pair for unit in units for pair in _pairs(unit, baselines[unit.version])]
    named = [tally for _, column, tally in pairs if isinstance(column, CategoricalColumn)]
    numbers = [tally for _, column, tally in pairs if isinstance(column, NumericColumn)]
    rows = sum(tally.rows + tally.missing for _, _, tally in pairs)
    return Shares(
        missing=_share(sum(tally.missing for _, _, tally in pairs), rows),
        unseen=_share(sum(int(tally.counts[-1]) for tally in named), sum(tally.rows for tally in named)),
        outside=_share(sum(tally.outside for tally in numbers), sum(tally.rows for tally in numbers)),
        most=_most(pairs),
    )


def _pairs(unit: Unit, baseline: Baseline) -> Iterator[tuple[str, Column, Tally]]:
    for name, column in log_columns(baseline).items():
        if name in unit.columns:
            yield column.name, column, unit.columns[name]


def _most(pairs: Sequence[tuple[str, Column, Tally]]) -> str:
    rises = [rise for name, column, tally in pairs for rise in _rises(name, column, tally)]
    rise, words = max(rises, default=(0.0, ""))
    return words if rise >= _WORTH_A_WORD else ""


def _rises(name: str, column: Column, tally: Tally) -> Iterator[tuple[float, str]]:
    """By how much each share of a column is above the reference's, and what it is now, in words."""
    missing = tally.missing / max(tally.rows + tally.missing, 1)
    yield missing - column.missing / max(column.rows, 1), f"{name} {missing:.1%} missing"
    if isinstance(column, CategoricalColumn):
        unseen = int(tally.counts[-1]) / max(tally.rows, 1)
        known = max(column.rows - column.missing, 1)
        yield unseen - column.other / known, f"{name} {unseen:.1%} unseen"
    else:
        outside = tally.outside / max(tally.rows, 1)
        yield outside, f"{name} {outside:.1%} outside"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
