"""A model on the evaluation set of the base, where the branch brings another: the worse of both verdicts counts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from gitmlops.definitions import Placed
from gitmlops.errors import Refusal
from gitmlops.gate.checks.applying import judge
from gitmlops.gate.checks.judged import Judged
from gitmlops.gate.checks.results import Part, unmeasured
from gitmlops.gate.evidence import making
from gitmlops.gate.evidence.levels import Grounds
from gitmlops.gate.evidence.making import Incumbent
from gitmlops.gate.evidence.pins import Pin
from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.records.receipt import Digest
from gitmlops.report import Finding, Severity
from gitmlops.specs.model import Model

CHANGED = "rules/evaluation-set"
"""The rule of findings about an evaluation set that judges otherwise than the base's: a change of the rules."""


@dataclass(frozen=True)
class OnPin:
    """What came out on the base's set: results by rule, its rows and labels, and what is told of the branch's.

    obstacles: why it could not judge where the branch's judges otherwise, which refuses: the branch's alone would.
    """

    results: tuple[tuple[Judged, ...], ...] = ()
    pins: tuple[Digest, ...] = ()
    told: tuple[Finding, ...] = ()
    obstacles: tuple[Finding, ...] = ()


def on_pin(
    pin: Pin | None,
    head: Side,
    placed: Placed[Model],
    asked: Sequence[Rule],
    grounds: Grounds,
    released: Sequence[Incumbent],
    *,
    slices: Collection[str],
    units: Collection[str],
) -> OnPin:
    """The checks of labels and predictions on the set that the base pins, if the branch's judges otherwise."""
    if pin is None:
        return OnPin()
    name, rescored = placed.spec.name, "".join(f"; {one.kind} ({one.version}) is scored on it, too" for one in released)
    if not pin.differences:
        same = f"{name}: the evaluation rows have other features than on the base; ids, labels and groups are the same"
        return OnPin(told=(Finding("gate/data", Severity.NOTE, same + rescored),))
    what = f"the branch changes the evaluation set of {name}: {', '.join(pin.differences)}{rescored}"
    if pin.files is None:
        return OnPin(told=(_changed(placed, what),))
    try:
        sample = making.sample(head, pin.model, pin.files, released, slices=slices, entities=units)
    except Refusal as refused:
        return OnPin(told=(_changed(placed, what),), obstacles=(_unjudged(placed, refused),))
    results = tuple(_judged(asked, sample, grounds))
    told = _changed(placed, f"{what}; it is judged on the base's, too, the worse verdict counts")
    return OnPin(results, pin.files.data[:2], (told,))


def _changed(placed: Placed[Model], message: str) -> Finding:
    mend = "see that the new rows and labels are right, and that none was left out to look better"
    return Finding(CHANGED, Severity.WARNING, message, placed.at("evaluation"), mend)


def _unjudged(placed: Placed[Model], refused: Refusal) -> Finding:
    about = f"{refused.where}: " if refused.where else ""
    message = f"{placed.spec.name}: on the evaluation set of the base it cannot be judged: {about}{refused.what}"
    mend = "merge the new rows and labels first, in a pull request of their own; then what reads them"
    return Finding("gate/evidence", Severity.ERROR, message, placed.at("evaluation"), mend)


def _judged(asked: Sequence[Rule], sample: Sample, grounds: Grounds) -> Iterator[tuple[Judged, ...]]:
    for rule in asked:
        if metric_of(rule.check.metric).family or not (rule.of_base or _has_columns(rule, sample)):
            continue
        pinned = replace(rule, pinned=True)
        lacking = grounds.lacking(rule.check.enforcement)
        yield (unmeasured(pinned, Part(sample), lacking),) if lacking else judge(pinned, sample)


def _has_columns(rule: Rule, sample: Sample) -> bool:
    """Whether the base's rows have what a check of the branch alone groups by: it may come with its column."""
    sliced = rule.check.slice.columns if rule.check.slice else ()
    return {*sliced} <= {*sample.groups} and (not rule.unit or rule.unit in sample.entities)
