"""Whether a receipt compares with what serves users now: one of an earlier day may compare with something worse."""

from collections.abc import Iterator, Sequence

from gitmlops.gate.rules.metrics import metric_of
from gitmlops.gate.rules.policies import Rule
from gitmlops.records.receipt import Subject
from gitmlops.registry.tags.history import Version


def doubts(
    subject: Subject, asked: Sequence[Rule], *, production: Version | None, anchor: Version | None
) -> Iterator[str]:
    """Why a receipt compares with other releases than its rules ask for today, as what follows "the receipt of …".

    asked: the rules by which the model is judged; production, anchor: as the tags have them now.
    """
    comparing = [rule for rule in asked if rule.check.baseline]
    now = production.version if production else ""
    if comparing and subject.production != now:
        with_ = f"with {subject.production}" if subject.production else "with nothing"
        yield f"compares {with_} in production, where {now or 'nothing'} is now"
    if anchor is None or (production and production.commit == anchor.commit):
        return
    for rule in comparing:
        if rule.check.baseline and rule.check.baseline.anchor and not metric_of(rule.check.metric).between_groups:
            of_rule = [one for one in subject.checks if (one.policy, one.check) == (rule.policy, rule.check.id)]
            if anchor.version not in {one.baseline.partition(" ")[0] for one in of_rule}:
                yield f"does not compare {rule.name} with {anchor.version}, the first version of its major"
