"""The baseline: the profile of a version's reference data, with which drift needs no training data."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gitmlops.records.canonical import Record

Ratio = Annotated[str, Meta(pattern=r"^-?[0-9]{1,2000}(/[1-9][0-9]{0,2000})?$")]
Dtype = Literal["", "int64", "float64", "boolean", "string"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Moments(_Part, frozen=True):
    """Exact sums, as fractions such as `-3/4`, so that parts add up to the whole to the last bit.

    rows: finite values; total: of x - origin; squares: of its square, x - origin rounded to 26 bits first.
    """

    origin: float
    rows: int = 0
    total: Ratio = "0"
    squares: Ratio = "0"


class NumericColumn(_Part, frozen=True, tag_field="type", tag="numeric"):
    """Quantile edges (ascending, distinct) and rows per bin: bin i holds edges[i-1] < x <= edges[i].

    counts has len(edges) + 1 entries: below the first edge and above the last one are bins of their own. coarse: the
    places of the edges on which subsets are counted; effects: how far each reference period is from all others, in the
    order of the periods; shifts: by how much its mean rank is above theirs; personal: edges are rounded, and neither
    minimum nor maximum is there.
    """

    name: str
    rows: int
    missing: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    sd: float | None
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    importance: float | None = None
    dtype: Dtype = ""
    coarse: tuple[int, ...] = ()
    effects: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()
    moments: Moments | None = None
    personal: bool = False


class CategoricalColumn(_Part, frozen=True, tag_field="type", tag="categorical"):
    """The most frequent levels with their rows; `other` counts the rest, rare levels among it.

    coarse: so many of the levels are counted in subsets, the rest with `other`.
    """

    name: str
    rows: int
    missing: int
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    importance: float | None = None
    dtype: Dtype = ""
    coarse: int = 0
    effects: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()


Column = NumericColumn | CategoricalColumn


class Subset(_Part, frozen=True):
    """The rows of one level of a slice (`of` is its column) or of one period (`of` is empty), on coarse bins.

    counts: by column, rows in each coarse bin; the last entry counts those without a value.
    """

    of: str
    label: str
    rows: int
    counts: dict[str, tuple[int, ...]]


class ReferenceMetric(_Part, frozen=True):
    """A metric on the evaluation rows with its standard error, and its value for each reference period.

    entities: how many of them the rows are of, if they belong together; 0: each row is its own; skewness: of what each
    adds to the metric, 0 if a few weigh no more to one side than to the other.
    """

    name: str
    value: float
    standard_error: float
    n: int
    periods: tuple[tuple[str, float, int], ...] = ()
    entities: int = 0
    skewness: float = 0.0


class CalibrationBin(_Part, frozen=True):
    """Rows whose score is in (lower, upper]: their mean score and the share of positives."""

    lower: float
    upper: float
    n: int
    mean_score: float
    positive_share: float


class ClassCalibration(_Part, frozen=True):
    """Of one class of several, against all others: what its probability meant on the evaluation rows."""

    name: str
    bins: tuple[CalibrationBin, ...]


class LossTree(_Part, frozen=True):
    """A tree over bins: node 0 is its root. Rows whose place in `columns[node]` is <= `places[node]` go left.

    columns: a place in the model's columns, -1 for a leaf; left, right: nodes, larger than their parent; losses: what a
    row that ends in this node adds.
    """

    columns: tuple[int, ...]
    places: tuple[int, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    losses: tuple[float, ...]


class LossModel(_Part, frozen=True):
    """How large the loss of a row is to be expected: base + what each tree adds; of mae |error|, of rmse its square.

    columns: `feature.<name>` or `score`, on the bins of the baseline; orders: of columns with levels, the rank of each
    level, of all others and of none, by their mean loss.
    """

    metric: str
    columns: tuple[str, ...]
    base: float
    trees: tuple[LossTree, ...] = ()
    orders: dict[str, tuple[int, ...]] = {}


class Together(_Part, frozen=True):
    """Several numeric columns as one number a row: how far it is from what the reference's rows have in common.

    columns: their names; directions: the principal ones, each a unit vector with an entry a column; distance: of the
    reference's rows from what these directions span.
    """

    columns: tuple[str, ...]
    directions: tuple[tuple[float, ...], ...]
    distance: NumericColumn


Period = Literal["", "day", "week", "month"]
Kind = Literal["binary", "multiclass", "regression"]


class FirstBaseline(Record, frozen=True, tag_field="schema", tag="gitmlops/baseline/1"):
    """What was written before columns knew their types, their periods and their slices."""

    model: str
    data_sha256: str
    model_sha256: str
    trained_until: str
    rows: int
    columns: tuple[Column, ...]
    score: NumericColumn
    metrics: tuple[ReferenceMetric, ...]
    calibration: tuple[CalibrationBin, ...]
    slices: tuple[CategoricalColumn, ...] = ()
    period: Period = ""


class Baseline(Record, frozen=True, tag_field="schema", tag="gitmlops/baseline/2"):
    """columns: the model's features on its reference rows; score: its predictions on them.

    period: of the metrics; periods: the first days of the periods whose effects the columns have, of the length
    `effect_period`; score_periods: the same of the score, which evaluation rows alone have; subsets: the columns
    within each level of a slice. predicted: the columns of its predictions in a log: `score` of two classes,
    `score_<class>` of each of several (`score` is then the highest of a row), or `prediction`. target: the labels of
    the evaluation rows, of other tasks than two classes; decisions: of several classes the likeliest one of each row.
    calibration, class_calibration, losses: what the same rows say of how good a prediction will be, of two classes, of
    several, of numbers; never of rows that the model learned from. together: null unless the model asks for it.
    """

    model: str
    data_sha256: str
    model_sha256: str
    trained_until: str
    rows: int
    columns: tuple[Column, ...]
    score: NumericColumn
    metrics: tuple[ReferenceMetric, ...]
    calibration: tuple[CalibrationBin, ...]
    slices: tuple[CategoricalColumn, ...] = ()
    period: Period = ""
    periods: tuple[str, ...] = ()
    effect_period: Period = ""
    score_periods: tuple[str, ...] = ()
    subsets: tuple[Subset, ...] = ()
    predicted: tuple[str, ...] = ("score",)
    target: Column | None = None
    decisions: CategoricalColumn | None = None
    class_calibration: tuple[ClassCalibration, ...] = ()
    losses: tuple[LossModel, ...] = ()
    together: Together | None = None

    @property
    def kind(self) -> Kind:
        """What it predicts: one of two classes, one of several, or a number."""
        return kind_of(self.predicted)


def kind_of(predicted: Sequence[str]) -> Kind:
    """What is predicted by a task whose predictions are in these columns."""
    if len(predicted) > 1:
        return "multiclass"
    return "regression" if tuple(predicted) == ("prediction",) else "binary"


BASELINE_VERSIONS = Baseline | FirstBaseline


def upgraded(found: Baseline | FirstBaseline) -> Baseline:
    """A baseline as one of today: of what its version did not say there is nothing."""
    if isinstance(found, Baseline):
        return found
    return Baseline(**{name: getattr(found, name) for name in found.__struct_fields__})
