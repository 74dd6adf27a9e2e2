"""The model card of a version, for people."""

from collections.abc import Iterator, Mapping

from gitmlops.audit.card_facts import CardFacts
from gitmlops.records.receipt import CheckResult
from gitmlops.registry.reporting import reports
from gitmlops.report import Cell, Report, Table

_FEW = 200
"""Groups that a card lists; the receipt has them all."""


def report(facts: CardFacts, doubts: Mapping[str, str] = reports.NO_DOUBTS) -> Report:
    """What it is for, what it was made of, how it does and by which rules, where its limits are, who agreed.

    doubts: tag -> why it is not believed.
    """
    told = reports.version(facts.artifact, facts.version, at=None, doubts=doubts)
    kept = ("Deployment stages", "Approvals, as the tag claims", "Commands")
    return Report(
        f"Model card of {facts.version.name} {facts.version.version}",
        summary=(facts.model.intended_use, *(f"Not told here: {one}." for one in facts.missing)),
        facts=(*reports.doubted(facts.version, doubts), *_purpose(facts)),
        tables=(
            *_measured(facts),
            *_rules(facts),
            *_limits(facts),
            *_parts(facts),
            *(table for table in told.tables if table.title in kept and table.rows),
        ),
    )


def _purpose(facts: CardFacts) -> Iterator[tuple[str, Cell]]:
    model = facts.model
    yield "intended use", model.intended_use
    yield "not intended for", model.not_intended_for
    yield "owner", model.owner
    yield "risk tier", model.risk_tier
    yield "task", f"{model.task.kind}: {model.task.label}"
    yield "protected attributes", ", ".join(model.protected) or "none"
    yield "tag", facts.version.tag
    yield "commit", facts.version.commit
    yield "model sha256", facts.version.trailers.one("Model")
    yield "evidence", facts.subject.evidence if facts.subject else ""


def _measured(facts: CardFacts) -> Iterator[Table]:
    whole = tuple(_measure(one) for one in facts.measured if not one.slice)
    sliced = tuple((one.slice, *_measure(one)) for one in facts.measured if one.slice)
    columns = ("metric", "value", "95 % interval", "rows", "beside")
    if whole:
        yield Table("How it does", columns, whole)
    if sliced:
        more = f", {_FEW} of {len(sliced)}" if len(sliced) > _FEW else ""
        yield Table(f"How it does by group{more}", ("group", *columns), sliced[:_FEW])


def _measure(one: CheckResult) -> tuple[Cell, ...]:
    interval = f"{one.interval[0]} to {one.interval[1]}" if one.interval else ""
    return (one.metric, one.value, interval, one.n or "", one.baseline)


def _rules(facts: CardFacts) -> Iterator[Table]:
    rows = []
    for policy in facts.subject.policies if facts.subject else ():
        name, _, version = policy.partition("@")
        outcomes = [one.outcome for one in facts.checks if (one.policy, one.policy_version) == (name, version)]
        counted = {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
        spec = facts.policies.get(name)
        cited = spec.source.citation if spec and spec.source else ""
        told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in counted.items())
        rows.append((policy, spec.title if spec else "", cited, told))
    if rows:
        yield Table("Rules that it was judged by", ("policy", "title", "citation", "checks"), tuple(rows))


def _limits(facts: CardFacts) -> Iterator[Table]:
    rows = [("not intended for", facts.model.not_intended_for)]
    rows += [
        (f"{one.policy}/{one.check} {one.slice}".rstrip(), "missed, and waived")
        for one in facts.checks
        if one.outcome == "waived"
    ]
    rows += [
        (f"{policy.id}: no machine decides", one) for policy in facts.policies.values() for one in policy.not_decided
    ]
    yield Table("Limits", ("of", "what"), tuple(rows))


def _parts(facts: CardFacts) -> Iterator[Table]:
    yield Table("What it reads", ("feature",), tuple((pin,) for pin in facts.features))
    if facts.subject:
        rows = tuple((one.path, one.sha256, one.size) for one in facts.subject.data)
        yield Table("What it was evaluated on", ("file", "sha256", "bytes"), rows)
    if manifest := facts.manifest:
        rows = tuple((one.path, one.sha256, one.size) for one in manifest.inputs)
        yield Table("What it was made of", ("file", "sha256", "bytes"), rows)
        made = (("python", manifest.python), ("platform", manifest.platform), ("seed", manifest.seed))
        packages = tuple(tuple(name.split("==", 1)) if "==" in name else (name, "") for name in manifest.packages)
        yield Table("With what it was made", ("what", "version"), (*made, *packages))
