"""When it alarms: the one place of the rules."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from gitmlops.monitor.drift.column_drift import effects
from gitmlops.monitor.drift.column_states import PastChanges, column_states
from gitmlops.monitor.drift.measuring import Effect
from gitmlops.monitor.drift.persistence import Past, persists
from gitmlops.monitor.drift.reference import Reference
from gitmlops.monitor.drift.slow_drift import Sums, Usual, added
from gitmlops.monitor.drift.thresholds import Limits
from gitmlops.monitor.observing.merging import merged
from gitmlops.monitor.observing.observation import Observation, Unit
from gitmlops.monitor.performance.estimated import estimated
from gitmlops.monitor.performance.realised import Realised, realised
from gitmlops.monitor.schema_breaks import SCHEMA, Broken, broken
from gitmlops.monitor.states import State, of_breach
from gitmlops.specs.alarm import AlarmRules

_MEMORY = 14
"""So many windows of a version speak for whether a breach lasts: two weeks of days."""


@dataclass(frozen=True)
class Judged:
    """A unit, and what is thought of it; metrics and columns in the order of the baseline.

    estimated: metrics by the scores alone; limits: what columns are held against; sums: of their shifts since the
    first window.
    """

    unit: Unit
    metrics: tuple[tuple[Realised, State], ...]
    performance: State
    columns: tuple[tuple[Effect, State], ...]
    estimated: tuple[tuple[Realised, State], ...] = ()
    limits: Mapping[str, Limits] = field(default_factory=dict)
    sums: Mapping[str, Sums] = field(default_factory=dict)

    @property
    def enough_rows(self) -> bool:
        """Whether its inputs could be judged: with few rows, because something surely moved or surely nothing did."""
        states = [state for effect, state in self.columns if effect.n]
        many = any(effect.n >= self.limits[effect.column].minimum_rows for effect, _ in self.columns)
        decided = [state.decided for state in states]
        return any(state.breach or state is State.SLOW for state in states) or (
            any(decided) if many else bool(states) and all(decided)
        )

    def beyond(self, kind: str) -> tuple[tuple[Effect, State], ...]:
        """Effects of a kind that are beyond the threshold, what to look at first first."""
        found = [(effect, state) for effect, state in self.columns
                 if effect.kind == kind and (state.breach or state is State.SLOW)]  # fmt: skip
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
    broken: what is wrong with the types of the log.
    alarms: `schema`, the log broke; `performance`; `estimated-performance`, where no outcome is known; `missing`, a
    feed broke; `drift`, inputs moved while no outcome says that it is harmless; `fairness`, a promise about groups is
    not kept; `age`, what it learned from is too old; `stale`, something else that it rests on is.
    """

    version: str
    judged: tuple[Judged, ...]
    performance: Judged | None
    inputs: Judged | None
    alarms: tuple[str, ...]
    lapsed: Judged | None = None
    instead_of: str = ""
    rules: AlarmRules = field(default_factory=AlarmRules)
    broken: Broken = field(default_factory=Broken)

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
            if not self.performance_speaks_for_inputs:
                states |= {state for _, state in self.inputs.estimated}
        return State.FIRST if State.FIRST in states else State.OK


def judge(
    observation: Observation,
    *,
    threshold: float,
    production: Production | None = None,
    rules: AlarmRules = AlarmRules(),  # noqa: B008 - a frozen value
) -> Verdict:
    """The verdict on the version in production. threshold: of the decision, as the model's task says.

    A breach is an alarm when it persists over the version's windows, or at once from `at_once` times on.
    """
    judged: list[Judged] = []
    references = {version: Reference(baseline) for version, baseline in observation.baselines.items()}
    units = merged(observation.units, rules)
    for unit in units:
        before = [earlier for earlier in judged if earlier.unit.version == unit.version]
        judged.append(_judge(unit, references[unit.version], before[-_MEMORY:], threshold, rules))
    served = [(unit.version, unit.last) for unit in units]
    served += [(one.version, one.last) for one in observation.breaks]
    if not served:
        types = broken(observation, (), "", rules.broken)
        return Verdict("", (), None, None, _schema(types), rules=rules, broken=types)
    version = _serving(served, production)
    own = [item for item in judged if item.unit.version == version]
    due = [item for item in own if item.unit.mature]
    performance = _last(due[-rules.standing :], lambda item: item.performance.decided)
    inputs = _last(own[-rules.standing :], lambda item: item.enough_rows)
    before_that = None if performance else _last(due, lambda item: item.performance.decided)
    lapsed = before_that if before_that and before_that.performance is State.ALARM else None
    instead_of = production.version if production and production.version != version else ""
    types = broken(observation, [item.unit for item in own], version, rules.broken)
    alarms = (*_schema(types), *_alarms(performance, inputs, types))
    return Verdict(version, tuple(judged), performance, inputs, alarms, lapsed, instead_of, rules, types)


def _serving(served: Sequence[tuple[str, int]], production: Production | None) -> str:
    """What the registry says, unless only another version has served since: then what served last.

    served: versions, and the times of their last predictions.
    """
    version, _ = max(served, key=lambda item: item[1])
    if production is None:
        return version
    since = {name for name, last in served if last >= production.since}
    return production.version if not since or production.version in since else version


def _schema(types: Broken) -> tuple[str, ...]:
    return (SCHEMA,) if types.alarms else ()


def _last(judged: Sequence[Judged], wanted: Callable[[Judged], bool]) -> Judged | None:
    return next((item for item in reversed(judged) if wanted(item)), None)


