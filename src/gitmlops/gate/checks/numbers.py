"""How numbers are written in reports and receipts."""

import math
from fractions import Fraction

_DIGITS = (4, 6, 9, 12, 15)


def shown(number: Fraction | float, *, apart_from: Fraction | None = None) -> str:
    """The number with four decimals, zeros at the end left out; with more where it would look like `apart_from`.

    0.67996 against 0.68 is written 0.67996, so that nobody reads "0.68, asked >= 0.68, failed".
    """
    if isinstance(number, float) and not math.isfinite(number):
        return str(number)
    exactly = Fraction(number)
    for digits in _DIGITS:
        text = f"{float(exactly):.{digits}f}"
        if apart_from is None or exactly == apart_from or Fraction(text) != apart_from:
            break
    trimmed = text.rstrip("0").rstrip(".")
    return "0" if trimmed == "-0" else trimmed
