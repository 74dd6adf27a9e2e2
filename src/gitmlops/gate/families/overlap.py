"""data: whether the model was trained on what it is evaluated on."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pandas

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.statistics.classification import Unmeasurable


def _ids(candidate: Candidate, _: Rows) -> Measured:
    return _shared(candidate, candidate.model.evaluation.id)


def _entities(candidate: Candidate, _: Rows) -> Measured:
    entity = candidate.model.evaluation.entity
    if entity is None:
        raise Unmeasurable("the model names no `entity` of its evaluation rows")
    return _shared(candidate, entity)


def _shared(candidate: Candidate, column: str) -> Measured:
    for name, rows in (("evaluation", candidate.rows), ("training", candidate.training)):
        if column not in rows.columns:
            raise Unmeasurable(f"the {name} rows have no column {column!r}")
    ours, theirs = (_names(rows[column]) for rows in (candidate.rows, candidate.training))
    return Measured(Fraction(len(ours & theirs)), f"of {len(ours):,} {column}, {len(theirs):,} in training")


def _names(values: "pandas.Series[Any]") -> frozenset[str]:
    """Each name once, 7 and 7.0 alike: a column with a gap is kept as floats."""
    return frozenset(str(one).removesuffix(".0") for one in values.dropna().unique())


def _repeated(candidate: Candidate, rows: Rows) -> Measured:
    """By the values alone: whoever trains on evaluation rows can number them anew."""
    features = list(candidate.features)
    known = _hashed(candidate.training[features])
    seen = _hashed(candidate.rows.loc[rows.chosen, features]).isin(known)
    hits, trials = int(seen.sum()), len(seen)
    return Measured(Fraction(hits, trials), f"{hits:,} of {trials:,} rows have a twin in training")


def _hashed(rows: pandas.DataFrame) -> "pandas.Series[int]":
    found: pandas.Series[int] = pandas.util.hash_pandas_object(rows.apply(_comparable), index=False)
    return found


def _comparable(values: "pandas.Series[Any]") -> "pandas.Series[Any]":
    """Numbers as floats and all else as text, so that only values tell rows apart, not how they are kept."""
    if pandas.api.types.is_numeric_dtype(values.dtype):
        return values.astype("float64")
    return values.astype(object).where(values.notna(), "").map(str)


MEASURES: Mapping[str, Measure] = {
    "overlapping_ids": _ids,
    "overlapping_entities": _entities,
    "repeated_rows": _repeated,
}
