"""Which looks at an evaluation set were counted, on any branch: lines in a note on what names the set."""

from collections.abc import Iterable

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.records.canonical import decode, encode
from gitmlops.records.look import LOOK_VERSIONS, Look
from gitmlops.records.receipt import Receipt, Subject


def taken(repository: Repository, labels_sha256: str) -> tuple[Look, ...]:
    """Every look at the set that is known here. Raises InputError for a line that is none."""
    lines = notes.read(repository, notes.LOOKS, _target(repository, labels_sha256))
    return tuple(decode(line, LOOK_VERSIONS, path=f"looks at {labels_sha256[:12]}") for line in lines)


def record(repository: Repository, look: Look) -> None:
    """Add a look to those that are known here. Raises ToolError."""
    notes.add(repository, notes.LOOKS, _target(repository, look.labels_sha256), encode(look))


def count(repository: Repository, receipt: Receipt, *, time: str) -> tuple[Subject, ...]:
    """Add a look for each model that a receipt judges and each set that it was judged on, whatever the verdict.

    time: of the looks, with microseconds. Returns what was judged. Raises ToolError.
    """
    judged = tuple(subject for subject in receipt.subjects if subject.checks)
    for one in judged:
        for _, labels, *_ in filter(None, (one.data, one.pins)):
            look = Look(
                model=one.model,
                model_sha256=one.artifact.sha256,
                labels_sha256=labels.sha256,
                base=receipt.base,
                head=receipt.head,
                verdict=one.verdict,
                time=time,
                run=receipt.run,
            )
            record(repository, look)
    return judged


def attempt(looks: Iterable[Look], model: str, sha256: str) -> int:
    """Which look at the set it is to judge a model file, counted from 1.

    A file that was looked at before has the number that it had: judged again it tells nothing new.
    """
    number: dict[str, int] = {}
    for look in sorted(looks, key=lambda look: (look.time, look.model_sha256)):
        if look.model == model:
            number.setdefault(look.model_sha256, len(number) + 1)
    return number.get(sha256, len(number) + 1)


def numbers(repository: Repository, subject: Subject) -> tuple[int, int]:
    """Which look at the branch's evaluation set a receipt must be at least, and at the base's, as the notes have it.

    The notes count, not the time that the receipt says: a file whose look nobody counted comes after all that were.
    """
    sets = (subject.data, subject.pins or subject.data)
    ours, of_base = (_number(repository, subject, pinned[1].sha256) if len(pinned) > 1 else 1 for pinned in sets)
    return ours, of_base


def _number(repository: Repository, subject: Subject, labels_sha256: str) -> int:
    return attempt(taken(repository, labels_sha256), subject.model, subject.artifact.sha256)


def _target(repository: Repository, labels_sha256: str) -> str:
    """The object that the note is on. It need not exist: its name says which set is meant, in every clone."""
    named = f"gitmlops evaluation set, labels sha256 {labels_sha256}\n"
    return repository.git("hash-object", "--stdin", stdin=named.encode()).strip()
