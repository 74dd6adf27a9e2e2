"""What a new version counts up, by what changed since the last one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.registry.comparing.sides import Side

_MOST = 3


@dataclass(frozen=True)
class Proposal:
    """What to count up (major, minor, patch), and why."""

    bump: str
    reason: str


def propose(before: Side, after: Side, interface: Sequence[str]) -> Proposal:
    """What the commit after should count up over the version before.

    major: whoever calls the model must give other features or gets another kind of answer; minor: code or parameters;
    patch: data alone. interface: what changed of the first kind, in words.
    """
    since = f"since {before.version.version}"
    if interface:
        return Proposal("major", f"what it reads or answers changed {since}: {_few(interface)}")
    if not (before.steps and after.steps):
        return Proposal("minor", f"nothing tells what it was made from {since}: no stage of DVC makes the model file")
    if changed := [*_differing(before.code, after.code), *_differing(before.steps, after.steps)]:
        return Proposal("minor", f"code or parameters changed {since}: {_few(changed)}")
    if changed := [*_differing(before.data, after.data)]:
        return Proposal("patch", f"only data changed {since}: {_few(changed)}")
    return Proposal("patch", f"neither code, parameters nor data changed {since}: it was trained again")


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    return (key for key in sorted({*before, *after}) if before.get(key) != after.get(key))


def _few(words: Sequence[str]) -> str:
    return ", ".join(words[:_MOST]) + (f" and {len(words) - _MOST} more" if len(words) > _MOST else "")
