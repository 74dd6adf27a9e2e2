"""Which waivers of the base hold today, and what becomes of a check that one of them covers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.checks.judged import Judged, Waived
from gitmlops.gate.rules.waiver_wiring import standing
from gitmlops.report import Finding, Severity
from gitmlops.specs.waiver import Waiver


@dataclass(frozen=True)
class Waivers:
    """The waivers of the base for one model file. today: the day that counts, whatever commits say of themselves.

    required: the policies that are required from elsewhere, if there are any.
    """

    base: Definitions
    model: str
    sha256: str
    today: date
    required: Definitions | None = None

    def applied(self, results: Sequence[Judged]) -> tuple[Judged, ...]:
        """The results, those that miss what a waiver covers as waived."""
        return tuple(self._applied(judged) for judged in results)

    def told(self) -> tuple[Finding, ...]:
        """A warning for each waiver of this model file that does not hold, and why."""
        return tuple(
            Finding("gate/waiver", Severity.WARNING, f"the waiver of {placed.spec.check} does not count: {why}", where)
            for placed in self._mine()
            if (why := self._why_not(placed)) and (where := placed.at("expires"))
        )

    def _mine(self) -> Iterator[Placed[Waiver]]:
        for _, placed in sorted(self.base.all(Waiver).items()):
            if (placed.spec.model, placed.spec.model_sha256) == (self.model, self.sha256):
                yield placed

    def _applied(self, judged: Judged) -> Judged:
        rule = judged.rule
        missed = judged.result.outcome in ("failed", "insufficient_evidence")
        if not missed or rule.check.enforcement != "soft-mandatory":
            return judged
        for placed in self._mine():
            waiver = placed.spec
            names_it = (waiver.check, waiver.policy_version) == (rule.name, rule.version)
            if names_it and not self._why_not(placed):
                result = msgspec.structs.replace(judged.result, outcome="waived")
                days = (date.fromisoformat(waiver.expires) - self.today).days
                by = f"{waiver.approver}, {waiver.role}"
                return replace(judged, result=result, waived=Waived(waiver.expires, days, by, waiver.reason))
        return judged

    def _why_not(self, placed: Placed[Waiver]) -> str:
        waiver = placed.spec
        if why := standing(waiver, self.base, self.required):
            return why
        if date.fromisoformat(waiver.issued) > self.today:
            return f"it is from {waiver.issued} on"
        ended = (self.today - date.fromisoformat(waiver.expires)).days
        return f"it expired on {waiver.expires}, {ended} day{'s' * (ended != 1)} ago" if ended > 0 else ""
