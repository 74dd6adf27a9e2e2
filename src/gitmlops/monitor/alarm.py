"""When it alarms: the one place of the rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from gitmlops.monitor.column_drift import effects
from gitmlops.monitor.measuring import Effect
from gitmlops.monitor.observation import Observation, Unit
from gitmlops.monitor.performance import Realised, realised
from gitmlops.records.baseline import Baseline
from gitmlops.statistics.drift import discoveries


class State(Enum):
    """What is thought of a metric, a column or a unit."""

    OK = "ok"
    WARNING = "warning"
    FIRST = "watch"
    """Beyond the threshold, in this window but not in the one before it."""
    ALARM = "alarm"
    PARTIAL = "partial outcomes"
    """No loss in the outcomes that came, of rows that may be a selection: that says nothing of the others."""
    PROVISIONAL = "provisional"
    """Outcomes may still come."""
    INSUFFICIENT = "insufficient data"
    UNKNOWN = "no outcomes"


@dataclass(frozen=True)
class Rules:
    """Every number that decides, and where it comes from.

    warning, threshold: effect sizes (KS distance, total variation, rise of the missing share) worth a word and worth
    an alarm: a twentieth and a tenth of the rows have moved, a rule of thumb. minimum_rows: from so many on, two like
    samples have a KS distance over 0.062 in one of 1,000 windows, well under the threshold. false_discovery_rate:
    Benjamini and Hochberg's, over a unit's effects, against chance. at_once: so many times the threshold needs no
    second window. confidence: of the one-sided bound of a loss. margins: the loss of a metric that matters, rules of
    thumb: 0.02 of AUC are two more of 100 pairs in the wrong order, 0.005 of Brier is what an error of 7 points in
    every probability adds (0.07 squared), 0.03 of calibration are three more of 100 rows that were not foreseen.
    coverage: the share of outcomes under which those that came may be a selection, a rule of thumb: a loss among them
    is one, but that there is none acquits nothing. standing: so many of the version's latest windows (whose outcomes
    are due, or with its inputs) speak for it; what was thought of earlier ones is history.
    """

    warning: float = 0.05
    threshold: float = 0.10
    minimum_rows: int = 1_000
    false_discovery_rate: float = 0.01
    at_once: float = 2.0
    confidence: float = 0.99
    margins: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"roc_auc": 0.02, "brier": 0.005, "calibration_gap": 0.03})
    )
    coverage: float = 0.8
    standing: int = 2


RULES = Rules()


@dataclass(frozen=True)
class Judged:
    """A unit, and what is thought of it; metrics and columns in the order of the baseline."""

    unit: Unit
    metrics: tuple[tuple[Realised, State], ...]
    performance: State
    columns: tuple[tuple[Effect, State], ...]

    @property
    def enough_rows(self) -> bool:
        """Whether its inputs could be judged."""
        return any(state is not State.INSUFFICIENT for _, state in self.columns)

    def beyond(self, kind: str) -> tuple[tuple[Effect, State], ...]:
        """Effects of a kind that are beyond the threshold, what to look at first first."""
        found = [(effect, state) for effect, state in self.columns
                 if effect.kind == kind and state in (State.FIRST, State.ALARM)]  # fmt: skip
        return tuple(sorted(found, key=lambda item: (-item[0].rank, item[0].column)))

    @property
    def moved(self) -> tuple[tuple[Effect, State], ...]:
        """Columns whose values are beyond the threshold, by known levels or by unknown ones: the larger of the two."""
        both = [*self.beyond("distribution"), *self.beyond("unseen")]
        first = {effect.column: (effect, state) for effect, state in sorted(both, key=_weight)}
        return tuple(sorted(first.values(), key=lambda item: (-item[0].rank, item[0].column)))


@dataclass(frozen=True)
class Production:
    """The version that the registry says serves users, and since when, in microseconds since 1970."""

    version: str
    since: int


@dataclass(frozen=True)
class Verdict:
    """What is thought of the version that serves.

    performance, inputs: the last of its latest units that could be judged for them; lapsed: its last performance alarm,
    of an earlier unit, that no later one has confirmed or refuted; instead_of: the version that the registry says
    serves, where the log says otherwise.
    alarms: `performance`; `missing`, a feed broke; `drift`, inputs moved while no outcome says that it is harmless.
    """

    version: str
    judged: tuple[Judged, ...]
    performance: Judged | None
    inputs: Judged | None
    alarms: tuple[str, ...]
    lapsed: Judged | None = None
    instead_of: str = ""

    @property
    def own(self) -> tuple[Judged, ...]:
        """The units of the version that the verdict is about."""
        return tuple(item for item in self.judged if item.unit.version == self.version)

    @property
    def performance_speaks_for_inputs(self) -> bool:
        """Whether performance is known of the window of the inputs, or of the one just before."""
        return _known(self.performance, self.inputs)

    @property
    def state(self) -> State:
        """The verdict in one word."""
        if self.alarms:
            return State.ALARM
        if self.performance is None and self.inputs is None:
            return State.INSUFFICIENT
        states = {self.performance.performance} if self.performance else set()
        if self.inputs:
            states |= {
                state
                for effect, state in self.inputs.columns
                if effect.kind == "missing" or not self.performance_speaks_for_inputs
            }
        return State.FIRST if State.FIRST in states else State.OK


def judge(
    observation: Observation, *, threshold: float, production: Production | None = None, rules: Rules = RULES
) -> Verdict:
    """The verdict on the version in production. threshold: of the decision, as the model's task says.

    A breach is an alarm when the version's judged window before breached too, or at once from `at_once` times on.
    """
    judged: list[Judged] = []
    for unit in observation.units:
        before = [earlier for earlier in judged if earlier.unit.version == unit.version]
        judged.append(_judge(unit, observation.baselines[unit.version], before, threshold, rules))
    if not judged:
        return Verdict("", (), None, None, ())
    version = _serving(observation.units, production)
    own = [item for item in judged if item.unit.version == version]
    due = [item for item in own if item.unit.mature]
    performance = _last(due[-rules.standing :], lambda item: _decided(item.performance))
    inputs = _last(own[-rules.standing :], lambda item: item.enough_rows)
    before_that = None if performance else _last(due, lambda item: _decided(item.performance))
    lapsed = before_that if before_that and before_that.performance is State.ALARM else None
    instead_of = production.version if production and production.version != version else ""
    alarms = _alarms(performance, inputs)
    return Verdict(version, tuple(judged), performance, inputs, alarms, lapsed, instead_of)


def _serving(units: Sequence[Unit], production: Production | None) -> str:
    """What the registry says, unless only another version has served since: then what served last."""
    last = max(units, key=lambda unit: unit.last)
    if production is None:
        return last.version
    since = {unit.version for unit in units if unit.last >= production.since}
    return production.version if not since or production.version in since else last.version


def _last(judged: Sequence[Judged], wanted: Callable[[Judged], bool]) -> Judged | None:
    return next((item for item in reversed(judged) if wanted(item)), None)


def _judge(unit: Unit, baseline: Baseline, before: Sequence[Judged], threshold: float, rules: Rules) -> Judged:
    metrics = realised(unit, baseline, threshold=threshold, confidence=rules.confidence)
    decidable = _decidable(unit, metrics, rules)
    if decidable is State.OK:
        earlier = _last(before, lambda item: _decided(item.performance))
        breached = {metric.metric for metric, state in earlier.metrics if _breach(state)} if earlier else set()
        states = tuple((metric, _metric_state(metric, metric.metric in breached, rules)) for metric in metrics)
        worst = max((state for _, state in states), key=_SEVERITY.index)
        if worst is State.OK and unit.coverage < rules.coverage:
            worst = State.PARTIAL
    else:
        states, worst = tuple((metric, decidable) for metric in metrics), decidable
    return Judged(unit, states, worst, _columns(effects(unit, baseline), before, rules))


def _weight(item: tuple[Effect, State]) -> tuple[bool, float]:
    return item[1] is State.ALARM, item[0].size


_SEVERITY = (State.OK, State.FIRST, State.ALARM)


def _decidable(unit: Unit, metrics: Sequence[Realised], rules: Rules) -> State:
    if not len(unit.labels):
        return State.UNKNOWN
    if not unit.mature:
        return State.PROVISIONAL
    return State.OK if metrics and len(unit.labels) >= rules.minimum_rows else State.INSUFFICIENT


def _metric_state(metric: Realised, breached_before: bool, rules: Rules) -> State:
    margin = rules.margins[metric.metric]
    return _state(metric.loss >= margin and metric.bound > 0, metric.loss >= rules.at_once * margin, breached_before)


def _columns(found: Sequence[Effect], before: Sequence[Judged], rules: Rules) -> tuple[tuple[Effect, State], ...]:
    enough = [effect for effect in found if effect.n >= rules.minimum_rows]
    real = dict(zip(map(id, enough), discoveries([e.p for e in enough], rules.false_discovery_rate), strict=True))
    breached: dict[tuple[str, str], bool] = {}
    for item in before:
        for effect, state in item.columns:
            if state is not State.INSUFFICIENT:
                breached[effect.column, effect.kind] = _breach(state)
    states = []
    for effect in found:
        if id(effect) not in real:
            states.append((effect, State.INSUFFICIENT))
            continue
        breach = bool(real[id(effect)]) and effect.size >= rules.threshold
        at_once = effect.size >= rules.at_once * rules.threshold
        state = _state(breach, at_once, breached.get((effect.column, effect.kind), False))
        warn = state is State.OK and bool(real[id(effect)]) and effect.size >= rules.warning
        states.append((effect, State.WARNING if warn else state))
    return tuple(states)


def _state(breach: bool, at_once: bool, breached_before: bool) -> State:
    if not breach:
        return State.OK
    return State.ALARM if at_once or breached_before else State.FIRST


def _breach(state: State) -> bool:
    return state in (State.FIRST, State.ALARM)


def _decided(state: State) -> bool:
    return state in _SEVERITY


def _known(performance: Judged | None, inputs: Judged | None) -> bool:
    """Whether performance speaks for the inputs: it is of their window, or of the one just before."""
    if performance is None or inputs is None:
        return performance is not None
    return performance.unit.window.end >= inputs.unit.window.start


def _alarms(performance: Judged | None, inputs: Judged | None) -> tuple[str, ...]:
    alarms = ["performance"] if performance and performance.performance is State.ALARM else []
    standing_of = (("missing", inputs.beyond("missing")), ("drift", inputs.moved)) if inputs else ()
    for name, standing in standing_of:
        harmless = name == "drift" and _known(performance, inputs)
        if not harmless and any(state is State.ALARM for _, state in standing):
            alarms.append(name)
    return tuple(alarms)
