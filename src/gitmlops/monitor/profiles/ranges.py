"""Numbers outside the range that the reference had: a few are chance, one value among them may be a code."""

from gitmlops.monitor.profiles.counting import Tally
from gitmlops.records.baseline import NumericColumn

_SENTINEL_ROWS = 5
_TIMES_USUAL = 10
"""So many times the rows that chance puts outside (two in as many rows as the reference has) are worth a word."""


def is_unusual(column: NumericColumn, tally: Tally) -> bool:
    """Whether so many rows are outside, or so often the same value, that it is worth a word."""
    usual = 2 * tally.rows / max(column.rows - column.missing, 1)
    return bool(tally.outside) and (sentinel(tally) is not None or tally.outside > _TIMES_USUAL * (1 + usual))


def words(column: NumericColumn, tally: Tally) -> str:
    """How many rows are outside which range, and which value most of them have, if one."""
    code = sentinel(tally)
    asked = "" if code is None else f", {tally.extremes[code]:,} of them {code:.15g}: does that stand for something?"
    return f"{column.name}: {tally.outside:,} rows outside {column.minimum:.6g} to {column.maximum:.6g}{asked}"


def sentinel(tally: Tally) -> float | None:
    """The value that makes up most of what is outside, such as 999999; None if none does."""
    if not tally.extremes:
        return None
    value, rows = tally.extremes.most_common(1)[0]
    return value if rows >= _SENTINEL_ROWS and 2 * rows >= tally.outside else None
