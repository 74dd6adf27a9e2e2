"""Models, judged: the evidence of each is made, every rule is applied to it, and what stands in the way is told."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from gitmlops.adapters.confinement import kinds
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.definitions import Placed
from gitmlops.errors import Refusal
from gitmlops.gate.checks.applying import judge
from gitmlops.gate.checks.by_period import by_period
from gitmlops.gate.checks.judged import Judged, PeriodValue
from gitmlops.gate.checks.looks import at_look
from gitmlops.gate.checks.of_families import judge_family, value_of
from gitmlops.gate.checks.results import Part, unmeasured
from gitmlops.gate.checks.waivers import Waivers
from gitmlops.gate.evidence import looks, making
from gitmlops.gate.evidence.attesting import attester
from gitmlops.gate.evidence.levels import Grounds, highest, rests_on_predictions
from gitmlops.gate.evidence.pins import pinned
from gitmlops.gate.evidence.samples import Kind, Sample
from gitmlops.gate.families.candidate import Candidate
from gitmlops.gate.rules.metrics import metric_of, of_other_task
from gitmlops.gate.rules.policies import Rule, rules
from gitmlops.gate.rules.required import Required
from gitmlops.gate.sides.affected import beside, judged_on, of_stages, pieces
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.gate.verdict.judgement import Judgement
from gitmlops.gate.verdict.pinning import on_pin
from gitmlops.records.receipt import Digest
from gitmlops.registry.tags.history import Version
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy


@dataclass(frozen=True)
class Begun:
    """A model that is being scored, and all that it is judged by and compared with."""

    base: Side
    head: Side
    placed: Placed[Model]
    asked: tuple[Rule, ...]
    told: tuple[Finding, ...]
    found: making.Files
    grounds: Grounds
    production: Version | None
    released: tuple[making.Incumbent, ...]
    unscored: making.Unscored
    cache: Cache
    today: date
    required: Required | None

    @property
    def slices(self) -> tuple[str, ...]:
        """The columns that a check is sliced by, and those that the model names, in which a failure is located."""
        sliced = {column for rule in self.asked if rule.check.slice for column in rule.check.slice.columns}
        return tuple(sorted(sliced | {*self.placed.spec.evaluation.slices}))

    @property
    def units(self) -> frozenset[str]:
        """The columns whose equal rows belong together by some check."""
        return frozenset(rule.unit for rule in self.asked)


def judge_in_turn(begun: Iterator[Begun | Judgement]) -> Iterator[Judgement]:
    """What the rules say of each model; the next one is begun, and scored, while one is judged.

    Raises ToolError if the cache lacks content or holds other content than its names say.
    """
    current = next(begun, None)
    while current is not None:
        scored = _scored(current) if isinstance(current, Begun) else current
        following = next(begun, None)
        yield scored if isinstance(scored, Judgement) else _judgement(*scored)
        current = following


def begin(
    name: str,
    base: Side,
    head: Side,
    *,
    production: Version | None,
    anchor: Version | None,
    cache: Cache,
    today: date,
    required: Required | None = None,
) -> Begun | Judgement:
    """A model of the head, being scored; a judgement with obstacles where it cannot be.

    anchor: the release that it is compared with beside production, where a check asks for it;
    today: the day that decides which waivers of the base still hold; required: policies from elsewhere that judge, too.
    Raises ToolError if the cache lacks content or holds other content than its names say.
    """
    placed = head.definitions.get(Model, name)
    model, place = placed.spec, placed.at("name")
    asked = rules(name, base.definitions, head.definitions, required)
    told = (*_new(name, base, place), *_bootstrap(name, asked, production, place))
    found = None
    try:
        _require_policies(base, name, required)
        _require_one_keeper(head, name)
        found = making.files(head, model, cache)
        grounds = _grounds(base, head, model, found)
        released = _released(asked, head, production, anchor, cache)
        unscored = making.Unscored(head, model, found)
    except Refusal as refused:
        return _refused(placed, found, told, refused)
    return Begun(
        base, head, placed, asked, told, found, grounds, production, released, unscored, cache, today, required
    )


def _scored(begun: Begun) -> tuple[Begun, Sample] | Judgement:
    """Its sample, once its scores are there, and those of released versions."""
    try:
        return begun, begun.unscored.sample(begun.released, slices=begun.slices, entities=begun.units)
    except Refusal as refused:
        return _refused(begun.placed, begun.found, begun.told, refused)


def _judgement(begun: Begun, sample: Sample) -> Judgement:
    """What all rules say of a sample."""
    base, head, asked, found, grounds = begun.base, begun.head, begun.asked, begun.found, begun.grounds
    model, name = begun.placed.spec, begun.placed.spec.name
    slices, units = begun.slices, begun.units
    try:
        base_set = pinned(base, head, model, found, begun.cache, groups={*slices, *units})
    except Refusal as refused:
        return _refused(begun.placed, found, begun.told, refused)
    metrics = frozenset(rule.check.metric for rule in asked)
    value = partial(value_of, model.task.threshold)
    candidate = Candidate(model, base, head, found, sample, begun.cache, metrics, value, begun.today)
    attempt = _attempt(head, name, found, found.labels)
    on_base = _attempt(head, name, found, base_set.files.labels) if base_set and base_set.files else attempt
    paying = [at_look(rule, on_base) for rule in asked]
    pin = on_pin(base_set, head, begun.placed, paying, grounds, begun.released, slices=slices, units=units)
    results = (*(_judged(at_look(rule, attempt), candidate, grounds) for rule in asked), *pin.results)
    elsewhere = begun.required.definitions if begun.required else None
    waivers = Waivers(base.definitions, name, found.artifact.digest.sha256, begun.today, elsewhere)
    return Judgement(
        model,
        begun.placed.at("name"),
        found.artifact.digest,
        found.data,
        begun.production.version if begun.production else "",
        tuple(map(waivers.applied, results)),
        pin.obstacles,
        by_period=_by_period(asked, model, sample),
        notes=(*begun.told, *waivers.told(), *pin.told, *_unconfined(grounds, name)),
        confinement=kinds.held() if grounds.level == "scored" else (),
        grounds=grounds,
        policy_files=_policy_files(base, asked),
        pins=pin.pins,
        attempt=attempt,
    )


def _refused(
    placed: Placed[Model], found: making.Files | None, told: tuple[Finding, ...], refused: Refusal
) -> Judgement:
    """A judgement without results: its evidence could not be made."""
    model, place = placed.spec, placed.at("name")
    artifact, data = (found.artifact.digest, found.data) if found else (Digest(model.artifact, "", 0), ())
    return Judgement(model, place, artifact, data, obstacles=(_obstacle(model.name, refused, place),), notes=told)


def _new(name: str, base: Side, place: Location) -> Iterator[Finding]:
    """A model under a new name has no tier yet that anybody but its author chose."""
    if name not in base.definitions.all(Model):
        what = f"{name} is new, or has a new name: policies of every risk tier judge it until it is on the base"
        yield Finding("rules/new-model", Severity.WARNING, what, place, "see that its risk tier is right")


def _bootstrap(name: str, asked: Sequence[Rule], production: Version | None, place: Location) -> Iterator[Finding]:
    compared = list(dict.fromkeys(rule.name for rule in asked if rule.check.baseline))
    if production is None and compared:
        bootstrap = f"{name}: bootstrap: nothing that was judged is in production"
        what = f"{bootstrap}, so that {', '.join(compared)} compare with nothing"
        yield Finding("rules/bootstrap", Severity.WARNING, what, place, "see that it is good enough to be the first")


def _grounds(base: Side, head: Side, model: Model, found: making.Files) -> Grounds:
    """What the predictions are worth. Raises Refusal for an attestation that is none of these predictions."""
    before = base.definitions.all(Model).get(model.name)
    # Whoever could name a new model could choose its tier: until it is on the base, it counts as the highest.
    tier = highest([model.risk_tier, before.spec.risk_tier]) if before else "high"
    level = model.evaluation.evidence
    if level != "attested":
        return Grounds(level, tier)
    known = base.definitions.project.attesters if base.definitions.project else {}
    name = attester(head, model, found, known)
    return Grounds(level, tier, name, known[name].up_to)


def _policy_files(base: Side, asked: Sequence[Rule]) -> tuple[Digest, ...]:
    """The policies of the base that judge, and those that they extend; by path."""
    of_base = [rule for rule in asked if rule.of_base and not rule.required]
    paths = {path for rule in of_base for path in (rule.location.path, base.definitions.get(Policy, rule.policy).path)}
    contents = {path: base.tree.read(path) for path in sorted(paths)}
    return tuple(Digest(path, hashlib.sha256(content).hexdigest(), len(content)) for path, content in contents.items())


def _by_period(asked: Sequence[Rule], model: Model, sample: Sample) -> tuple[PeriodValue, ...]:
    split = model.evaluation.time_split
    return by_period(asked, sample, horizon=seconds(split.horizon)) if split else ()


def _attempt(head: Side, name: str, found: making.Files, labels: making.File) -> int:
    """Which look at the set of these labels it is to judge the model file on it."""
    known = looks.taken(head.tree.repository, labels.digest.sha256)
    return looks.attempt(known, name, found.artifact.digest.sha256)


def _judged(rule: Rule, candidate: Candidate, grounds: Grounds) -> tuple[Judged, ...]:
    """The check's results, of what its metric is of: labels and scores, or all that else is known of the candidate."""
    if rests_on_predictions(rule.check.metric) and (lacking := grounds.lacking(rule.check.enforcement)):
        return (unmeasured(rule, Part(candidate.sample), lacking),)
    if other := of_other_task(rule.check.metric, candidate.model.task.kind):
        return (unmeasured(rule, Part(candidate.sample), other),)
    return judge_family(rule, candidate) if metric_of(rule.check.metric).family else judge(rule, candidate.sample)


