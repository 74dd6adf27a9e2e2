"""What a look costs: the alpha of the k-th look at one evaluation set, and Holm's rule for advisory lists.

A verdict is an intersection-union test: every mandatory check must pass, each at its own alpha, and nothing is
corrected there. Looking again at the same rows is another matter: each look is one more chance to pass by luck.
"""

import math
from collections.abc import Sequence

import numpy

from gitmlops.statistics.classification import Array, Unmeasurable


def spent_alpha(alpha: float, attempt: int) -> float:
    """The alpha of look k when there is no end of looks: alpha * 6 / (pi^2 k^2), which add up to alpha.

    alpha: of all looks together, above 0 and below 1. attempt: k, from 1. Raises Unmeasurable outside these.
    """
    _require(alpha, attempt)
    return alpha * 6 / (math.pi * attempt) ** 2


def budgeted_alpha(alpha: float, attempt: int, *, budget: int) -> float:
    """The alpha of each of `budget` looks: alpha / budget.

    Raises Unmeasurable for a look past the budget: the evaluation set is spent and a fresh one is needed.
    """
    _require(alpha, attempt)
    if attempt > budget:
        raise Unmeasurable(f"this is look {attempt} at one evaluation set, its budget is {budget}")
    return alpha / budget


def holm(p_values: Sequence[float]) -> Array:
    """Holm's adjusted p-values, shape (tests,), in the order given: those <= alpha stand, for any dependence.

    With p sorted, the largest so far of (tests - i) p_i for i from 0, at most 1. For "which slices got worse" only.
    Raises Unmeasurable for a p-value outside 0..1 or NaN.
    """
    values = numpy.asarray(p_values, dtype=numpy.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise Unmeasurable("a p-value is not between 0 and 1")
    order = numpy.argsort(values, kind="stable")
    steps = numpy.maximum.accumulate(values[order] * numpy.arange(len(values), 0, -1))
    found = numpy.empty(len(values))
    found[order] = numpy.minimum(steps, 1.0)
    return found


def _require(alpha: float, attempt: int) -> None:
    if not 0 < alpha < 1:
        raise Unmeasurable(f"an alpha of {alpha:g} is not between 0 and 1")
    if attempt < 1:
        raise Unmeasurable(f"look {attempt} is not counted from 1")
