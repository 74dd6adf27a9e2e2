"""Drift of the target: what happens, whatever was predicted."""

from dataclasses import replace

import numpy
import pyarrow

from gitmlops.monitor.drift.measuring import Effect, changes
from gitmlops.monitor.drift.slice_drift import Change, by_itself
from gitmlops.monitor.drift.thresholds import limits
from gitmlops.monitor.profiles.counting import add, bins_of, empty
from gitmlops.monitor.profiles.evaluated import TARGET
from gitmlops.records.baseline import Baseline
from gitmlops.records.prediction_log import CLASS
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics import drift
from gitmlops.statistics.classification import Array


def target_change(baseline: Baseline, labels: Array, rules: AlarmRules) -> Change | None:
    """How far outcomes are from those of the evaluation rows; None where that is not known.

    labels: shape (rows,): 0 or 1, places of classes, or numbers, as of the baseline's task. The rows whose outcome is
    known may be a selection.
    """
    if not len(labels):
        return None
    found = _of_two(baseline, labels) if baseline.kind == "binary" else _of_column(baseline, labels)
    if found is None:
        return None
    effect, rows = found
    return next(by_itself([effect], {TARGET: limits(TARGET, rules)}, {TARGET: rows}, rules))


def _of_column(baseline: Baseline, labels: Array) -> tuple[Effect, int] | None:
    """The largest of its changes, and the rows of the reference."""
    column = baseline.target
    if column is None:
        return None
    bins = bins_of(column)
    tally = empty(bins)
    add(tally, pyarrow.array(_as_logged(baseline, labels)), bins)
    found = max(changes(TARGET, tally, column), key=lambda effect: effect.size)
    words = f"labels: {found.direction}" if baseline.kind == "regression" else found.direction
    return replace(found, direction=words), column.rows - column.missing


def _as_logged(baseline: Baseline, labels: Array) -> Array | list[str]:
    if baseline.kind == "regression":
        return labels
    names = [column.removeprefix(CLASS) for column in baseline.predicted]
    return [names[place] for place in labels.astype(numpy.int64).tolist()]


def _of_two(baseline: Baseline, labels: Array) -> tuple[Effect, int] | None:
    rows = sum(bin_.n for bin_ in baseline.calibration)
    if not rows:
        return None
    positives = round(sum(bin_.n * bin_.positive_share for bin_ in baseline.calibration))
    before, now = positives / rows, float(labels.mean())
    cells = (numpy.array([positives, rows - positives]), numpy.array([labels.sum(), len(labels) - labels.sum()]))
    effect = Effect(
        column=TARGET,
        kind="distribution",
        size=abs(now - before),
        p=drift.homogeneity_p(*(cell.astype(numpy.int64) for cell in cells)),
        n=len(labels),
        direction=f"positives {before:.1%} → {now:.1%}",
    )
    return effect, rows
