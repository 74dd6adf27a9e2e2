"""Approvals as signed notes on the commit, where there is no GitHub: which of them count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gitmlops.adapters.git import authors, notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.signing import signatures
from gitmlops.errors import InputError
from gitmlops.records.approval import APPROVAL_VERSIONS, Approval, SignedApproval
from gitmlops.records.canonical import decode, encode
from gitmlops.registry.approvals.votes import Approvals, Change, Doubt, Refused, Subject, Vote, together
from gitmlops.registry.files.contents import brought
from gitmlops.specs.project import Person, Project

NAMESPACE = "gitmlops-approval"
"""What the signatures are for: one that was made for a commit or a file says nothing here."""
AHEAD_SECONDS = 300
"""How far the clock of another machine may be ahead."""
_LONGEST_LINE = 16_384


@dataclass(frozen=True)
class Word:
    """A line of a note, read. key: the one of the approver's keys that signed it; empty if none of them did."""

    approval: Approval
    key: str
    issued: int
    expires: int


@dataclass(frozen=True)
class Rules:
    """What decides: who there is, by the base, and whose commits the approved one brings.

    repository: the address of this repository; authors: addresses, in lower case.
    """

    repository: str
    people: Mapping[str, Person]
    roles: Mapping[str, frozenset[str]]
    authors: frozenset[str]


@dataclass(frozen=True)
class SignedNotes:
    """The notes of a repository, by the people and roles of its base."""

    repository: Repository
    address: str
    base: Project

    def of(self, subject: Subject) -> Approvals:
        """What signed notes say of a commit. Raises ToolError if notes cannot be read."""
        return self._counted(subject, authors.of_change(self.repository, subject.commit))

    def of_change(self, change: Change) -> Approvals:
        """What signed notes say of the head of a change, or of the head that it merged without changing anything."""
        subject = change.subject
        by = authors.of_span(self.repository, change.base, subject.commit)
        parents = self.repository.git("rev-list", "--parents", "--max-count=1", subject.commit).split()[1:]
        merged = [one for one in parents[1:] if len(parents) == 2 and self.repository.tree(one) == subject.tree]
        return together(*(self._counted(replace(subject, commit=one), by) for one in (subject.commit, *merged)))

    def _counted(self, subject: Subject, by: frozenset[str]) -> Approvals:
        """by: the addresses of those who made what is approved; beside them those who made the model file."""
        words, unreadable = self._words(subject.commit)
        if subject.artifact:
            origin = brought(self.repository, subject.commit, subject.artifact)
            by |= authors.of_change(self.repository, origin)
        rules = Rules(self.address, self.base.people, roles_of(self.base), by)
        counted = count(words, subject, rules)
        return Approvals(counted.votes, (*unreadable, *counted.refused))

    def invitation(self, reference: str, stage: str) -> str:
        """The command with which each of them signs; a note is for every stage."""
        return f"they approve it with `gitmlops model approve {reference} --role ROLE`"

    def _words(self, commit: str) -> tuple[tuple[Word, ...], tuple[Refused, ...]]:
        words, unreadable = [], []
        for line in notes.read(self.repository, notes.APPROVALS, commit):
            try:
                words.append(read(line, self.base.people))
            except InputError as error:
                about = " ".join(error.what.split())[:200]
                unreadable.append(Refused("somebody", f"the note is no approval: {about}", "note"))
        return tuple(words), tuple(unreadable)


def roles_of(project: Project) -> Mapping[str, frozenset[str]]:
    """Role -> the people who have it, without those that are teams: only GitHub knows who is in one."""
    return {
        role: frozenset(member.removeprefix("@") for member in members if "/" not in member)
        for role, members in project.roles.items()
    }


def person_of(login: str, person: Person) -> str:
    """What names a person in every vote of theirs, the same as in a review where the account is known."""
    return f"github:{person.id}" if person.id is not None else f"people:{login.casefold()}"


