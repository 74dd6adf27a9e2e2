"""GTO's grammar of tag names, read and written.

[dir=]NAME@vX.Y.Z[-pre]  NAME@vX.Y.Z!  NAME@deprecated[#N]  NAME#STAGE[#N]  NAME#STAGE![#N]
A `=` in a tag is a `:` in a name.
"""

import re
from enum import Enum

from msgspec import Struct

from gitmlops.adapters.git.tag_reading import Fence

_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9-/_]*[a-zA-Z0-9])?"
_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRE_PART = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_BUILD = r"[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*"
_SEMVER = rf"v({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PRE_PART}(?:\.{_PRE_PART})*))?(?:\+{_BUILD})?"
_PARTS = re.compile(_SEMVER)
_VERSION = re.sub(r"\((?!\?)", "(?:", _SEMVER)
_TAG = re.compile(
    rf"(?P<artifact>(?:[a-zA-Z0-9-_./]+=)?{_NAME})"
    rf"(?:(?:\#(?P<stage>{_NAME})|@(?P<version>{_VERSION}))(?P<cancel>!?)|@(?P<word>deprecated|created))"
    r"(?:\#(?P<counter>[0-9]{1,9}))?"
)


class Action(Enum):
    """What a tag says of its artifact."""

    REGISTER = "registered"
    DEREGISTER = "deregistered"
    PROMOTE = "promoted"
    REMOVE = "removed"
    DEPRECATE = "deprecated"
    CREATE = "created"
    """Reserved by GTO, which fails on it: read so that it can be reported, never written."""


class TagName(Struct, frozen=True, gc=False):
    """A tag name, taken apart; `counter` is None where the tag has none."""

    artifact: str
    action: Action
    version: str = ""
    stage: str = ""
    counter: int | None = None


def parse(name: str) -> TagName | None:
    """What a tag name says, or None if it is no name of GTO's grammar."""
    match = _TAG.fullmatch(name)
    if match is None:
        return None
    artifact, stage, version, cancel, word, counter = match.groups("")
    if word:
        action = Action.DEPRECATE if word == "deprecated" else Action.CREATE
    elif version:
        action = Action.DEREGISTER if cancel else Action.REGISTER
    else:
        action = Action.REMOVE if cancel else Action.PROMOTE
    return TagName(artifact.replace("=", ":"), action, version, stage, int(counter) if counter else None)


def text(name: TagName) -> str:
    """The tag name as git has it: `parse(text(name)) == name`."""
    end = "" if name.counter is None else f"#{name.counter}"
    return {
        Action.REGISTER: f"{_in_tag(name.artifact)}@{name.version}{end}",
        Action.DEREGISTER: f"{_in_tag(name.artifact)}@{name.version}!{end}",
        Action.PROMOTE: f"{_in_tag(name.artifact)}#{name.stage}{end}",
        Action.REMOVE: f"{_in_tag(name.artifact)}#{name.stage}!{end}",
        Action.DEPRECATE: f"{_in_tag(name.artifact)}@deprecated{end}",
        Action.CREATE: f"{_in_tag(name.artifact)}@created{end}",
    }[name.action]


def version_key(version: str) -> tuple[int, int, int, tuple[object, ...]]:
    """What orders versions by semantic versioning: a pre-release comes before its release; build data do not count.

    A version that is no semantic version (a commit that was promoted without one) comes before all.
    """
    match = _PARTS.fullmatch(version)
    if match is None:
        return (-1, 0, 0, ())
    major, minor, patch, pre = match.groups()
    # Numbers before words, words by alphabet, more parts after fewer, no pre-release at all after everything.
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")] if pre else []
    return (int(major), int(minor), int(patch), (0, *parts) if pre else (1,))


def is_version(text_: str) -> bool:
    """Whether the text is `vX.Y.Z` or `vX.Y.Z-pre`."""
    return _PARTS.fullmatch(text_) is not None and "+" not in text_


def fence(artifact: str) -> Fence:
    """What serialises the writers of an artifact's tags."""
    name = _in_tag(artifact)
    return Fence(f"refs/gitmlops/serial/{name}", (f"{name}@", f"{name}#"))


def _in_tag(artifact: str) -> str:
    return artifact.replace(":", "=")