def _require_policies(base: Side, name: str, required: Required | None) -> None:
    """Raises Refusal without any policy, and for a broken one of the base, which may have asked for more."""
    if base.broken:
        what, mend = "broken on the base, nothing can judge by it", "mend it first, in a pull request without models"
        raise Refusal(what, where=str(base.broken[0].location), mend=mend)
    if not (required or base.definitions.all(Policy)):
        mend = "merge policies/ first, in a pull request of its own"
        raise Refusal(f"the base has no policies, nothing can judge {name}", where="policies/", mend=mend)


def _require_one_keeper(head: Side, name: str) -> None:
    """Raises Refusal for what git and DVC hold both: one could be reviewed, and the other be used.

    Card, baseline and manifest are made by DVC and held in git, where they are read.
    """
    model = head.definitions.get(Model, name).spec
    # A hand-written stage may keep what it writes in git (`cache: false`), and another one read it.
    elsewhere = {*beside(model), *(of_stages(head, model) - {*judged_on(model)} if model.pipeline is None else ())}
    for path in sorted({*pieces(head, name)} - elsewhere):
        if twice := head.held_twice(path):
            mend = "keep it in one of them: `git rm --cached` it, or remove its output from DVC"
            raise Refusal("both in git and under DVC", where=twice, mend=mend)


