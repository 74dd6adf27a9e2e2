"""Drift of the target: how often what is predicted comes true."""

import numpy

from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.drift.slice_drift import Change, by_itself
from gitmlops.monitor.drift.thresholds import limits
from gitmlops.records.baseline import Baseline
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics import drift
from gitmlops.statistics.classification import Array

TARGET = "target"


def target_change(baseline: Baseline, labels: Array, rules: AlarmRules) -> Change | None:
    """By how much the share of positives differs from that of the evaluation rows; None where that is not known.

    labels: 0 or 1, shape (rows,). The rows whose outcome is known may be a selection.
    """
    rows = sum(bin_.n for bin_ in baseline.calibration)
    if not rows or not len(labels):
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
    return next(by_itself([effect], {TARGET: limits(TARGET, rules)}, {TARGET: rows}, rules))
