"""An approval where there is no GitHub: a signed note, kept and shared, as `model approve` and `policy approve` do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitmlops.cli import approval_source as sources
from gitmlops.cli.show import say
from gitmlops.errors import Refusal

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.approvals.votes import Subject
    from gitmlops.specs.project import Project

_DAY = 86_400
_OPTIONS = (
    click.option("--role", required=True, help="The role that you approve as, of gitmlops.yaml."),
    click.option(
        "--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]"
    ),
    click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it counts."),
    click.option("--withdraw", is_flag=True, help="Take your approval back."),
)
C = TypeVar("C", bound=Callable[..., Any])


@dataclass(frozen=True)
class Signing:
    """What somebody says, as which role, with which key (None: the one that git signs with), for how many days."""

    role: str
    key: Path | None
    days: int
    withdraw: bool


def signing_options(command: C) -> C:
    """The options of a command that signs; they are the fields of Signing."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def sign(
    repo: "Repository", remote: str | None, subject: "Subject", signing: Signing, *, named: str, page: str
) -> "Project":
    """Sign, keep and share a note on a subject, which people call `named`; the project that says who may.

    page: where GitHub has the repository, empty elsewhere. Raises Refusal on GitHub, InputError for an unknown role or
    key, ToolError if nothing can be signed or shared.
    """
    from gitmlops.adapters.git import notes
    from gitmlops.adapters.signing import signatures
    from gitmlops.records.canonical import encode
    from gitmlops.registry.approvals import signing as notes_signing

    if page:
        what = "on GitHub an approval is a review of the pull request, before it is merged"
        mend = "review it there; of what is merged already, the one that `gitmlops model promote … --request` opens"
        raise Refusal(what, where=f"{page}/pulls?q={subject.commit}", mend=mend)
    base = sources.base_project(repo, remote)
    signed = notes_signing.sign(
        subject,
        base,
        repository=sources.shared_address(repo),
        role=signing.role,
        word="withdraw" if signing.withdraw else "approve",
        seconds=signing.days * _DAY,
        key=signing.key or signatures.configured_key(repo),
    )
    notes.add(repo, notes.APPROVALS, subject.commit, encode(signed))
    said = "withdrawn" if signing.withdraw else f"approved as {signing.role} until {signed.approval.expires}"
    say(f"{named}: {said} by @{signed.approval.approver}")
    if remote and notes.share(repo, notes.APPROVALS, remote):
        say(f"pushed to {remote}")
    return base
