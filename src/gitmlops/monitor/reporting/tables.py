"""A verdict as tables: the windows, and the columns of the last one."""

from collections.abc import Iterator, Sequence

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.drift.thresholds import Limits
from gitmlops.monitor.observing.observation import Observation
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.reporting.words import LEVELS, TITLES, levels, value
from gitmlops.monitor.states import State
from gitmlops.records.baseline import Kind
from gitmlops.report import Cell, Table
from gitmlops.statistics.drift import adjusted

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 20
_SHORT_TITLES = {"brier": "Brier"}
_STATES = {
    State.OK: "ok",
    State.WARNING: "a little",
    State.FIRST: "moved, first window",
    State.ALARM: "moved",
    State.SLOW: "moves slowly, to the same side",
    State.INSUFFICIENT: "insufficient data",
}


def tables(observation: Observation, verdict: Verdict) -> Iterator[Table]:
    """The windows, oldest first; the columns of the window whose inputs were judged, what to look at first first."""
    yield _windows(observation, verdict)
    if verdict.inputs:
        yield _columns(verdict, verdict.inputs)


def _windows(observation: Observation, verdict: Verdict) -> Table:
    kind: Kind = next((baseline.kind for baseline in observation.baselines.values()), "binary")
    # How far mean scores are from what happens is in the two columns after the metrics.
    metrics = tuple(name for name in verdict.rules.watched(kind) if name != "calibration_gap")
    titles = (_SHORT_TITLES.get(name, TITLES[name]) for name in metrics)
    columns = ("window", "version", "rows", "outcomes", *titles, *LEVELS[kind], "performance", "inputs")
    served = [judged.unit.window for judged in verdict.judged]
    rows = [(judged.unit.window.start, _window_row(judged, kind, metrics)) for judged in verdict.judged]
    rows += [(window.start, _empty_row(window, len(metrics) + 2)) for window in observation.windows
             if not any(one.start <= window.start and window.end <= one.end for one in served)]  # fmt: skip
    return Table("Windows", columns, tuple(row for _, row in sorted(rows, key=lambda item: item[0])))


def _empty_row(window: Window, numbers: int) -> tuple[Cell, ...]:
    return (window.label, "", 0, 0, *(None,) * numbers, "no predictions", "")


def _window_row(judged: Judged, kind: Kind, metrics: Sequence[str]) -> tuple[Cell, ...]:
    unit = judged.unit
    moved = len(judged.moved) + len(judged.beyond("missing"))
    inputs = f"{moved} moved" if judged.enough_rows else State.INSUFFICIENT.value
    return (
        unit.window.label,
        unit.version,
        unit.rows,
        len(unit.labels),
        *(value(judged, name) for name in metrics),
        *levels(kind, unit),
        judged.performance.value,
        inputs,
    )


def _columns(verdict: Verdict, judged: Judged) -> Table:
    ranked = sorted(judged.columns, key=lambda item: (not _moved(item[1]), -item[0].rank, item[0].column, item[0].kind))
    shown = [item for item in ranked if item[0].kind == "distribution" or item[1] is not State.OK]
    enough = [effect for effect, _ in judged.columns if effect.n >= judged.limits[effect.column].minimum_rows]
    p_values = dict(zip(map(id, enough), adjusted([effect.p for effect in enough]).tolist(), strict=True))
    columns = ("column", "state", "change", "importance", "effect", "threshold", "from → to", "by window", "n",
               "adjusted p", "PSI")  # fmt: skip
    return Table(
        f"Columns in {judged.unit.window.label}, what moved first, by effect x importance",
        columns,
        tuple(
            _column_row(
                effect, state, judged.limits[effect.column], p_values.get(id(effect)), _trend(verdict, judged, effect)
            )
            for effect, state in shown
        ),
    )


def _moved(state: State) -> bool:
    return state.breach or state is State.SLOW


def _column_row(effect: Effect, state: State, limits: Limits, p: float | None, trend: str) -> tuple[Cell, ...]:
    importance = None if effect.importance is None else round(effect.importance, 3)
    psi = round(effect.psi, 3) if effect.kind == "distribution" else None
    return (
        effect.column,
        _STATES[state],
        "values" if effect.kind == "distribution" else effect.kind,
        importance,
        round(effect.size, 3),
        round(limits.threshold, 3),
        effect.direction,
        trend,
        effect.n,
        None if p is None else "< 1e-12" if p < 1e-12 else f"{p:.2g}",
        psi,
    )


def _trend(verdict: Verdict, judged: Judged, effect: Effect) -> str:
    """The effect in the version's latest windows up to this one, a bar each; the threshold is at half height."""
    until = verdict.own[: verdict.own.index(judged) + 1][-_MOST_BARS:]
    sizes = [
        found.size
        for item in until
        for found, state in item.columns
        if (found.column, found.kind) == (effect.column, effect.kind) and state is not State.INSUFFICIENT
    ]
    highest = 2 * judged.limits[effect.column].threshold
    return "".join(_BARS[min(int(size / highest * len(_BARS)), len(_BARS) - 1)] for size in sizes)