def count(words: Sequence[Word], subject: Subject, rules: Rules) -> Approvals:
    """The words that count, and of every other one of this model why it does not.

    Of each person and role the latest word that they signed counts; what is about something else is no word of theirs.
    """
    signed = [word for word in words if not any(_foreign(word, subject, rules))]
    latest = {(word.approval.approver, word.approval.role): word for word in sorted(signed, key=_order)}
    votes: list[Vote] = []
    refused: list[Refused] = []
    for word in sorted(words, key=_order):
        said = word.approval
        if said.model != subject.model:
            continue
        who, where = f"@{said.approver}", _where(word)
        if doubt := next(_doubts(word, subject, rules, latest), None):
            refused.append(Refused(who, doubt[0], where, doubt[1]))
        else:
            person = person_of(said.approver, rules.people[said.approver])
            votes.append(Vote(person, who, frozenset({said.role}), where, word.issued))
    return Approvals(tuple(votes), tuple(refused))


def _foreign(word: Word, subject: Subject, rules: Rules) -> Iterator[tuple[str, Doubt]]:
    """Why a word is not one that this person said of this subject by now."""
    said = word.approval
    bound = (
        ("repository", said.repository, rules.repository),
        ("commit", said.commit, subject.commit),
        ("tree", said.tree, subject.tree),
        ("model", said.model, subject.model),
        ("model file", said.model_sha256, subject.sha256),
    )
    for name, found, here in bound:
        if found != here:
            yield f"it is for another {name}: {found[:200]}", Doubt.STANDING
    if said.approver not in rules.people:
        yield f"`people:` of the base does not name {said.approver[:64]!r}", Doubt.TODAY
    elif not word.key:
        yield f"none of the keys that the base has for @{said.approver} signed it", Doubt.STANDING
    if word.issued > subject.at + AHEAD_SECONDS:
        yield f"it is from later than it counts: {said.issued}", Doubt.STANDING


def _doubts(
    word: Word, subject: Subject, rules: Rules, latest: Mapping[tuple[str, str], Word]
) -> Iterator[tuple[str, Doubt]]:
    yield from _foreign(word, subject, rules)
    said = word.approval
    if latest.get((said.approver, said.role)) is not word:
        yield "a later word of the same person counts", Doubt.STANDING
    if said.word == "withdraw":
        yield "it takes the approval back", Doubt.STANDING
    if word.expires <= subject.at:
        yield f"it expired at {said.expires}", Doubt.STANDING
    emails = {email.lower() for email in rules.people[said.approver].emails}
    if emails & rules.authors:
        yield f"@{said.approver} is an author of the commit, of what it merged, or of the model file", Doubt.STANDING
    if said.approver not in rules.roles.get(said.role, ()):
        yield f"@{said.approver} has not the role {said.role} in gitmlops.yaml of the base", Doubt.TODAY


def read(line: bytes, people: Mapping[str, Person]) -> Word:
    """What a line of a note says, and which key of its approver signed it. Raises InputError if it says nothing."""
    if len(line) > _LONGEST_LINE:
        raise InputError(f"longer than {_LONGEST_LINE} bytes")
    kept: SignedApproval = decode(line, APPROVAL_VERSIONS, path="note")
    said = kept.approval
    if wrong := [name for name in said.__struct_fields__ if not getattr(said, name).isprintable()]:
        raise InputError(f"{wrong[0]} holds characters that cannot be shown")
    keys = people[said.approver].keys if said.approver in people else ()
    key = signatures.signer(encode(said), kept.signature, keys=keys, namespace=NAMESPACE)
    return Word(said, key, _seconds(said.issued), _seconds(said.expires))


def _seconds(time: str) -> int:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError as error:
        raise InputError(f"{time[:40]!r} is no time") from error
    if moment.tzinfo is None:
        raise InputError(f"{time[:40]!r} has no time zone")
    return int(moment.timestamp())


def _order(word: Word) -> tuple[int, bool, str]:
    """Of two words in one second the withdrawal comes last; then the bytes decide, so that all clones agree."""
    return (word.issued, word.approval.word == "withdraw", word.approval.expires)


def _where(word: Word) -> str:
    return f"signed with {signatures.fingerprint(word.key)}" if word.key else "signed note"
