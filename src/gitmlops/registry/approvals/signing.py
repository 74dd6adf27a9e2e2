"""An approval signed with the key of the person whom the base names as its holder."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from gitmlops.adapters.signing import signatures
from gitmlops.errors import InputError, Refusal
from gitmlops.records.approval import Approval, SignedApproval
from gitmlops.records.canonical import encode
from gitmlops.registry.approvals.signed_notes import NAMESPACE, roles_of
from gitmlops.registry.approvals.votes import Subject
from gitmlops.specs.hints import nearest
from gitmlops.specs.project import Project

Word = Literal["approve", "withdraw"]


def sign(
    subject: Subject, base: Project, *, repository: str, role: str, word: Word, seconds: int, key: Path
) -> SignedApproval:
    """What the holder of a key says of a subject, now and for so many seconds.

    Raises InputError for an unknown role or key, Refusal if its holder has not the role, ToolError if it cannot sign.
    """
    said = Approval(
        repository=repository,
        commit=subject.commit,
        tree=subject.tree,
        model=subject.model,
        model_sha256=subject.sha256,
        role=role,
        approver=_approver(base, role, signatures.public_key(key)),
        word=word,
        issued=_time(subject.at),
        expires=_time(subject.at + seconds),
    )
    return SignedApproval(said, signatures.sign(encode(said), key=key, namespace=NAMESPACE))


def _approver(base: Project, role: str, public: str) -> str:
    roles, wanted = roles_of(base), public.split()[:2]
    if role not in roles:
        raise InputError(f"there is no role {role!r}", where="gitmlops.yaml", mend=nearest(role, roles))
    holders = [login for login, person in base.people.items() if wanted in [one.split()[:2] for one in person.keys]]
    if not holders:
        mend = 'have `people: {LOGIN: {keys: ["ssh-…"]}}` merged first, or name another key with --key'
        raise InputError("the default branch knows nobody with this key", where="gitmlops.yaml", mend=mend)
    if holders[0] not in roles[role]:
        mend = f"choose from: {', '.join(sorted(role for role, members in roles.items() if holders[0] in members))}"
        raise Refusal(f"@{holders[0]} has not the role {role} on the default branch", where="gitmlops.yaml", mend=mend)
    return holders[0]


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