def _judge(unit: Unit, reference: Reference, before: Sequence[Judged], threshold: float, rules: AlarmRules) -> Judged:
    baseline, watched = reference.baseline, rules.watched(reference.baseline.kind)
    metrics = realised(unit, baseline, watched=watched, threshold=threshold, confidence=rules.confidence)
    states = tuple((metric, _metric_state(metric, unit, before, rules)) for metric in metrics)
    limits = reference.limits(unit.window, rules)
    found = effects(unit, baseline)
    columns = column_states(
        found, unit.window, limits=limits, reference_rows=reference.rows, past=_past(before), rules=rules
    )
    sums = _sums(found, before[-1].sums if before else {}, reference.usual(unit.window, rules), rules)
    slow = {column for column, sum_ in sums.items() if sum_.largest > rules.slow.limit}
    columns = tuple((effect, _with_slow_drift(effect, state, slow)) for effect, state in columns)
    guessed = tuple(
        (metric, _of_metric(metric, _past_of(metric, [item.estimated for item in before], before), unit, rules))
        for metric in estimated(unit, baseline, watched=watched, threshold=threshold, confidence=rules.confidence)
    )
    performance = _performance(unit, [state for _, state in states], rules)
    return Judged(unit, states, performance, columns, guessed, limits, sums)


def _sums(
    found: Sequence[Effect], before: Mapping[str, Sums], usual: Mapping[str, Usual], rules: AlarmRules
) -> Mapping[str, Sums]:
    """The sums of shifts of the columns that know what is usual; a window with hardly any rows adds nothing."""
    sums = dict(before)
    for effect in found:
        shift = effect.shift
        if effect.column in usual and shift is not None and effect.n >= rules.few_rows:
            sums[effect.column] = added(
                before.get(effect.column, Sums()), shift, effect.n, usual[effect.column], rules.slow
            )
    return sums


def _with_slow_drift(effect: Effect, state: State, slow: Collection[str]) -> State:
    small = effect.kind == "distribution" and not state.breach
    return State.SLOW if small and effect.column in slow else state


def _weight(item: tuple[Effect, State]) -> tuple[bool, float]:
    return item[1] in (State.ALARM, State.SLOW), item[0].size


def _past(before: Sequence[Judged]) -> PastChanges:
    past: dict[tuple[str, str], list[Past]] = {}
    for item in before:
        for effect, state in item.columns:
            if state.decided:
                past.setdefault((effect.column, effect.kind), []).append(Past(item.unit.window, state.breach))
    return past


def _metric_state(metric: Realised, unit: Unit, before: Sequence[Judged], rules: AlarmRules) -> State:
    if not unit.mature:
        return State.PROVISIONAL
    return _of_metric(metric, _past_of(metric, [item.metrics for item in before], before), unit, rules)


def _past_of(
    metric: Realised, known: Sequence[Sequence[tuple[Realised, State]]], before: Sequence[Judged]
) -> Sequence[Past]:
    return [
        Past(item.unit.window, state.breach)
        for item, metrics in zip(before, known, strict=True)
        for one, state in metrics
        if one.metric == metric.metric and state.decided
    ]


def _of_metric(metric: Realised, past: Sequence[Past], unit: Unit, rules: AlarmRules) -> State:
    """With few rows by the limits of the loss: surely one that matters, surely none, or nothing is known.

    Rows of one entity are one: a thousand rows of fifty customers are as few as fifty.
    """
    margin = rules.margin(metric.metric, metric.reference)
    if metric.entities < rules.few_rows:
        return State.INSUFFICIENT
    if metric.entities < rules.minimum_rows:
        return _surely(metric, margin)
    breach = metric.loss >= margin and metric.bound > 0
    return of_breach(breach, certain=metric.loss >= rules.at_once * margin or persists(past, unit.window))


def _surely(metric: Realised, margin: float) -> State:
    if metric.bound >= margin:
        return State.ALARM
    return State.OK if metric.most < margin else State.INSUFFICIENT


def _performance(unit: Unit, states: Sequence[State], rules: AlarmRules) -> State:
    """The worst of its metrics; that the outcomes which came show no loss says little if they are few of all."""
    if not len(unit.labels):
        return State.UNKNOWN
    if not unit.mature:
        return State.PROVISIONAL
    if not states:
        return State.INSUFFICIENT
    worst = next(state for state in (State.ALARM, State.FIRST, State.INSUFFICIENT, State.OK) if state in states)
    partial = unit.coverage < rules.coverage or bool(unit.selected_by)
    return State.PARTIAL if worst is State.OK and partial else worst


def _known(performance: Judged | None, inputs: Judged | None) -> bool:
    """Whether performance speaks for the inputs: it is of their window, or of the one just before."""
    if performance is None or inputs is None:
        return performance is not None
    return performance.unit.window.end >= inputs.unit.window.start


def _alarms(performance: Judged | None, inputs: Judged | None, types: Broken) -> tuple[str, ...]:
    """Values of another type count as missing: where the schema broke, that is said, and not that too."""
    alarms = ["performance"] if performance and performance.performance is State.ALARM else []
    standing_of = (("missing", inputs.beyond("missing")), ("drift", inputs.moved)) if inputs else ()
    for name, standing in standing_of:
        harmless = name == "drift" and _known(performance, inputs)
        whole = [state for effect, state in standing if effect.column not in types.columns]
        if not harmless and any(state in (State.ALARM, State.SLOW) for state in whole):
            alarms.append(name)
    if not _known(performance, inputs) and inputs and any(state is State.ALARM for _, state in inputs.estimated):
        alarms.insert(0, "estimated-performance")
    return tuple(alarms)
