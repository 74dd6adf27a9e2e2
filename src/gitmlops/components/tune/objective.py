"""One combination of parameters -> its score in cross-validation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas
from numpy.typing import NDArray
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    KFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)

from gitmlops.components.columns import require_columns, require_present
from gitmlops.components.train.estimator import estimator, failures
from gitmlops.components.train.preprocessing import pipeline
from gitmlops.components.tune.journal import Trial
from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

Fold = tuple[NDArray[numpy.int64], NDArray[numpy.int64]]


@dataclass(frozen=True)
class Objective:
    """folds: rows to learn from and rows to score, by position, the same for every trial."""

    rows: pandas.DataFrame
    labels: pandas.Series
    folds: tuple[Fold, ...]
    params: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        rows: pandas.DataFrame,
        labels: pandas.Series,
        frame: pandas.DataFrame,
        params: Mapping[str, Any],
        *,
        path: Path,
    ) -> "Objective":
        """The objective of a step. Raises InputError for a scorer that is none, or folds that cannot be cut."""
        scoring = params["scoring"]
        if scoring not in get_scorer_names():
            raise InputError(
                f"there is no scorer {scoring!r}", where="scoring", mend=nearest(scoring, get_scorer_names())
            )
        if params["fold_by"] not in ("random", "stratified"):
            require_columns(frame, [params["fold_by"]], path)
            require_present(frame, [params["fold_by"]], path)
        return cls(rows, labels, _folds(frame, labels, params), params)

    def require_known(self, names: Iterable[str]) -> None:
        """Raises InputError if the estimator does not have a parameter that shall be tuned."""
        estimator(self.params["estimator"], {**self.params["estimator_params"], **dict.fromkeys(names)}, seed=0)

    def score(self, params: Mapping[str, Any]) -> Trial:
        """The mean score over the folds; a combination that the estimator does not take is a trial without one."""
        given = {**self.params["estimator_params"], **params}
        unfitted = estimator(self.params["estimator"], given, seed=self.params["seed"])
        model = pipeline(unfitted, self.rows, self.params["preprocess"])
        scorer = get_scorer(self.params["scoring"])
        try:
            scores = cross_val_score(model, self.rows, self.labels, scoring=scorer, cv=self.folds, error_score="raise")
        except failures(self.params["estimator"]) as error:
            return Trial(dict(params), None, None, str(error).splitlines()[0])
        if not numpy.isfinite(scores).all():
            return Trial(dict(params), None, None, f"the scores of the folds are {scores.tolist()}")
        return Trial(dict(params), float(scores.mean()), float(scores.std()))


def _folds(frame: pandas.DataFrame, labels: pandas.Series, params: Mapping[str, Any]) -> tuple[Fold, ...]:
    how, number, seed = params["fold_by"], params["folds"], params["seed"]
    try:
        if how in ("random", "stratified"):
            kind = StratifiedKFold if how == "stratified" else KFold
            return _positions(kind(number, shuffle=True, random_state=seed), labels)
        if pandas.api.types.is_datetime64_any_dtype(frame[how]):
            order = numpy.argsort(frame[how].to_numpy(), kind="stable")
            return tuple((order[learn], order[judge]) for learn, judge in TimeSeriesSplit(number).split(order))
        return _positions(GroupKFold(number), labels, frame[how])
    except ValueError as error:
        raise InputError(f"{number} folds by {how}: {error}", where="folds", mend="choose others") from error


def _positions(cut: BaseCrossValidator, labels: pandas.Series, groups: pandas.Series | None = None) -> tuple[Fold, ...]:
    return tuple(cut.split(numpy.zeros(len(labels)), labels, groups))
