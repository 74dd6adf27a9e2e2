"""`monitoring: alarm:` of a model: every number that decides whether monitoring alarms."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Duration, Share

WatchedMetric = Literal[
    "roc_auc", "brier", "calibration_gap", "accuracy", "log_loss", "macro_roc_auc", "macro_f1", "mae", "rmse", "r2"
]
MARGINS: dict[WatchedMetric, float] = {
    "roc_auc": 0.02, "brier": 0.005, "calibration_gap": 0.03, "accuracy": 0.02, "log_loss": 0.1,
    "macro_roc_auc": 0.02, "macro_f1": 0.03, "mae": 0.1, "rmse": 0.1, "r2": 0.05,
}  # fmt: skip
"""The loss of a metric that matters, rules of thumb: 0.02 of AUC are two more of 100 pairs in the wrong order, 0.005 of
Brier is what an error of 7 points in every probability adds (0.07 squared), 0.03 of calibration are three more of 100
rows that were not foreseen, 0.02 of accuracy two more of 100 wrong decisions; errors in the label's unit, and log loss,
that are a tenth larger than they were."""
OF_REFERENCE: frozenset[str] = frozenset({"log_loss", "mae", "rmse"})
"""Metrics without a scale of their own: their margins are shares of the reference's value."""
WATCHED: Mapping[str, tuple[WatchedMetric, ...]] = {
    "binary": ("roc_auc", "brier", "calibration_gap", "accuracy", "log_loss"),
    "multiclass": ("macro_roc_auc", "log_loss", "accuracy", "macro_f1"),
    "regression": ("mae", "rmse", "r2"),
}
"""What a baseline has of each kind of task, a forecast's being numbers, too."""
_USUAL: Mapping[str, tuple[WatchedMetric, ...]] = {
    "binary": ("roc_auc", "brier", "calibration_gap"),
    "multiclass": ("macro_roc_auc", "log_loss", "accuracy"),
    "regression": ("mae", "rmse"),
}

Size = Annotated[float, Meta(ge=0.001, le=1, description="write an effect size from 0.001 to 1")]
Rows = Annotated[int, Meta(ge=1, le=1_000_000_000, description="write a number of rows, 1 or more")]
Times = Annotated[float, Meta(ge=1, le=1000, description="write a factor of 1 or more")]
Number = Annotated[float, Meta(ge=0, le=1000, description="write a number from 0 to 1000")]
Rate = Annotated[float, Meta(ge=1e-6, le=0.5, description="write a share from 0.000001 to 0.5")]
Count = Annotated[int, Meta(ge=1, le=10_000, description="write a whole number, 1 or more")]


class ColumnAlarm(Spec, frozen=True):
    """What is said of one column in place of what is said of all; `score` is the model's own."""

    warning: Size | None = None
    threshold: Size | None = None
    at_once: Times | None = None
    minimum_rows: Rows | None = None


class SlowDrift(Spec, frozen=True):
    """Small shifts to one side, added up over windows (CUSUM), in standard deviations of reference periods.

    allowance: of each window's shift so much is not counted; limit: a sum above it is an alarm.
    """

    allowance: Number = 0.5
    limit: Number = 12.0


class AlarmRules(Spec, frozen=True):
    """When monitoring alarms. The page on false-alarm budgets says how to choose; the defaults are rules of thumb.

    warning, threshold: least effect sizes (KS distance, total variation, rise of the missing share) that are worth a
    word and an alarm: a twentieth and a tenth of the rows have moved. quantile, spread: where the baseline has
    reference periods, the threshold is at least that quantile of their own effects, and their mean plus so many
    standard deviations; least_periods: with fewer of them a column counts as uncalibrated, and the threshold is alone.
    false_discovery_rate: Benjamini and Hochberg's, over a window's effects, against chance. at_once: so many times the
    threshold needs no second window. minimum_rows: with fewer, windows are put together as long as `max_wait`, and what
    then has `few_rows` is judged by bounds of the effect: beyond the threshold it alarms, surely below it is fine,
    between them there is too little data. confidence: of the one-sided bounds of a window's losses together; metrics:
    those that are judged, none named: roc_auc, brier and calibration_gap of two classes, macro_roc_auc, log_loss and
    accuracy of several, mae and rmse of numbers; margins: losses that matter, of log_loss, mae and rmse as shares of
    the reference's value. coverage: the share of outcomes under which those that came may be a selection. standing: so
    many of the version's latest windows speak for it. rows_factor: so many times fewer, or more, rows in one of them
    than is usual are a warning. broken: the share of a window's rows with a column of another type than it should be
    that is an alarm at once.
    """

    warning: Size = 0.05
    threshold: Size = 0.10
    quantile: Share = 0.99
    spread: Number = 4.5
    least_periods: Count = 20
    false_discovery_rate: Rate = 0.01
    at_once: Times = 2.0
    minimum_rows: Rows = 1_000
    few_rows: Rows = 50
    max_wait: Duration = "30d"
    confidence: Annotated[float, Meta(ge=0.5, le=0.9999, description="write a confidence from 0.5 to 0.9999")] = 0.99
    metrics: list[WatchedMetric] = []
    margins: dict[WatchedMetric, Size] = {}
    coverage: Share = 0.8
    broken: Rate = 0.01
    standing: Count = 2
    rows_factor: Times = 10.0
    slow: SlowDrift = SlowDrift()
    columns: dict[str, ColumnAlarm] = {}

    def margin(self, metric: str, reference: float) -> float:
        """The loss of a metric that matters, in its unit. reference: its value where it was evaluated."""
        margin: float = {**MARGINS, **self.margins}[metric]  # type: ignore[index]
        return margin * reference if metric in OF_REFERENCE else margin

    def watched(self, kind: str) -> tuple[str, ...]:
        """The metrics that are judged of a kind of task."""
        return tuple(self.metrics) or _USUAL[kind]

    def of(self, column: str) -> ColumnAlarm:
        """What holds for a column, every field filled."""
        own = self.columns.get(column, ColumnAlarm())
        return ColumnAlarm(
            self.warning if own.warning is None else own.warning,
            self.threshold if own.threshold is None else own.threshold,
            self.at_once if own.at_once is None else own.at_once,
            self.minimum_rows if own.minimum_rows is None else own.minimum_rows,
        )
