"""The metrics that a policy may name, and of which kinds of tasks they are: what they are, no numbers.

Without numpy: whoever only checks a policy computes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gitmlops import plugins
from gitmlops.plugins import PluginError
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import TaskKind
from gitmlops.specs.policy import Method

Better = Literal["higher", "lower"]
Family = Literal[
    "",
    "operational",
    "robustness",
    "explainability",
    "privacy",
    "data",
    "training",
    "documentation",
    "monitoring",
    "oversight",
    "documents",
    "validation",
    "rules",
]


_EVERY: tuple[TaskKind, ...] = ("binary", "multiclass", "regression", "ranking", "forecast")
_BINARY: tuple[TaskKind, ...] = ("binary",)
_CLASSES: tuple[TaskKind, ...] = ("binary", "multiclass")


@dataclass(frozen=True)
class Metric:
    """How a metric is read.

    decided: whether it depends on the threshold at which a score becomes a decision; bounded: whether it has an
    interval; methods: how its gain over a baseline is bounded, the usual one first, none: it is not compared;
    tested: whether McNemar's test speaks of it; between_groups: whether it compares groups with each other;
    family: what measures it in place of labels and scores; by_rows: whether it is of the evaluation rows, so that it
    may be sliced; is_size: whether it is how many rows there are, so that no least number of rows is asked for it;
    steady: whether it is the same each time that it is measured;
    tasks: the kinds of tasks that it is of; of one class of several (`of_class`) are those of binary tasks;
    meaning: a clause that says what the number is, where its name does not.
    """

    better: Better
    decided: bool = False
    bounded: bool = True
    methods: tuple[Method, ...] = ()
    tested: bool = False
    between_groups: bool = False
    family: Family = ""
    by_rows: bool = True
    is_size: bool = False
    steady: bool = True
    tasks: tuple[TaskKind, ...] = _BINARY
    meaning: str = ""


def _rate(better: Better) -> Metric:
    """A rate whose trials depend on the labels alone, so that two models have the same."""
    return Metric(better, decided=True, methods=("paired-bootstrap", "tango", "newcombe"), tested=True)


def _of_decisions(*, bounded: bool = True) -> Metric:
    return Metric("higher", decided=True, bounded=bounded, methods=("paired-bootstrap",))


def _between(better: Better, *, bounded: bool = False) -> Metric:
    return Metric(better, decided=True, bounded=bounded, between_groups=True)


def _of_model(family: Family, meaning: str, tasks: tuple[TaskKind, ...] = _EVERY) -> Metric:
    """A number of the model as a whole, of which less is better and there is no interval."""
    return Metric("lower", bounded=False, family=family, by_rows=False, tasks=tasks, meaning=meaning)


def _flips(meaning: str) -> Metric:
    return Metric("lower", decided=True, bounded=False, family="robustness", tasks=_CLASSES, meaning=meaning)


def _size(meaning: str, tasks: tuple[TaskKind, ...]) -> Metric:
    return Metric("higher", bounded=False, family="data", is_size=True, tasks=tasks, meaning=meaning)


def _of_numbers(meaning: str, *methods: Method, better: Better = "lower", bounded: bool = True) -> Metric:
    return Metric(better, bounded=bounded, methods=methods, tasks=("regression", "forecast"), meaning=meaning)


def _of_classes(meaning: str) -> Metric:
    """Of all classes, each counting alike."""
    return Metric("higher", bounded=False, methods=("paired-bootstrap",), tasks=("multiclass",), meaning=meaning)


def _of_queries(meaning: str) -> Metric:
    """A mean over queries."""
    return Metric("higher", methods=("normal", "paired-bootstrap"), tasks=("ranking",), meaning=meaning)


def _also_of_classes(metric: Metric) -> Metric:
    return replace(metric, tasks=_CLASSES)


_KINDS: tuple[tuple[str, Better], ...] = (("difference", "lower"), ("ratio", "higher"))

METRICS: Mapping[str, Metric] = {
    "roc_auc": Metric("higher", methods=("delong", "paired-bootstrap")),
    "average_precision": Metric("higher", bounded=False, methods=("paired-bootstrap",)),
    "brier": _also_of_classes(Metric("lower", methods=("normal", "paired-bootstrap"))),
    "log_loss": _also_of_classes(Metric("lower", methods=("normal", "paired-bootstrap"))),
    "calibration_gap": Metric("lower", methods=("paired-bootstrap",)),
    "expected_calibration_error": Metric("lower", bounded=False),
    "balanced_accuracy": _also_of_classes(Metric("higher", decided=True, bounded=False)),
    "matthews": _also_of_classes(Metric("higher", decided=True, bounded=False)),
    "accuracy": _also_of_classes(_rate("higher")),
    "recall": _rate("higher"),
    "specificity": _rate("higher"),
    "selection_rate": _rate("higher"),
    "false_positive_rate": _rate("lower"),
    "false_negative_rate": _rate("lower"),
    "precision": _of_decisions(),
    "negative_predictive_value": _of_decisions(),
    "f1": _of_decisions(bounded=False),
    "impact_ratio": _between("higher", bounded=True),
    **{
        f"{measure}_{kind}": _between(better)
        for measure in ("demographic_parity", "equalized_odds", "equal_opportunity", "predictive_parity")
        for kind, better in _KINDS
    },
    "mae": _of_numbers("mean absolute error, in the label's unit", "normal", "paired-bootstrap"),
    "mse": _of_numbers("mean squared error, in the label's unit squared", "normal", "paired-bootstrap"),
    "rmse": _of_numbers("square root of the mean squared error, in the label's unit", "paired-bootstrap"),
    "median_absolute_error": _of_numbers(
        "median absolute error, in the label's unit", "paired-bootstrap", bounded=False
    ),
    "mape": _of_numbers(
        "mean of absolute errors as shares of the labels, of which none is 0", "normal", "paired-bootstrap"
    ),
    "wape": _of_numbers("sum of absolute errors as a share of the sum of labels", "paired-bootstrap", bounded=False),
    "smape": _of_numbers(
        "mean of absolute errors as shares of the mean of label and prediction, 0 to 2", "normal", "paired-bootstrap"
    ),
    "absolute_bias": _of_numbers("distance of the mean prediction from the mean label", "paired-bootstrap"),
    "r2": _of_numbers(
        "share of the labels' variance that is explained", "paired-bootstrap", better="higher", bounded=False
    ),
    "macro_f1": _of_classes("mean of f1 over the classes"),
    "macro_roc_auc": _of_classes("mean over the classes of roc_auc against all others"),
    "ndcg": _of_queries("mean over queries of the discounted gain as a share of the best possible"),
    "reciprocal_rank": _of_queries("mean over queries of 1 / place of the first relevant row"),
    "mean_average_precision": _of_queries("mean over queries of the mean precision at the relevant rows"),
    "precision_at_k": _of_queries("mean over queries of the relevant among the first k, / k"),
    "recall_at_k": _of_queries("mean over queries of the share of relevant rows among the first k"),
    "model_megabytes": _of_model("operational", "size of the model file in millions of bytes"),
    "latency_ms": replace(
        _of_model("operational", "median time to score one row alone, in milliseconds, on the machine of the gate"),
        steady=False,
    ),
    "noise_flips": _flips("share of decisions that change when each number gets noise of a tenth of its column's sd"),
    "noise_auc_loss": _of_model("robustness", "roc_auc that is lost under the same noise", _BINARY),
    "missing_flips": _flips("largest share of decisions that change when one nullable feature has no value anywhere"),
    "missing_failures": _of_model("robustness", "nullable features without which the model gives no number"),
    "outside_failures": _of_model(
        "robustness", "features of which the model gives no number to values far out of range or to new words"
    ),
    "largest_importance_share": _of_model(
        "explainability", "share of one feature in all permutation importances (loss of roc_auc), the largest", _BINARY
    ),
    "idle_features": _of_model("explainability", "features that change no score when they are permuted"),
    "personal_features": _of_model("privacy", "features of the set that are personal, restricted or `pii: true`"),
    "pii_features": _of_model("privacy", "features of the set with `pii: true`"),
    "restricted_features": _of_model(
        "privacy",
        "features that are `restricted` or that the model names in `protected`, and what is computed from them",
    ),
    "rows": _size("evaluation rows, of all or of each group", _EVERY),
    "positives": _size("evaluation rows with the label 1, of all or of each group", _BINARY),
    "single_feature_auc": _of_model(
        "data", "roc_auc of the feature that orders the labels best by itself, 0.5 to 1", _BINARY
    ),
    "overlapping_ids": _of_model("training", "ids of evaluation rows that training rows have, too"),
    "overlapping_entities": _of_model("training", "entities of evaluation rows that training rows have, too"),
    "repeated_rows": Metric(
        "lower",
        bounded=False,
        family="training",
        tasks=_EVERY,
        meaning="share of evaluation rows that are alike in every feature with a training row",
    ),
    "early_rows": _of_model(
        "training", "evaluation rows that are not later than every training row by the embargo of `time_split`"
    ),
    "card_gaps": _of_model(
        "documentation", "what the model card lacks, or says otherwise than the definition; 1 if there is no card"
    ),
    "untrue_card_values": _of_model("documentation", "values of the card that are not what the gate finds"),
    "monitoring_gaps": _of_model(
        "monitoring", "what the plan lacks: prediction log, outcomes, baseline of this model file with every feature"
    ),
    "monitoring_window_days": _of_model("monitoring", "length of a window of the prediction log in days, a month 31"),
    "outcome_delay_days": _of_model("monitoring", "`matures_after` of the outcomes, in days"),
    "log_kept_days": replace(
        _of_model("monitoring", "`keeps` of the monitoring: how long the prediction log is kept, in days"),
        better="higher",
    ),
    "document_gaps": _of_model(
        "documents",
        "what is missing of the `document` that a check asks for, or of all that the model names: there, unchanged, "
        "young enough, about this data or this model file",
    ),
    "independent_validation_gaps": _of_model(
        "validation",
        "what is missing of a `validation-report` of this model file whose authors did not develop the model, its "
        "pipeline or its features, by the addresses that `people:` of the base knows",
    ),
    "oversight_gaps": _of_model(
        "oversight", "what `oversight:` does not say, of by, limits, overrules, stops and reviews; 5 without it"
    ),
    "oversight_review_days": _of_model("oversight", "`reviews` of `oversight:`, in days"),
    "automated_decisions": _of_model(
        "oversight", "0 where a person acts before a decision takes effect (`acts: before`), 1 otherwise"
    ),
    "late_thresholds": _of_model(
        "rules", "checks of the model, or decision thresholds, that came with the commits that are judged"
    ),
}

INPUTS: Mapping[Family, str] = {
    "": "evaluation rows and labels, the model file; columns of the evaluation rows for groups",
    "operational": "the model file",
    "robustness": "the model file and the evaluation rows; `nullable` of the features",
    "explainability": "the model file, evaluation rows and labels",
    "privacy": "`classification` and `pii` of the features, `protected` of the model",
    "data": "evaluation rows and labels",
    "training": "evaluation rows, and the training tables that `dvc.lock` names",
    "documentation": "`models/NAME.card.md`, evaluation rows and labels, the model file",
    "monitoring": "`monitoring` of the model, `models/NAME.baseline.json`",
    "oversight": "`oversight` of the model",
    "documents": "`documents` of the model, models/documents/ and the files that they name",
    "validation": "a validation-report in `documents` of the model, `people` with their addresses, the whole history",
    "rules": "policies and models of base and head",
}
"""Family -> what a project must have, so that there is a number."""

_UNKNOWN = Metric("higher", bounded=False)
"""How a metric is read that nothing measures: there is no number of it, and so no pass."""


def metric_of(name: str) -> Metric:
    """How a metric is read, of ours or of an installed package, which is of labels and scores and has no interval."""
    if name in METRICS:
        return METRICS[name]
    try:
        found = plugins.loaded(name)
    except PluginError:
        return _UNKNOWN
    return Metric(found.better, bounded=False, meaning=found.meaning)


def packages(names: Iterable[str]) -> tuple[str, ...]:
    """The installed packages that these metrics are of, with their versions, sorted."""
    # Most policies name none: then nobody looks what is installed.
    of_packages = [name for name in names if name not in METRICS]
    return tuple(sorted({plugins.installed()[name].package for name in of_packages if name in plugins.installed()}))


def of_other_task(name: str, task: str) -> str:
    """Why a metric does not speak of models of this kind of task; empty if it does."""
    if name in METRICS:
        return ""
    try:
        tasks = plugins.loaded(name).tasks
    except PluginError as error:
        return error.what
    return "" if task in tasks else f"{name} is of {' and '.join(tasks)} models, this one is {task}"


def unknown(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a metric, and the mend; None if it can be measured."""
    if name in METRICS:
        return None
    if "/" not in name:
        return f"there is no metric {name!r}", nearest(name, METRICS)
    if name not in plugins.installed():
        package = name.partition("/")[0]
        known = nearest(name, plugins.installed()) if plugins.installed() else f"install {package}"
        return f"no installed package has the metric {name!r}", known
    try:
        plugins.loaded(name)
    except PluginError as error:
        return error.what, "mend the package, or install another version of it"
    return None


MENDS: Mapping[Family, str] = {
    "": "improve the model",
    "operational": "make the model smaller or quicker",
    "robustness": "train it on rows with noise and gaps, or say `nullable: false` of what is never missing",
    "explainability": "take out what it does not need, and give it more to go by",
    "privacy": "take these features out of the feature set",
    "data": "bring more rows, or take out the feature that was known too late",
    "training": "split again, so that no row, entity or twin is on both sides",
    "documentation": "run the pipeline again, so that the card is of this model",
    "monitoring": "complete `monitoring:` of the model, and run the pipeline again for its baseline",
    "oversight": "complete `oversight:` of the model",
    "validation": "have somebody who did not develop it validate this model file, and date the report",
    "documents": "whoever answers for it writes or renews it, and dates it with `gitmlops document new`",
    "rules": "merge the limits first, in a pull request without the model",
}
"""Family -> what to do about a check that failed."""
