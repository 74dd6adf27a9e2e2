"""rules: whether the limits of a model were set before the commit that is judged by them, which git can show."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.gate.rules.policies import Rule, rules
from gitmlops.gate.rules.tightness import changes
from gitmlops.gate.sides.base_and_head import POLICIES
from gitmlops.specs.model import Model
from gitmlops.statistics.classification import Unmeasurable

_SHORT = 12


def _late(candidate: Candidate, _: Rows) -> Measured:
    """Checks that judge the model as the branch has them and that the base does not have with the same limits, and the
    decision threshold where the branch moves it.

    The gate judges only heads that contain the base: what the base has was committed before what is judged.
    """
    base, head = candidate.base, candidate.head
    if base.commit == head.commit:
        raise Unmeasurable("base and head are one commit: nothing shows which was first; name an older `--base`")
    judged = rules(candidate.model.name, base.definitions, head.definitions)
    before = [rule for rule in judged if rule.of_base]
    late = sorted({rule.name for rule in judged if not rule.of_base and not _among(rule, before)})
    if moved := _moved(candidate):
        late.append(moved)
    if late:
        return Measured(Fraction(len(late)), ", ".join(late))
    since = base.tree.repository.git("log", "-1", "--format=%H", "--end-of-options", base.commit, "--", POLICIES)
    return Measured(Fraction(0), f"policies as they stand since {since[:_SHORT]}")


def _moved(candidate: Candidate) -> str:
    """How the branch moves the threshold at which a score becomes a decision; empty if it does not."""
    known = candidate.base.definitions.all(Model).get(candidate.model.name)
    after = candidate.model.task.threshold
    if known is None or known.spec.task.threshold == after:
        return ""
    return f"decided at {after:g}, on the base at {known.spec.task.threshold:g}"


def _among(rule: Rule, before: Sequence[Rule]) -> bool:
    return any(
        (rule.name, rule.decision, rule.unit) == (other.name, other.decision, other.unit)
        and not changes(other.check, rule.check)
        for other in before
    )


MEASURES: Mapping[str, Measure] = {"late_thresholds": _late}
