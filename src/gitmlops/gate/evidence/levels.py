"""What the predictions of a model are worth as evidence, by who made them and how much depends on the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitmlops.gate.rules.metrics import metric_of
from gitmlops.records.receipt import EvidenceLevel
from gitmlops.specs.model import RiskTier
from gitmlops.specs.policy import Enforcement

TIERS: tuple[RiskTier, ...] = ("low", "medium", "high")
_LEVELS: tuple[EvidenceLevel, ...] = ("declared", "attested", "scored")
LEAST = dict(zip(TIERS, _LEVELS, strict=True))
"""Risk tier -> the least level of evidence: the gate's own scores of a high one, unless the base trusts an attester
that far."""


@dataclass(frozen=True)
class Grounds:
    """What a model is judged on. tier: the highest that either side gives it, `high` of a new one;
    attester: who attests it, and up_to which tier the base lets him; empty of other levels.
    """

    level: EvidenceLevel
    tier: RiskTier
    attester: str = ""
    up_to: RiskTier = "low"

    @property
    def told(self) -> str:
        """The level and who answers for it, for people."""
        by = {"scored": "scored by the gate", "attested": f"attested by {self.attester}"}
        return by.get(self.level, "declared by the pull request")

    def lacking(self, enforcement: Enforcement) -> str:
        """Why a check of predictions cannot rest on them; empty if it can. An advisory check rests on any."""
        if enforcement == "advisory":
            return ""
        if self.level == "declared" and enforcement == "hard-mandatory":
            return (
                "its predictions are declared by who made the change, which is no evidence for a hard-mandatory check"
            )
        if self.level == "attested":
            return "" if _reaches(self.up_to, self.tier) else self._beyond()
        if _LEVELS.index(self.level) < _LEVELS.index(LEAST[self.tier]):
            return f"its predictions are {self.level}, a model of the tier {self.tier} asks for {self._asked()}"
        return ""

    def _beyond(self) -> str:
        return f"{self.attester} attests models up to the tier {self.up_to}, this one is {self.tier}"

    def _asked(self) -> str:
        return "scores of the gate or of an attester up to that tier" if self.tier == "high" else "attested ones"


BY_THE_GATE = Grounds("scored", "high")


def rests_on_predictions(metric: str) -> bool:
    """Whether a metric is of what a model says of the evaluation rows."""
    return not metric_of(metric).family or metric == "untrue_card_values"


def highest(tiers: Sequence[RiskTier]) -> RiskTier:
    """The highest of some tiers."""
    return max(tiers, key=TIERS.index)


def _reaches(up_to: RiskTier, tier: RiskTier) -> bool:
    return TIERS.index(up_to) >= TIERS.index(tier)
