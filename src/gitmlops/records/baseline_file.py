"""A baseline as a file has it: read in any version, and refused where its numbers do not fit together."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from gitmlops.errors import InputError
from gitmlops.records.baseline import BASELINE_VERSIONS, Baseline, Column, NumericColumn, Together, upgraded
from gitmlops.records.canonical import decode
from gitmlops.records.consistency import require_consistent
from gitmlops.records.loss_consistency import wrong_losses
from gitmlops.records.prediction_log import CLASS, FEATURE


def read_baseline(content: bytes, path: str) -> Baseline:
    """A baseline of any version, as one of today.

    Raises InputError for what is none, for one from a later release, and where its numbers do not fit together: it may
    have been written by anybody, and a tag pins it as it is.
    """
    baseline = upgraded(decode(content, BASELINE_VERSIONS, path=path))
    own = {column.name for column in baseline.columns}
    beside: tuple[Column, ...] = (*baseline.slices, baseline.score)
    others = {column.name: column for column in beside if column.name not in own}
    # A slice, or a feature called score, may be there twice under one name: each is looked at by itself, too.
    require_consistent((*baseline.columns, *others.values()), baseline.subsets, path)
    require_consistent(baseline.slices, (), path)
    for column in (baseline.score, baseline.target, baseline.decisions):
        require_consistent((column,) if column else (), (), path)
    wrong = [*_periods(baseline.columns, baseline.periods), *_periods((baseline.score,), baseline.score_periods)]
    wrong += [*_classes(baseline), *wrong_losses(baseline.losses, _logged(baseline))]
    if baseline.together:
        require_consistent((baseline.together.distance,), (), path)
        wrong += [*_periods((baseline.together.distance,), baseline.periods), *_together(baseline, baseline.together)]
    if wrong:
        raise InputError(wrong[0], where=path, mend="write the file again with gitmlops")
    return baseline


def _logged(baseline: Baseline) -> Mapping[str, Column]:
    """What a loss may be foreseen from, by the names that a log has for it."""
    return {"score": baseline.score, **{FEATURE + column.name: column for column in baseline.columns}}


def _classes(baseline: Baseline) -> Iterator[str]:
    names = tuple(CLASS + one.name for one in baseline.class_calibration)
    if names and names != baseline.predicted:
        yield "the calibration of classes is not of those that are predicted"


def _together(baseline: Baseline, together: Together) -> Iterator[str]:
    numeric = {column.name for column in baseline.columns if isinstance(column, NumericColumn)}
    if unknown := [name for name in together.columns if name not in numeric]:
        yield f"{unknown[0]} is no numeric column, and is looked at together with others"
    if any(len(direction) != len(together.columns) for direction in together.directions):
        yield f"a direction is not of the {len(together.columns)} columns that are looked at together"


def _periods(columns: Sequence[Column], periods: Sequence[str]) -> Iterator[str]:
    """What does not fit between the periods and what columns did in them."""
    for period in periods:
        try:
            date.fromisoformat(period)
        except ValueError:
            yield f"the period {period!r} begins on no day"
    for column in columns:
        if periods and any(len(found) not in (0, len(periods)) for found in (column.effects, column.shifts)):
            yield f"{column.name} has effects of other periods than the {len(periods)} that there are"
