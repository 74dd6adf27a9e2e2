"""Sums of floats without rounding: parts in any order add up to the same number, to the last bit."""

from fractions import Fraction

import numpy
from numpy.typing import NDArray

from gitmlops.statistics.classification import Array

_MANTISSA = 53
_HALF = 26
"""Bits of one half of a mantissa, and of a number whose square is summed: sums of halves stay exact for 2^26 rows."""


def exact_moments(values: Array, origin: float) -> tuple[Fraction, Fraction]:
    """The sum of d = x - origin and of its square, each exact for the d that is summed.

    values: finite, at most 2^26 of them. d is a float; its square is that of d with 26 bits, so that it is within 1e-8
    of the square of d.
    """
    offsets = values - origin
    mantissas, exponents = numpy.frexp(offsets[numpy.isfinite(offsets)])
    whole = numpy.ldexp(mantissas, _MANTISSA).astype(numpy.int64)
    short = numpy.rint(numpy.ldexp(mantissas, _HALF)).astype(numpy.int64)
    return _sum(whole, exponents - _MANTISSA), _sum(short * short, 2 * (exponents - _HALF))


def _sum(whole: NDArray[numpy.int64], exponents: NDArray[numpy.int32]) -> Fraction:
    """The sum of whole * 2^exponents, halves of the numbers summed apart for each exponent."""
    if not len(whole):
        return Fraction(0)
    lowest = int(exponents.min())
    places = exponents - lowest
    high = numpy.bincount(places, weights=whole >> _HALF)
    low = numpy.bincount(places, weights=whole & ((1 << _HALF) - 1))
    halves = enumerate(zip(high, low, strict=True))
    total = sum(((int(upper) << _HALF) + int(lower)) << place for place, (upper, lower) in halves)
    return Fraction(total) * Fraction(2) ** lowest
