"""Estimators by their dotted names, of the packages that are allowed."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import all_estimators

from gitmlops.adapters.system import threads
from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

_PUBLIC = re.compile(r"sklearn(\.[a-z][a-z0-9_]*)+\.[A-Z]\w*")
_LIGHTGBM = ("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")


def estimator(name: str, params: Mapping[str, Any], *, seed: int) -> BaseEstimator:
    """An unfitted classifier or regressor of scikit-learn or LightGBM, with `seed` where it takes one.

    Raises InputError for another name, and for parameters that the estimator does not have.
    """
    found = _class(name)()
    own = found.get_params(deep=False)
    defaults = _defaults(name, own, seed)
    known = {**own, **defaults}
    for parameter in params:
        if parameter not in known:
            what = f"{name.rpartition('.')[2]} has no parameter {parameter!r}"
            raise InputError(what, where="estimator_params", mend=nearest(parameter, known))
    return found.set_params(**{**defaults, **params})


def failures(name: str) -> tuple[type[Exception], ...]:
    """What the estimator raises for columns and parameters that it does not take."""
    own = (import_module("lightgbm.basic").LightGBMError,) if name in _LIGHTGBM else ()
    return (ValueError, TypeError, *own)


def _defaults(name: str, known: Mapping[str, Any], seed: int) -> Mapping[str, Any]:
    """What makes the same rows give the same model: LightGBM writes its number of threads into it."""
    seeded = {"random_state": seed} if "random_state" in known else {}
    if name not in _LIGHTGBM:
        return seeded
    return {**seeded, "n_jobs": threads.chosen(), "deterministic": True, "force_row_wise": True, "verbose": -1}


def _class(name: str) -> type[BaseEstimator]:
    if name in _LIGHTGBM:
        return _of_lightgbm(name)
    found = _named(name) if _PUBLIC.fullmatch(name) else None
    if not (isinstance(found, type) and issubclass(found, BaseEstimator)):
        known = [*_LIGHTGBM, *(_dotted(kind) for _, kind in all_estimators(["classifier", "regressor"]))]
        what = f"neither scikit-learn nor LightGBM has an estimator {name!r}"
        raise InputError(what, where="estimator", mend=nearest(name, known))
    try:
        is_model = is_classifier(found()) or is_regressor(found())
    except TypeError as error:
        raise InputError(f"{name} is made of other estimators", where="estimator", mend="name a plain one") from error
    if not is_model:
        mend = "name one, e.g. sklearn.ensemble.HistGradientBoostingClassifier"
        raise InputError(f"{name} is no classifier and no regressor", where="estimator", mend=mend)
    return found


def _of_lightgbm(name: str) -> type[BaseEstimator]:
    found: type[BaseEstimator] | None = _named(name)
    if found is None:
        mend = "run `pip install 'gitmlops[lightgbm]'`"
        raise InputError("LightGBM is not installed", where="estimator", mend=mend)
    return found


def _named(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(import_module(module), attribute, None)
    except ImportError:
        return None


def _dotted(kind: type) -> str:
    """The public name: sklearn.ensemble._forest.X is imported as sklearn.ensemble.X."""
    return ".".join([part for part in kind.__module__.split(".") if not part.startswith("_")] + [kind.__name__])
