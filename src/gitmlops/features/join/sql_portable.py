"""The point-in-time join in plain SQL, for an engine without ASOF. See `history`.

Newest values are one sweep over time, however many events a key has. Windows are joins over ranges: every event that is
in a row's window meets it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gitmlops.features.join.history import (
    Column,
    Events,
    Window,
    answers,
    beside_events,
    call,
    distinct,
    happened,
    key,
    measure,
    measured,
    results,
    same_keys,
    typed,
)


def latest(events: Events, columns: Sequence[Column], order: Sequence[Column], asked: str) -> str:
    """The columns of the newest event that is known at each asking row's moment.

    Of events of the same keys and time the last created counts, then the one with the greatest columns, compared in
    this order, null being smallest: the answer depends neither on the order of rows nor on which columns are asked.
    """
    values = distinct([*order, *columns])
    keys, numbered = [key(name) for name in events.keys], _numbered(events, typed(values), len(values))
    listed = "".join(f"{name}, " for name in keys)
    partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
    found = " AND ".join([*same_keys(events), "e.place = f.place"])
    return f"""
        SELECT e.row, {answers(columns, values, "e.moment - f.moment", "f.")} FROM (
            SELECT row, {listed}moment, max(place) OVER (
                {partition}ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place
            FROM (
                SELECT NULL AS row, {listed}known AS moment, place FROM ({numbered})
                UNION ALL
                SELECT row, {listed}moment, CAST(NULL AS BIGINT) AS place FROM {asked}
            )
        ) e LEFT JOIN ({numbered}) f ON {found} WHERE e.row IS NOT NULL ORDER BY e.row"""


def _numbered(events: Events, values: Sequence[str], count: int) -> str:
    """SELECT the events, with a `place` among those of their keys that is the greater the newer they are."""
    partition = f"PARTITION BY {', '.join(key(name) for name in events.keys)} " if events.keys else ""
    oldest = ", ".join(f"{name} ASC NULLS FIRST" for name in ("moment", "created", *(f"c{i}" for i in range(count))))
    place = f"row_number() OVER ({partition}ORDER BY {oldest}) AS place"
    return f"SELECT *, {place} FROM ({happened(events, values)})"


def windows(events: Events, aggregations: Sequence[Window], asked: str) -> str:
    """Each aggregation over the events that are in its window and known at the asking row's moment.

    Of no events a count is 0 and anything else null.
    """
    longest = max(window.micros for window in aggregations)
    known = [*same_keys(events), "f.known <= e.moment", "f.moment <= e.moment", f"f.moment > e.moment - {longest}"]
    inside = (
        call(window, f"CASE WHEN f.moment > e.moment - {window.micros} THEN f.{measure(window, aggregations)} END")
        + f" AS w{i}"
        for i, window in enumerate(aggregations)
    )
    return f"""
        SELECT row, {results(aggregations, "w")} FROM (
            SELECT e.row, {", ".join(inside)}
            FROM {asked} e LEFT JOIN ({happened(events, measured(aggregations))}) f ON {" AND ".join(known)}
            GROUP BY e.row
        ) grouped ORDER BY row"""


def rows(
    events: Events,
    columns: Sequence[Column],
    newest: Mapping[str, Column],
    aggregations: Mapping[str, Window],
    order: Sequence[Column],
) -> str:
    """SELECT every event with a time and all keys: these columns, and what holds at its own time, each by its name.

    Events at one time are in each other's windows: what holds at a moment does not depend on their order.
    """
    # A row is there whenever it was ingested; what it sees is not. Keys and moment say what it sees: a number of its
    # own could be another one when a lost part is computed again.
    happening = happened(replace(events, known_at="event"), typed(columns))
    named = f"SELECT {_moment_of_keys(events)} AS row, * FROM ({happening})"
    keys = "".join(f", {key(name)}" for name in events.keys)
    asked = f"(SELECT DISTINCT row, moment{keys} FROM ({named}))"
    joined = f" JOIN ({latest(events, [*newest.values()], order, asked)}) l ON l.row = n.row" if newest else ""
    if aggregations:
        joined += f" JOIN ({windows(events, [*aggregations.values()], asked)}) w ON w.row = n.row"
    selected = beside_events(columns, newest, aggregations)
    return f"SELECT {selected} FROM ({named}) n{joined}"


def beside(first: str, row: str, others: Sequence[str]) -> str:
    """Tables with a line a row as one relation; row: the number of a line of the first one."""
    return "".join([first, *(f" JOIN {other} ON {other}.row = {row}" for other in others)])


def in_order(select: str, row: str) -> str:
    """The SELECT, by the numbers of its rows."""
    return f"{select} ORDER BY {row}"


def _moment_of_keys(events: Events) -> str:
    """A text for keys and moment: each part with its length, so that no two are written alike."""
    texts = [f"CAST({name} AS VARCHAR)" for name in ("moment", *(key(name) for name in events.keys))]
    return " || ".join(f"CAST(length({text}) AS VARCHAR) || ':' || {text}" for text in texts)
