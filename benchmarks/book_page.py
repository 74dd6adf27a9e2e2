"""docs/benchmarks.md from results: pure, so that the same results give the same page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from results import COSTS, OURS, Row, number

HEAD = """# Benchmarks

Written by `make bench`, which runs every benchmark of `benchmarks/` and the tools that they stand beside, one after the other on one machine, on the same data. Nobody typed a figure. `make bench-quick` shows a small part of it in two minutes. Simulations take hours; what they printed last is in [false alarms](explanation/false-alarms.md) and [what the gate's statistics hold](explanation/gate-statistics.md).

*Ratio* is what gitmlops takes, divided by what the other takes: below 1 it takes less. *Limit* is what was promised before anything was measured: of gitmlops' own figure, or of the ratio (x). Figures are medians, with the lowest and the highest of all runs in brackets. CPU seconds and megabytes are of a whole process; seconds are those of a clock.
"""  # noqa: E501


@dataclass(frozen=True)
class Machine:
    """What a part ran on. memory: in GiB."""

    cpu: str
    cores: int
    memory: int
    system: str
    python: str

    def __str__(self) -> str:
        return f"{self.cores} cores ({self.cpu}), {self.memory} GiB, {self.system}, Python {self.python}"


@dataclass(frozen=True)
class Result:
    """What a part found: rows, or Markdown that its program printed.

    load: of the machine when it began; left_out: tools that could not be installed.
    """

    name: str
    title: str
    command: str
    day: str
    seconds: int
    load: float
    commit: str
    machine: Machine
    rows: tuple[Row, ...]
    text: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """Ours beside another tool's, or by itself."""

    ours: Row
    other: Row | None

    @property
    def ratio(self) -> float | None:
        """Ours, divided by the other's."""
        return self.ours.median / self.other.median if self.other and self.other.median else None

    @property
    def most_times(self) -> float | None:
        """What the ratio may be."""
        return self.ours.at_most_times.get(self.other.tool) if self.other else None

    @property
    def reached(self) -> bool | None:
        """Whether the limits hold; None if there is none."""
        held = []
        if self.ours.at_most is not None:
            held.append(self.ours.median <= self.ours.at_most)
        if self.most_times is not None and self.ratio is not None:
            held.append(self.ratio <= self.most_times)
        return all(held) if held else None


def page(results: Sequence[Result], missing: Sequence[str]) -> str:
    """The whole page. missing: titles of parts that have no result."""
    parts = [HEAD, *_summary(results)]
    if missing:
        parts.append(f"Not measured yet: {', '.join(missing)}.\n")
    for result in results:
        parts += [f"## {result.title}\n", f"{_origin(result)}\n", *_body(result)]
    return "\n".join(parts).rstrip() + "\n"


def lines(rows: Sequence[Row]) -> Iterator[Line]:
    """Each of our figures beside each that can be compared with it."""
    for ours in (row for row in rows if row.tool == OURS):
        others = [row for row in rows if (row.what, row.unit) == (ours.what, ours.unit) and row.tool != OURS]
        yield from (Line(ours, other) for other in others or [None])


def _summary(results: Sequence[Result]) -> Iterator[str]:
    every = [line for result in results for line in lines(result.rows)]
    limited = [line for line in every if line.reached is not None]
    if not limited:
        return
    missed = [line for line in limited if not line.reached]
    more = [line for line in every if line.ours.unit in COSTS and (line.ratio or 0) > 1 and line not in missed]
    yield "## Where we lose\n"
    yield f"{len(limited) - len(missed)} of {len(limited)} limits are held.\n"
    yield from _table("Limits that are not held", missed)
    yield from _table("Others that take less than gitmlops", more)


def _table(title: str, chosen: Sequence[Line]) -> Iterator[str]:
    if chosen:
        yield f"{title}:\n"
        yield _head()
        yield "".join(map(_row, chosen))


def _body(result: Result) -> Iterator[str]:
    if result.left_out:
        yield f"Could not be installed, so it is left out: {', '.join(result.left_out)}.\n"
    if result.rows:
        yield _head()
        yield "".join(map(_row, lines(result.rows)))
    else:
        yield f"<details><summary>What it printed</summary>\n\n{_lowered(result.text)}\n</details>\n"


def _head() -> str:
    return "| what | unit | gitmlops | other | | ratio | limit | held |\n|---|---|---:|---|---:|---:|---:|---|"


def _row(line: Line) -> str:
    ours, other = line.ours, line.other
    own = "" if ours.at_most is None else number(ours.at_most)
    times = "" if line.most_times is None else f"{line.most_times:g} x"
    compared = line.ratio is not None and ours.unit in COSTS
    cells = (
        ours.what, ours.unit, _figure(ours), other.tool if other else "", _figure(other) if other else "",
        number(line.ratio) if compared and line.ratio is not None else "",
        ", ".join(filter(None, (own, times))), {None: "", True: "yes", False: "**no**"}[line.reached],
    )  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _figure(row: Row) -> str:
    if len(row.values) == 1:
        return number(row.median)
    return f"{number(row.median)} ({number(min(row.values))} to {number(max(row.values))})"


def _origin(result: Result) -> str:
    """How it was made."""
    busy = f", on a machine with a load of {result.load:g} when it began" if result.load > 1 else ""
    return (
        f"`{result.command}`, {result.day}, commit {result.commit}, in {_duration(result.seconds)}{busy}: "
        f"{result.machine}."
    )


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _lowered(text: str) -> str:
    """Headings of a printed text stand below the part's own."""
    return "\n".join(f"#{line}" if line.startswith("##") else line for line in text.splitlines())
