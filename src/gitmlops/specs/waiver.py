"""policies/waivers/<name>.yaml: one check, one model file, until a day: somebody answers for letting it pass."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Day, Name, SemanticVersion, Text
from gitmlops.specs.project import Member

CheckName = Annotated[
    str,
    Meta(
        pattern=r"^(required/)?[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?/[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?$",
        description="write POLICY/CHECK, e.g. latency/p95",
    ),
]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="write the SHA-256 of the model file, in quotes")]


class Waiver(Spec, frozen=True, kw_only=True):
    """A check that may be missed: by this model file, under this version of the policy, from `issued` to `expires`.

    approver: who answers for it, of the role that the policy names. It counts once it is on the base branch.
    """

    kind: Literal["waiver"]
    check: CheckName
    policy_version: SemanticVersion
    model: Name
    model_sha256: Sha256
    reason: Text
    approver: Member
    role: Name
    issued: Day
    expires: Day
    ticket: str = ""

    @property
    def name(self) -> str:
        """What tells waivers apart: there is one for a check and a model file."""
        return f"{self.check} for {self.model_sha256[:12]}"
