"""What a metric is measured on, by the kind of the model's task: as it is, one class against all others, or queries."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy
from numpy.typing import NDArray

from gitmlops.gate.evidence.samples import BINARY, Reference, Sample
from gitmlops.gate.rules.metrics import Metric, metric_of
from gitmlops.specs.model import Task
from gitmlops.specs.policy import Check
from gitmlops.statistics import ranking
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.resampling import Whole
from gitmlops.statistics.scoring import require_probabilities

_Scored = Callable[[Array], Array]

_BY_QUERY: Mapping[str, Callable[[Array, Array, Whole, int | None], Array]] = {
    "ndcg": lambda labels, scores, queries, k: ranking.ndcg(labels, scores, queries, k=k),
    "reciprocal_rank": lambda labels, scores, queries, k: ranking.reciprocal_rank(labels, scores, queries, k=k),
    "mean_average_precision": lambda labels, scores, queries, k: ranking.average_precision_at(
        labels, scores, queries, k=k
    ),
    "precision_at_k": lambda labels, scores, queries, k: ranking.precision_at(labels, scores, queries, k=_known(k)),
    "recall_at_k": lambda labels, scores, queries, k: ranking.recall_at(labels, scores, queries, k=_known(k)),
}


def _known(k: int | None) -> int:
    if k is None:
        raise Unmeasurable("it is of the first k rows, and no `k` says how many")
    return k


def asked_of(check: Check, sample: Sample) -> Sample:
    """The rows on which a check's metric is measured. Raises Unmeasurable if the metric is not of the model's task.

    Of a class of several: label 1 for its rows; scores are its probability, or 1 where it is the likeliest, for metrics
    of decisions. accuracy of all classes: label 1 everywhere, and 1 where the likeliest class is right. Of a ranking:
    a row for each query, whose score is the metric of that query; groups and entities that queries mix are left out.
    """
    task, metric = sample.task, metric_of(check.metric)
    for scores in (sample.scores, *(one.scores for one in sample.references)) if task.kind == "multiclass" else ():
        require_probabilities(sample.labels, scores)
    if task.kind == "multiclass" and check.of_class and "binary" in metric.tasks:
        return _of_class(check.of_class, sample, decided=metric.decided)
    if check.of_class:
        raise Unmeasurable(f"`of_class` is of multiclass tasks, this one is {task.kind}")
    require_kind(metric, task)
    if task.kind == "multiclass" and check.metric == "accuracy":
        labels = sample.labels
        return _scored(sample, numpy.ones(len(labels)), lambda scores: (scores.argmax(axis=1) == labels).astype(float))
    return _of_queries(check, sample) if task.kind == "ranking" else sample


def require_kind(metric: Metric, task: Task) -> None:
    """Raises Unmeasurable unless the metric is of the kind of the task."""
    if task.kind in metric.tasks:
        return
    one = "; add `of_class`" if task.kind == "multiclass" and "binary" in metric.tasks and not metric.family else ""
    raise Unmeasurable(f"it is of {' and '.join(metric.tasks)} tasks, this one is {task.kind}{one}")


def measured_on(metric: str, sample: Sample) -> Sample:
    """As `asked_of`, for a metric of which no more than its name is known."""
    return asked_of(Check(id="one", metric=metric, op=">=", enforcement="advisory"), sample)


def _of_class(name: str, sample: Sample, *, decided: bool) -> Sample:
    classes = sample.task.classes
    if name not in classes:
        raise Unmeasurable(f"{name!r} is none of the classes {', '.join(classes)}")
    place = classes.index(name)

    def scored(scores: Array) -> Array:
        found: Array = (scores.argmax(axis=1) == place).astype(numpy.float64) if decided else scores[:, place]
        return found

    one = _scored(sample, (sample.labels == place).astype(numpy.float64), scored)
    return replace(one, task=BINARY)


def _of_queries(check: Check, sample: Sample) -> Sample:
    name = sample.task.query or ""
    _, first, queries = numpy.unique(sample.entities[name], return_index=True, return_inverse=True)
    of_query, labels = _BY_QUERY[check.metric], sample.labels
    by_query = _scored(sample, numpy.zeros(len(first)), lambda scores: of_query(labels, scores, queries, check.k))

    def is_one(values: NDArray[numpy.generic]) -> bool:
        return bool((values == values[first][queries]).all())

    return replace(
        by_query,
        groups={column: names[first] for column, names in sample.groups.items() if is_one(names)},
        entities={column: codes[first] for column, codes in sample.entities.items() if is_one(codes)},
        times=None,
    )


def _scored(sample: Sample, labels: Array, scored: _Scored) -> Sample:
    """The same rows with other labels and scores, of the released versions, too."""
    references = tuple(Reference(one.kind, one.version, scored(one.scores)) for one in sample.references)
    return replace(sample, labels=labels, scores=scored(sample.scores), references=references)
