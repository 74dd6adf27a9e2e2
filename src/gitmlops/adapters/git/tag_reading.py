"""Tags as git has them, and which of them belong together."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from gitmlops.adapters.git.repository import Repository

_FORMAT = "--format=%(objecttype)%00%0A%(objectname)%00%0A%(refname:strip=2)%00"
_SPECIAL, _ESCAPED = re.compile(r"[*?\[\\]"), r"\\\g<0>"
# What git takes for the beginning of a signature; the last one in a message is.
_SIGNATURE = re.compile(
    r"(?P<signed>.*)^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE|SSH SIGNATURE)-----",
    re.DOTALL | re.MULTILINE,
)


class Tag(Struct, frozen=True, gc=False):
    """A tag as git has it; `time` in seconds since 1970, UTC.

    commit is empty if the tag points at something else; a tag on a tag is followed to its commit.
    A tag that is not annotated has no time, tagger and message of its own. named_otherwise: whether the tag's object,
    which is what a signature covers, carries another name than the ref.
    """

    name: str
    object: str
    commit: str
    time: int
    tagger: str
    email: str
    message: str
    annotated: bool = True
    named_otherwise: bool = False


@dataclass(frozen=True)
class Fence:
    """A ref that every writer moves from the value it saw, so that of two writers one wins.

    prefixes: how the names begin of the tags that it guards.
    """

    ref: str
    prefixes: tuple[str, ...]


def read_all(repository: Repository) -> tuple[Tag, ...]:
    """Every tag, sorted by name, in two git calls (one more if there are tags on tags)."""
    return _read(repository, "refs/tags")


def read_beginning(repository: Repository, prefixes: Sequence[str]) -> tuple[Tag, ...]:
    """The tags whose names begin so, sorted by name; git does not look at any other."""
    plain = [f"refs/tags/{_SPECIAL.sub(_ESCAPED, prefix)}*" for prefix in prefixes]
    # To git a star is no slash.
    return _read(repository, *plain, *(f"{pattern}/**" for pattern in plain))


def _read(repository: Repository, *patterns: str) -> tuple[Tag, ...]:
    fields = repository.git("for-each-ref", _FORMAT, *patterns).split("\0\n")
    kinds, objects, names = fields[0:-1:3], fields[1::3], fields[2::3]
    contents = iter(_contents(repository, [sha for sha, kind in zip(objects, kinds, strict=True) if kind == "tag"]))
    tags = [
        _annotated(name, sha, next(contents)) if kind == "tag" else _plain(name, sha, kind)
        for name, sha, kind in zip(names, objects, kinds, strict=True)
    ]
    nested = [tag.object for tag in tags if tag.annotated and not tag.commit]
    peeled = _peel(repository, nested) if nested else {}
    if peeled:
        tags = [replace(tag, commit=peeled[tag.object]) if tag.object in peeled else tag for tag in tags]
    return tuple(tags)


def _contents(repository: Repository, objects: Sequence[str]) -> Sequence[str]:
    """The objects as git stores them, but for what it does not show: it takes twice as long to take them apart."""
    if not objects:
        return ()
    # A line before each that nobody could know who wrote one, so that none reads as two.
    line = os.urandom(16).hex()
    asked = "\n".join([*objects, ""]).encode()
    answered = repository.git_bytes("cat-file", "--buffer", f"--batch={line}", stdin=asked)
    text = answered.decode("utf-8", "replace")
    _, *contents = text.split(f"{line}\n")
    # One look at all of them, as hardly any repository has such tags.
    return [_shown(content) for content in contents] if "\0" in text or "-----BEGIN " in text else contents


def _plain(name: str, sha: str, kind: str) -> Tag:
    return Tag(name, sha, sha if kind == "commit" else "", 0, "", "", "", annotated=False)


def _annotated(name: str, sha: str, content: str) -> Tag:
    """What stands in an object: object SHA, type KIND, tag NAME, tagger NAME <EMAIL> SECONDS ZONE, and a message."""
    header, _, message = content.partition("\n\n")
    # git itself insists on the first three.
    target, kind, inner, tagger = f"{header}\n".split("\n", 3)
    person, _, moment = tagger.partition("> ")
    author, _, email = person[len("tagger ") :].partition(" <")
    seconds = moment.partition(" ")[0]
    time = int(seconds[:18]) if seconds.isdecimal() else 0
    commit = target[len("object ") :] if kind == "type commit" else ""
    return Tag(name, sha, commit, time, author, email, message.strip(), True, inner[len("tag ") :] != name)


def _shown(content: str) -> str:
    """An object with as much of its message as git shows: to the first NUL, without its signature."""
    header, blank, message = content.partition("\n\n")
    message = message.partition("\0")[0]
    signed = _SIGNATURE.match(message)
    return f"{header}{blank}{signed['signed'] if signed else message}"


def _peel(repository: Repository, objects: Sequence[str]) -> Mapping[str, str]:
    asked = "".join(f"{sha}^{{commit}}\n" for sha in objects)
    answers = repository.git("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=asked.encode()).splitlines()
    found = (answer.split(" ") for answer in answers)
    return {sha: words[1] for sha, words in zip(objects, found, strict=True) if words[0] == "commit"}
