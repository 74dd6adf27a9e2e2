"""The point-in-time join for DuckDB: ASOF for values, one sweep over time for windows. See `history`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gitmlops.features.join import sql, sql_portable
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
    moment,
    results,
    same_keys,
    typed,
)


def latest(events: Events, columns: Sequence[Column], order: Sequence[Column], asked: str) -> str:
    """Like `sql_portable.latest`: one event a moment is kept, so that ASOF's answer is the only one."""
    values = distinct([*order, *columns])
    known = " AND ".join([*same_keys(events), "e.moment >= f.known"])
    return f"""
        SELECT e.row, {answers(columns, values, "e.moment - f.moment", "f.")}
        FROM {asked} e ASOF LEFT JOIN ({_best(events, values, asked)}) f ON {known}
        ORDER BY e.row"""


def _best(events: Events, values: Sequence[Column], asked: str) -> str:
    """SELECT the events that are, from some moment on, the newest that is known."""
    keys, names = [key(name) for name in events.keys], [f"c{i}" for i in range(len(values))]
    rows = f"({_asked_about(events, typed(values), asked)})"
    if events.known_at == "event":
        newest = ", ".join(f"{name} DESC NULLS LAST" for name in ("created", *names))
        return f"""SELECT * FROM {rows}
            QUALIFY row_number() OVER (PARTITION BY {", ".join([*keys, "moment"])} ORDER BY {newest}) = 1"""
    # An event that comes to be known after a newer one never counts. Without those, later known is newer.
    oldest = ", ".join(f"{name} ASC NULLS FIRST" for name in ("moment", "created", *names))
    so_far = f"{_partition(keys)}ORDER BY known RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return f"""SELECT * FROM (SELECT *, row_number() OVER ({_partition(keys)}ORDER BY {oldest}) AS place FROM {rows})
            QUALIFY place = max(place) OVER ({so_far})"""


def windows(events: Events, aggregations: Sequence[Window], asked: str) -> str:
    """Like `sql_portable.windows`: events and asking rows in one order of time, so that busy keys cost no more.

    Events that were ingested after they happened stand in no such order: they are joined over ranges and added, and
    distinct values, which do not add up, are counted by such a join alone.
    """
    if events.known_at == "event":
        return _swept(events, aggregations, asked)
    parts = [part for window in aggregations for part in _parts(window)]
    prompt, late = _split(events)
    distinct_ = [window for window in aggregations if window.function == "count_distinct"]
    joined = [f"({_swept(prompt, parts, asked)}) p", f"({sql_portable.windows(late, parts, asked)}) q"] if parts else []
    joined += [f"({sql_portable.windows(events, distinct_, asked)}) d"] if distinct_ else []
    first, *others = joined
    using = "".join(f" JOIN {other} USING (row)" for other in others)
    return f"SELECT row, {', '.join(_combined(aggregations))} FROM {first}{using} ORDER BY row"


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
    asked = replace(events, known_at="event")  # a row is there whenever it was ingested; what it sees is not
    numbered = f"SELECT row_number() OVER () - 1 AS row, * FROM ({happened(asked, typed(columns))})"
    joined = f" JOIN ({latest(events, [*newest.values()], order, 'numbered')}) l USING (row)" if newest else ""
    joined += f" JOIN ({windows(events, [*aggregations.values()], 'numbered')}) w USING (row)" if aggregations else ""
    selected = beside_events(columns, newest, aggregations)
    return f"WITH numbered AS MATERIALIZED ({numbered}) SELECT {selected} FROM numbered n{joined}"


def beside(first: str, row: str, others: Sequence[str]) -> str:
    """Like `sql_portable.beside`, in the order of the tables: rows are not looked for."""
    return " POSITIONAL JOIN ".join([first, *others])


def in_order(select: str, _row: str) -> str:
    """The SELECT as it is: tables beside each other have their order."""
    return select


def _swept(events: Events, aggregations: Sequence[Window], asked: str) -> str:
    keys = [key(name) for name in events.keys]
    inside = (
        f"{call(window, measure(window, aggregations))} OVER ({_partition(keys)}ORDER BY moment "
        f"RANGE BETWEEN {window.micros - 1} PRECEDING AND CURRENT ROW) AS w{i}"
        for i, window in enumerate(aggregations)
    )
    measures = dict.fromkeys(measure(window, aggregations) for window in aggregations)
    columns = ", ".join([*keys, "moment", *measures])
    longest = max(window.micros for window in aggregations)
    return f"""
        SELECT row, {results(aggregations, "w")} FROM (
            SELECT row, {", ".join(inside)} FROM (
                SELECT {columns}, NULL AS row FROM ({_asked_about(events, measured(aggregations), asked, longest)})
                UNION ALL BY NAME
                SELECT {", ".join([*keys, "moment", "row"])} FROM {asked}
            )
        ) WHERE row IS NOT NULL ORDER BY row"""


def _asked_about(events: Events, values: Sequence[str], asked: str, reach: int | None = None) -> str:
    """SELECT the events that can matter to an asking row of their keys: a few rows cost no sort of all events.

    reach: how many microseconds before an asking row's moment an event still matters; None is any.
    """
    keys = ", ".join(key(name) for name in events.keys)
    grouped = f", {keys} FROM {asked} GROUP BY {keys}" if keys else f" FROM {asked}"
    first = "" if reach is None else f" AND f.moment > a.first - {reach}"
    matters = " AND ".join([*(f"a.{key(name)} = f.{key(name)}" for name in events.keys), "f.known <= a.last"])
    return f"""SELECT f.* FROM ({happened(events, values)}) f
            JOIN (SELECT min(moment) AS first, max(moment) AS last{grouped}) a ON {matters}{first}"""


def _partition(keys: Sequence[str]) -> str:
    return f"PARTITION BY {', '.join(keys)} " if keys else ""


def _split(events: Events) -> tuple[Events, Events]:
    """The events that were known as they happened, and those that were ingested later."""
    created, timestamp = (moment(sql.identifier(name or "")) for name in (events.created, events.timestamp))
    prompt = f"(SELECT * FROM {events.relation} WHERE {created} <= {timestamp})"
    late = f"(SELECT * FROM {events.relation} WHERE {created} > {timestamp})"
    return replace(events, relation=prompt, known_at="event"), replace(events, relation=late)


def _parts(window: Window) -> tuple[Window, ...]:
    """The aggregations over two sets of events from which the one over both is computed."""
    count = replace(window, function="count", dtype="int64")
    if window.function == "mean":
        return replace(window, function="sum"), count
    if window.function == "std":
        return window, replace(window, function="mean"), count
    return () if window.function == "count_distinct" else (window,)


def _combined(aggregations: Sequence[Window]) -> list[str]:
    """SELECT list v0, v1, ...: the parts over prompt events (p) and over late ones (q), put together."""
    found, part, distinct_ = [], 0, 0
    for window in aggregations:
        if window.function == "count_distinct":
            found.append(f"d.v{distinct_}")
            distinct_ += 1
        else:
            found.append(_both(window, part))
            part += len(_parts(window))
    return [f"{value} AS v{i}" for i, value in enumerate(found)]


def _both(window: Window, part: int) -> str:
    p, q = f"p.v{part}", f"q.v{part}"
    if window.function == "count":
        return f"{p} + {q}"
    if window.function == "sum":
        return f"coalesce({p} + {q}, {p}, {q})"
    if window.function in ("min", "max"):
        return f"{'least' if window.function == 'min' else 'greatest'}({p}, {q})"
    if window.function == "mean":
        return f"coalesce({p} + {q}, {p}, {q}) / nullif(p.v{part + 1} + q.v{part + 1}, 0)"
    return _deviation(part)


def _deviation(part: int) -> str:
    """The standard deviation over both sets from (deviation, mean, count) of each: squares about the mean add up."""
    (sp, mp, np), (sq, mq, nq) = ([f"{side}.v{part + i}" for i in range(3)] for side in "pq")
    squares = " + ".join(f"coalesce({s} * {s} * ({n} - 1), 0)" for s, n in ((sp, np), (sq, nq)))
    between = f"coalesce(({mp} - {mq}) * ({mp} - {mq}) * {np} * {nq} / ({np} + {nq}), 0)"
    return f"CASE WHEN {np} + {nq} > 1 THEN sqrt(({squares} + {between}) / ({np} + {nq} - 1)) END"