def _released(
    asked: Sequence[Rule], head: Side, production: Version | None, anchor: Version | None, cache: Cache
) -> tuple[making.Incumbent, ...]:
    """Production, and the anchor if a check asks for it and it is another version."""
    anchored = any(rule.check.baseline and rule.check.baseline.anchor for rule in asked)
    wanted: list[tuple[Kind, Version]] = [("production", production)] if production else []
    if anchor and anchored and (production is None or production.commit != anchor.commit):
        wanted.append(("anchor", anchor))
    return tuple(making.incumbent(head, kind, version, cache) for kind, version in wanted)


def _obstacle(name: str, refused: Refusal, place: Location) -> Finding:
    about = f"{refused.where}: " if refused.where else ""
    return Finding("gate/evidence", Severity.ERROR, f"{name}: {about}{refused.what}", place, refused.mend)


def _unconfined(grounds: Grounds, name: str) -> tuple[Finding, ...]:
    """What the scorer could have reached here: a reader of the verdict may ask for another machine."""
    if grounds.level != "scored" or not (within_reach := kinds.within_reach()):
        return ()
    message = f"{name}: this system lets the process that scores a model reach {' and '.join(within_reach)}"
    mend = "judge on Linux of x86_64 or aarch64 with seccomp and Landlock"
    return (Finding("gate/confinement", Severity.NOTE, message, mend=mend),)
