"""Ratios of counts against written thresholds, compared as the exact numbers that they are."""

import math
import re
from fractions import Fraction
from typing import Literal

from gitmlops.errors import InputError
from gitmlops.statistics.classification import Unmeasurable

Operator = Literal[">=", "<=", ">", "<"]

_WRITTEN = re.compile(r"([0-9]{1,9})(?:([./])([0-9]{1,9}))?")


def threshold(text: str) -> Fraction:
    """The number that was written: `4/5` and `0.8` are both four fifths, `1/3` is a third, none of them is a float.

    text: up to nine digits, alone or with a point or a slash and up to nine more; no sign, exponent or space.
    Raises InputError for any other text and for a denominator of 0.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None or not text.isascii():
        raise InputError(f"{text!r} is no threshold", mend='write a decimal or a ratio, e.g. "0.12" or "4/5"')
    whole, mark, rest = written.groups()
    if mark != "/":
        return Fraction(text)
    if not int(rest):
        raise InputError(f"{text!r} divides by zero", mend='write a ratio such as "4/5"')
    return Fraction(int(whole), int(rest))


def keeps(found: Fraction | float, operator: Operator, limit: Fraction) -> bool:
    """Whether `found operator limit` holds for the numbers as they are: no rounding, no tolerance.

    found: a ratio of counts as a Fraction, or a finite float, which stands for its own exact binary value.
    Raises Unmeasurable for NaN and infinities: what is no number neither keeps a limit nor misses it.
    """
    if isinstance(found, float) and not math.isfinite(found):
        raise Unmeasurable(f"{found} is no number")
    number = Fraction(found)
    return {">=": number >= limit, "<=": number <= limit, ">": number > limit, "<": number < limit}[operator]
