"""Who may have a workflow do what they may not do themselves."""

from collections.abc import Mapping, Sequence

from gitmlops.adapters.reviews import Account
from gitmlops.errors import Refusal
from gitmlops.specs.project import Project


def roles(base: Project, stage: str, on_call: str) -> tuple[str, ...]:
    """The role on call and those that a stage asks for approvals, of which the project names people."""
    asked = [role for one in base.stages if one.name == stage for role in one.approvals]
    return tuple(role for role in dict.fromkeys((on_call, *asked)) if base.roles.get(role))


def require(started: Sequence[Account], roles: Sequence[str], holders: Mapping[str, frozenset[int]]) -> str:
    """Who started a run, and again, each with a role: `@login role`. Raises Refusal if one of them has none."""
    said = []
    for account in dict.fromkeys(started):
        held = [role for role in roles if account.id in holders.get(role, frozenset())]
        if not held:
            mend = f"have somebody of {' or '.join(roles)} dispatch it"
            raise Refusal(f"@{account.login} dispatched this run, and is of no role that may roll back", mend=mend)
        said.append(f"@{account.login} {held[0]}")
    if not said:
        raise Refusal("GitHub does not say who dispatched this run", mend="dispatch it again")
    return ", ".join(said)
