"""SQL of features' statistics. Each is a SELECT over rows of a view."""

from gitmlops.features.join import sql
from gitmlops.specs.feature import Dtype

QUANTILES = ("0.05", "0.25", "0.5", "0.75", "0.95")
TOP, LONGEST_TEXT = 10, 64
# Squares of greater numbers leave the range of floats, and DuckDB refuses to add them.
_SQUARABLE = "1e150"


def overall(timestamp: str, rows: str) -> str:
    """SELECT rows, newest: RFC 3339 in UTC, null without any row."""
    return f"SELECT count(*) AS rows, {_text(f'max({sql.identifier(timestamp)})', 'timestamp')} AS newest FROM {rows}"


def counts(name: str, rows: str) -> str:
    """SELECT count, nulls, distinct."""
    value = sql.identifier(name)
    return f"""
        SELECT count({value}) AS count, count(*) - count({value}) AS nulls, count(DISTINCT {value}) AS distinct
        FROM {rows}"""


def values(name: str, dtype: Dtype, rows: str) -> str:
    """SELECT min, max as text and, of numbers, mean, std, q0, q1, ... as floats."""
    value = sql.identifier(name)
    selected = [f"{_text(f'{call}({value})', dtype)} AS {call}" for call in ("min", "max")]
    if dtype in ("int64", "float64"):
        finite = f"CASE WHEN isfinite(CAST({value} AS DOUBLE)) THEN CAST({value} AS DOUBLE) END"
        squarable = f"CASE WHEN abs({value}) < {_SQUARABLE} THEN CAST({value} AS DOUBLE) END"
        selected += [f"avg({finite}) AS mean", f"stddev_samp({squarable}) AS std"]
        selected += [f"quantile_cont({finite}, {share}) AS q{i}" for i, share in enumerate(QUANTILES)]
    return f"SELECT {', '.join(selected)} FROM {rows}"


def top(name: str, rows: str) -> str:
    """SELECT value as text, count: the most frequent values, of equal ones in alphabetical order."""
    value = sql.identifier(name)
    return f"""
        SELECT {_text(value, "string")} AS value, count(*) AS count FROM {rows} WHERE {value} IS NOT NULL
        GROUP BY {value} ORDER BY count DESC, {value} LIMIT {TOP}"""


def _text(value: str, dtype: Dtype) -> str:
    if dtype == "timestamp":
        return f"strftime(CAST({value} AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%fZ')"
    text = f"CAST({value} AS VARCHAR)"
    if dtype != "string":
        return text
    return f"CASE WHEN length({text}) > {LONGEST_TEXT} THEN {text}[:{LONGEST_TEXT - 1}] || '…' ELSE {text} END"
