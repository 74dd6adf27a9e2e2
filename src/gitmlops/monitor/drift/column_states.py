"""What is thought of each change of a window's columns: how large it is, whether it is chance, whether it lasts."""

from collections.abc import Mapping, Sequence

from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.drift.persistence import Past, persists
from gitmlops.monitor.drift.thresholds import Limits
from gitmlops.monitor.observing.windows import Window
from gitmlops.monitor.states import State, of_breach
from gitmlops.specs.alarm import AlarmRules
from gitmlops.statistics.drift import discoveries
from gitmlops.statistics.drift_bounds import sampling_margin

PastChanges = Mapping[tuple[str, str], Sequence[Past]]
"""Column and kind of change -> the windows before in which it could be judged, oldest first."""


def column_states(
    found: Sequence[Effect],
    window: Window,
    *,
    limits: Mapping[str, Limits],
    reference_rows: Mapping[str, int],
    past: PastChanges,
    rules: AlarmRules,
) -> tuple[tuple[Effect, State], ...]:
    """The changes and what is thought of them, in the order given. limits, reference_rows: by column.

    Enough rows: a breach is an effect at the threshold that chance does not explain (Benjamini and Hochberg over the
    window); it alarms when it persists, or at once where it is large. Fewer: by bounds, as of `_of_few_rows`.
    """
    enough = [effect for effect in found if effect.n >= limits[effect.column].minimum_rows]
    stands = discoveries([effect.p for effect in enough], rules.false_discovery_rate).tolist()
    real = {id(effect): bool(stand) for effect, stand in zip(enough, stands, strict=True)}
    alpha = rules.false_discovery_rate / max(len(found), 1)
    states = []
    for effect in found:
        own = limits[effect.column]
        if id(effect) in real:
            before = past.get((effect.column, effect.kind), ())
            states.append((effect, _of_many_rows(effect, own, real[id(effect)], persists(before, window))))
        else:
            margin = sampling_margin(reference_rows[effect.column], effect.n, alpha=alpha)
            states.append((effect, _of_few_rows(effect, own, margin, rules)))
    return tuple(states)


def _of_many_rows(effect: Effect, limits: Limits, real: bool, lasts: bool) -> State:
    large = effect.size >= limits.at_once * limits.threshold
    state = of_breach(real and effect.size >= limits.threshold, certain=lasts or large)
    return State.WARNING if state is State.OK and real and effect.size >= limits.warning else state


def _of_few_rows(effect: Effect, limits: Limits, margin: float, rules: AlarmRules) -> State:
    """Alarm where the true effect is surely at the threshold, ok where it is surely below; else nothing is known.

    margin: half the width of an interval that holds for all columns of the window at once. It needs no second window:
    there is no chance to guard against.
    """
    if effect.n < rules.few_rows:
        return State.INSUFFICIENT
    if effect.size - margin >= limits.threshold:
        return State.ALARM
    return State.OK if effect.size + margin < limits.threshold else State.INSUFFICIENT
