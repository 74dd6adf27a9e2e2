"""Whether a single check makes sense: metric, operator and everything beside them fit together."""

from collections.abc import Iterator
from fractions import Fraction

from gitmlops.gate.rules.metrics import METRICS, Metric, metric_of, unknown
from gitmlops.specs.fields import exact
from gitmlops.specs.policy import Check

Wrong = tuple[str, str, str]
_LEAST = ("min_n", "min_positives", "min_negatives")
_FLOORS, _CEILINGS = (">=", ">"), ("<=", "<")


def wrong(asked: Check) -> Iterator[Wrong]:
    """Key, what is wrong there, and the mend."""
    if told := unknown(asked.metric):
        yield ("metric", *told)
        return
    metric = metric_of(asked.metric)
    if asked.op in ("noninferior", "no-difference"):
        yield from _of_comparison(asked, metric)
    else:
        yield from _of_threshold(asked, metric)
    if metric.between_groups:
        yield from _between_groups(asked, metric)
    if asked.metric not in METRICS:
        yield from _of_direction(asked, metric)
    if metric.family:
        yield from _of_family(asked, metric)
    if asked.document and metric.family != "documents":
        yield "document", f"{asked.metric} is of no document", "remove it, or ask for `document_gaps`"
    yield from _of_task(asked, metric)
    yield from _of_slice(asked)


def _of_threshold(asked: Check, metric: Metric) -> Iterator[Wrong]:
    if asked.threshold is None:
        yield "op", f"`op: {asked.op!r}` compares with nothing", "add a threshold"
    for key in ("baseline", "margin", "method"):
        if getattr(asked, key) is not None:
            what = f"{key} is of `op: noninferior` only"
            yield key, what, f"remove it, or compare with noninferior instead of {asked.op}"
    if asked.decide == "bound" and not metric.bounded:
        yield "decide", f"{asked.metric} has no interval that was shown to hold", "write `decide: point`"


def _of_comparison(asked: Check, metric: Metric) -> Iterator[Wrong]:
    if asked.baseline is None:
        yield "op", f"{asked.op} to what?", "add `baseline: {ref: production}`"
    if asked.threshold is not None:
        yield "threshold", f"{asked.op} has no threshold", "remove it, or write a check of its own for it"
    if asked.decide != "point":
        yield "decide", f"{asked.op} is decided by its own limit", "remove `decide`"
    if asked.op == "no-difference":
        yield from _of_test(asked, metric)
        return
    if asked.margin is None:
        yield "op", "noninferior by how much?", "add a margin, e.g. 0.01"
    elif exact(asked.margin) < Fraction(0):
        yield "margin", f"the margin {asked.margin} is negative", "write how much worse the candidate may be, e.g. 0.01"
    if not metric.methods:
        known = ", ".join(name for name, one in METRICS.items() if one.methods)
        yield "metric", f"no bound of a gain in {asked.metric} was shown to hold", f"compare one of {known}"
    elif asked.method and asked.method not in metric.methods:
        what = f"{asked.method} is no method for {asked.metric}"
        yield "method", what, f"write {' or '.join(metric.methods)}, or leave it out"


def _of_test(asked: Check, metric: Metric) -> Iterator[Wrong]:
    for key in ("margin", "method"):
        if getattr(asked, key) is not None:
            yield key, f"no-difference is McNemar's test and has no {key}", "remove it, or write `op: noninferior`"
    if not metric.tested:
        known = ", ".join(name for name, one in METRICS.items() if one.tested)
        yield "metric", f"McNemar's test does not speak of {asked.metric}", f"test one of {known}"


def _between_groups(asked: Check, metric: Metric) -> Iterator[Wrong]:
    if asked.slice is None:
        yield "metric", f"{asked.metric} compares groups, and none are named", "add `slice: {by: COLUMN}`"
    allowed = _FLOORS if metric.better == "higher" else _CEILINGS
    if asked.op in (*_FLOORS, *_CEILINGS) and asked.op not in allowed:
        yield "op", f"groups fare alike where {asked.metric} is {metric.better}", f'write `op: "{allowed[0]}"`'
    if asked.resample_unit:
        yield "resample_unit", f"{asked.metric} is of counts of rows", "remove it"


def _of_direction(asked: Check, metric: Metric) -> Iterator[Wrong]:
    allowed = _FLOORS if metric.better == "higher" else _CEILINGS
    if asked.op in (*_FLOORS, *_CEILINGS) and asked.op not in allowed:
        yield "op", f"{asked.metric} is better {metric.better}", f'write `op: "{allowed[0]}"`'


def _of_family(asked: Check, metric: Metric) -> Iterator[Wrong]:
    yield from _of_direction(asked, metric)
    if asked.resample_unit:
        yield "resample_unit", f"{asked.metric} is not resampled", "remove it"
    if metric.is_size:
        for key in _LEAST:
            if getattr(asked, key):
                yield key, f"{asked.metric} is a number of rows itself", "write that number as its threshold"
        if asked.on_small_n == "leave_out":
            yield "on_small_n", f"{asked.metric} asks how small groups are", "remove it"
    if not metric.by_rows:
        for key in ("slice", *_LEAST):
            if getattr(asked, key):
                yield key, f"{asked.metric} is of the model, not of groups of rows", "remove it"


def _of_task(asked: Check, metric: Metric) -> Iterator[Wrong]:
    if asked.of_class and (metric.family or "binary" not in metric.tasks):
        yield "of_class", f"{asked.metric} is not of one class", "remove it"
    if asked.k and "ranking" not in metric.tasks:
        yield "k", f"{asked.metric} looks at all rows", "remove it"
    if asked.k is None and asked.metric.endswith("_at_k"):
        yield "metric", f"{asked.metric} of how many rows?", "add e.g. `k: 10`"
    if "binary" not in metric.tasks:
        for key in ("min_positives", "min_negatives"):
            if getattr(asked, key):
                yield key, f"{asked.metric} knows no positives and negatives", "remove it, or write `min_n`"


def _of_slice(asked: Check) -> Iterator[Wrong]:
    if asked.slice is None:
        if asked.on_small_n == "leave_out":
            yield "on_small_n", "there are no groups to leave out", "remove it, or add a slice"
        return
    columns = asked.slice.columns
    if not columns or len(set(columns)) < len(columns):
        yield "slice", "a slice names each of its columns once", "write e.g. `slice: {by: [sex, age_band]}`"
    if asked.slice.intersectional and len(columns) < 2:
        yield "slice", "one column has no intersections", "name two, or remove `intersectional`"
    for column, pools in asked.slice.pool.items():
        if column not in columns:
            yield "slice", f"groups of {column!r} are pooled, by which nothing is sliced", f"add it to `by`: {column}"
        names = [name for pool, values in pools.items() for name in {pool, *values}]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            yield "slice", f"{twice[0]!r} of {column} is in two pools", "name each value in one pool"
