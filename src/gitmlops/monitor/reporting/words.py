"""Metrics, and what else is shown of a window, in words and numbers by the kind of the task."""

from collections.abc import Mapping

from gitmlops.monitor.alarm import Judged
from gitmlops.monitor.observing.observation import Unit
from gitmlops.records.baseline import Kind
from gitmlops.specs.alarm import MARGINS, OF_REFERENCE, AlarmRules

TITLES: Mapping[str, str] = {
    "roc_auc": "AUC",
    "brier": "Brier score",
    "calibration_gap": "Calibration gap",
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
    "macro_roc_auc": "Macro AUC",
    "macro_f1": "Macro F1",
    "mae": "MAE",
    "rmse": "RMSE",
    "r2": "R squared",
}
LEVELS: Mapping[Kind, tuple[str, str]] = {
    "binary": ("mean score", "positive share"),
    "multiclass": ("mean highest score", "share right"),
    "regression": ("mean prediction", "mean label"),
}
"""What predictions say on average, and what happened: of what both are the same if the model is right on average."""
_IN_UNITS_OF_THE_LABEL = ("mae", "rmse")


def number(metric: str, value: float) -> str:
    """A value, or a loss, of a metric."""
    return f"{value:.6g}" if metric in _IN_UNITS_OF_THE_LABEL else f"{value:.4f}"


def rounded(metric: str, value: float | None) -> float | None:
    """The same as a number of a table or a chart."""
    return None if value is None else float(number(metric, value))


def margin(metric: str, reference: float, rules: AlarmRules) -> str:
    """The loss of a metric that matters."""
    found = rules.margin(metric, reference)
    if metric not in OF_REFERENCE:
        return str(found)
    share = {**MARGINS, **rules.margins}[metric]  # type: ignore[index]
    return f"{found:.4g}, {share:.3g} of the reference"


def levels(kind: Kind, unit: Unit) -> tuple[float | None, float | None]:
    """The two numbers of LEVELS in a window, the second one of the rows whose outcome is known."""
    return _short(unit.mean_score), _short(_happened(kind, unit)) if len(unit.labels) else None


def value(judged: Judged, metric: str) -> float | None:
    """What a metric was in a window, None where it was not measured."""
    found = next((one.value for one, _ in judged.metrics if one.metric == metric), None)
    return rounded(metric, found)


def _happened(kind: Kind, unit: Unit) -> float:
    if kind == "multiclass":
        return float((unit.scores.argmax(axis=1) == unit.labels).mean())
    return float(unit.labels.mean())


def _short(number_: float) -> float:
    return round(number_, 4) if abs(number_) < 1_000 else float(f"{number_:.6g}")
