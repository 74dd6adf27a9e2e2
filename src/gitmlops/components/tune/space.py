"""What a search may try: from the pipeline's file to Optuna's distributions."""

from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from gitmlops.errors import InputError
from gitmlops.specs.hints import nearest

_KEYS = ("low", "high", "step", "log", "choices")


def distributions(space: Mapping[str, Any]) -> dict[str, BaseDistribution]:
    """A distribution for each parameter. Raises InputError for a range that is none."""
    if not space:
        raise InputError("there is nothing to tune", where="space", mend="write e.g. {max_depth: {low: 2, high: 8}}")
    return {name: _distribution(name, given) for name, given in space.items()}


def _distribution(name: str, given: Any) -> BaseDistribution:
    where = f"space.{name}"
    if not isinstance(given, Mapping):
        raise InputError(f"{given!r} is no range", where=where, mend="write {low: 1, high: 9} or {choices: [a, b]}")
    for key in given:
        if key not in _KEYS:
            raise InputError(f"a range has no {key!r}", where=where, mend=nearest(key, _KEYS))
    try:
        return _choices(given["choices"]) if "choices" in given else _range(given)
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(what, where=where, mend="write {low: 1, high: 9} or {choices: [a, b]}") from error


def _choices(choices: Any) -> CategoricalDistribution:
    if not isinstance(choices, list) or not all(isinstance(value, str | int | float | None) for value in choices):
        raise TypeError("choices are a list of words, numbers, true, false or null")
    return CategoricalDistribution(choices)


def _range(given: Mapping[str, Any]) -> BaseDistribution:
    low, high, step, log = given["low"], given["high"], given.get("step"), given.get("log", False)
    for value in (low, high, *([] if step is None else [step])):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{value!r} is no number")
    if not isinstance(log, bool):
        raise TypeError(f"log is true or false, not {log!r}")
    if all(isinstance(value, int) for value in (low, high, step or 1)):
        return IntDistribution(low, high, log=log, step=step or 1)
    return FloatDistribution(low, high, log=log, step=step)
