"""Which looks at an evaluation set were counted, on any branch: lines in a note on what names the set."""

from collections.abc import Iterable

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.records.canonical import decode, encode
from gitmlops.records.look import LOOK_VERSIONS, Look
from gitmlops.records.receipt import Subject

_SECOND = "2026-01-01T00:00:00"
"""What a receipt's time and a look's have in common: a look's has microseconds, several may come in a second."""


def taken(repository: Repository, labels_sha256: str) -> tuple[Look, ...]:
    """Every look at the set that is known here. Raises InputError for a line that is none."""
    lines = notes.read(repository, notes.LOOKS, _target(repository, labels_sha256))
    return tuple(decode(line, LOOK_VERSIONS, path=f"looks at {labels_sha256[:12]}") for line in lines)


def record(repository: Repository, look: Look) -> None:
    """Add a look to those that are known here. Raises ToolError."""
    notes.add(repository, notes.LOOKS, _target(repository, look.labels_sha256), encode(look))


def attempt(looks: Iterable[Look], model: str, sha256: str) -> int:
    """Which look at the set it is to judge a model file, counted from 1.

    A file that was looked at before has the number that it had: judged again it tells nothing new.
    """
    number: dict[str, int] = {}
    for look in sorted(looks, key=lambda look: (look.time, look.model_sha256)):
        if look.model == model:
            number.setdefault(look.model_sha256, len(number) + 1)
    return number.get(sha256, len(number) + 1)


def doubt(repository: Repository, time: str, subject: Subject) -> str:
    """What speaks against the number of the look in a receipt of that time: a lower one has a greater alpha."""
    if len(subject.data) < 2:
        return ""
    _, labels, *_ = subject.data
    before = [look for look in taken(repository, labels.sha256) if look.time[: len(_SECOND)] < time[: len(_SECOND)]]
    least = attempt(before, subject.model, subject.artifact.sha256)
    said = f"was judged as look {subject.attempt} at its evaluation set, and it was look {least}"
    return said if subject.attempt < least else ""


def _target(repository: Repository, labels_sha256: str) -> str:
    """The object that the note is on. It need not exist: its name says which set is meant, in every clone."""
    named = f"gitmlops evaluation set, labels sha256 {labels_sha256}\n"
    return repository.git("hash-object", "--stdin", stdin=named.encode()).strip()
