"""The point-in-time join as plain joins over ranges: what an engine without ASOF runs. See `history`.

Every event that an asking row may know meets it, which costs where a key has many of both.
"""

from collections.abc import Sequence

from gitmlops.features.join.history import (
    Column,
    Events,
    Window,
    answers,
    call,
    distinct,
    happened,
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
    newest = [f"f.{name} DESC NULLS LAST" for name in ("moment", "created", *(f"c{i}" for i in range(len(values))))]
    found = "".join(f", f.c{i}" for i in range(len(values)))
    known = " AND ".join([*same_keys(events), "f.known <= e.moment"])
    return f"""
        SELECT row, {answers(columns, values, "age")} FROM (
            SELECT e.row, e.moment - f.moment AS age{found},
                row_number() OVER (PARTITION BY e.row ORDER BY {", ".join(newest)}) AS place
            FROM {asked} e LEFT JOIN ({happened(events, typed(values))}) f ON {known}
        ) ranked WHERE place = 1 ORDER BY row"""


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
