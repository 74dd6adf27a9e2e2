"""The baseline: the profile of a version's reference data, with which drift needs no training data."""

from typing import Literal

import msgspec

from gitmlops.records.canonical import Record


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NumericColumn(_Part, frozen=True, tag_field="type", tag="numeric"):
    """Quantile edges (ascending, distinct) and rows per bin: bin i holds edges[i-1] < x <= edges[i].

    counts has len(edges) + 1 entries: below the first edge and above the last one are bins of their own.
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


class CategoricalColumn(_Part, frozen=True, tag_field="type", tag="categorical"):
    """The most frequent levels with their rows; `other` counts the rest, rare levels among it."""

    name: str
    rows: int
    missing: int
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    importance: float | None = None


Column = NumericColumn | CategoricalColumn


class ReferenceMetric(_Part, frozen=True):
    """A metric on the evaluation rows with its standard error, and its value for each reference period."""

    name: str
    value: float
    standard_error: float
    n: int
    periods: tuple[tuple[str, float, int], ...] = ()


class CalibrationBin(_Part, frozen=True):
    """Rows whose score is in (lower, upper]: their mean score and the share of positives."""

    lower: float
    upper: float
    n: int
    mean_score: float
    positive_share: float


class Baseline(Record, frozen=True, tag_field="schema", tag="gitmlops/baseline/1"):
    """columns: the model's features on its reference rows; score: its predictions on them."""

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
    period: Literal["", "day", "week", "month"] = ""


BASELINE_VERSIONS = Baseline
