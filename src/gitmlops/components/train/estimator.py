"""Estimators by their dotted names, of the packages that are allowed."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import all_estimators

from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

_PUBLIC = re.compile(r"sklearn(\.[a-z][a-z0-9_]*)+\.[A-Z]\w*")


def estimator(name: str, params: Mapping[str, Any], *, seed: int) -> BaseEstimator:
    """An unfitted classifier or regressor of scikit-learn, with `seed` where it takes one.

    Raises InputError for another name, and for parameters that the estimator does not have.
    """
    found = _class(name)()
    known = found.get_params(deep=False)
    for parameter in params:
        if parameter not in known:
            what = f"{name.rpartition('.')[2]} has no parameter {parameter!r}"
            raise InputError(what, where="estimator_params", mend=nearest(parameter, known))
    seeded = {"random_state": seed} if "random_state" in known else {}
    return found.set_params(**{**seeded, **params})


def _class(name: str) -> type[BaseEstimator]:
    found = _named(name) if _PUBLIC.fullmatch(name) else None
    if not (isinstance(found, type) and issubclass(found, BaseEstimator)):
        mend = nearest(name, [_dotted(kind) for _, kind in all_estimators(["classifier", "regressor"])])
        raise InputError(f"scikit-learn has no estimator {name!r}", where="estimator", mend=mend)
    try:
        is_model = is_classifier(found()) or is_regressor(found())
    except TypeError as error:
        raise InputError(f"{name} is made of other estimators", where="estimator", mend="name a plain one") from error
    if not is_model:
        mend = "name one, e.g. sklearn.ensemble.HistGradientBoostingClassifier"
        raise InputError(f"{name} is no classifier and no regressor", where="estimator", mend=mend)
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
