"""What is done to the columns before an estimator sees them, fitted on the training rows alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "impute": ("mean", "median", "most_frequent"),
    "scale": ("standard", "minmax", "robust"),
    "words": ("ordinal", "one_hot"),
}
_SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


def pipeline(estimator: BaseEstimator, rows: pandas.DataFrame, preprocess: Mapping[str, Any]) -> Pipeline:
    """The estimator behind what its columns need: words become numbers, and numbers what `preprocess` asks for.

    preprocess: impute (of numbers: mean, median or most_frequent), scale (standard, minmax or robust), words
    (ordinal or one_hot). Raises InputError for anything else, and for columns that are neither words nor numbers.
    """
    _require_known(preprocess)
    words = _words(rows)
    numbers = [str(name) for name in rows if name not in words]
    parts = []
    if words:
        parts.append(("words", _encoder(preprocess.get("words", "ordinal")), words))
    if steps := _numeric(preprocess):
        parts.append(("numbers", Pipeline(steps), numbers))
    if not parts:
        return Pipeline([("estimator", estimator)])
    return Pipeline([("encode", ColumnTransformer(parts, remainder="passthrough")), ("estimator", estimator)])


def _require_known(preprocess: Mapping[str, Any]) -> None:
    for key, value in preprocess.items():
        if key not in _CHOICES:
            raise InputError(f"there is no preprocessing {key!r}", where="preprocess", mend=nearest(key, _CHOICES))
        if value not in _CHOICES[key]:
            mend = nearest(str(value), _CHOICES[key])
            raise InputError(f"{key} cannot be {value!r}", where="preprocess", mend=mend)


def _encoder(kind: str) -> BaseEstimator:
    # Unseen and missing words get a place of their own, so that serving never fails on them.
    if kind == "one_hot":
        return OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)


def _numeric(preprocess: Mapping[str, Any]) -> list[tuple[str, BaseEstimator]]:
    steps: list[tuple[str, BaseEstimator]] = []
    if strategy := preprocess.get("impute"):
        # A column without any value stays, so that the model has the columns of its feature set.
        steps.append(("impute", SimpleImputer(strategy=strategy, keep_empty_features=True)))
    if scale := preprocess.get("scale"):
        steps.append(("scale", _SCALERS[scale]()))
    return steps


def _words(rows: pandas.DataFrame) -> Sequence[str]:
    """Columns of text. Raises InputError for columns that are neither text, numbers nor booleans."""
    kinds = pandas.api.types
    other = [name for name, values in rows.items() if not kinds.is_numeric_dtype(values)]  # booleans are numeric
    for name in other:
        if not (kinds.is_string_dtype(rows[name]) or kinds.is_object_dtype(rows[name])):
            raise InputError(f"the feature {name!r} is {rows[name].dtype}", mend="derive a number or a text from it")
    return [str(name) for name in other]
