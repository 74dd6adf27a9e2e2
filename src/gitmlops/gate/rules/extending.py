"""Policies with what they extend: the checks that hold in their scope, and whether any got looser on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.rules.tightness import changes
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.fields import seconds
from gitmlops.specs.hints import nearest
from gitmlops.specs.policy import Check, Policy


@dataclass(frozen=True)
class Asked:
    """A check and where it is written, which may be another policy's file."""

    check: Check
    location: Location


@dataclass(frozen=True)
class Extended:
    """All checks of a policy: those that it extends, then its own; and what is wrong with the extending."""

    checks: tuple[Asked, ...]
    findings: tuple[Finding, ...]


def extended(definitions: Definitions, name: str) -> Extended:
    """The policy with everything that it extends; a check of its own replaces one of the same id."""
    findings: list[Finding] = []
    checks = _checks(definitions.all(Policy), name, (), findings)
    return Extended(tuple(checks.values()), tuple(findings))


def lineage(definitions: Definitions, name: str) -> tuple[str, ...]:
    """The policy and all that it extends, near before far; references that are wrong lead nowhere."""
    known = definitions.all(Policy)
    found = [name]
    for one in found:
        for reference in known[one].spec.extends:
            other, _, version = reference.partition("@")
            if not _wrong(known, other, version, tuple(found)):
                found.append(other)
    return tuple(found)


def _checks(
    known: Mapping[str, Placed[Policy]], name: str, below: tuple[str, ...], findings: list[Finding]
) -> dict[str, Asked]:
    placed = known[name]
    found: dict[str, Asked] = {}
    for index, reference in enumerate(placed.spec.extends):
        other, _, version = reference.partition("@")
        if wrong := _wrong(known, other, version, (*below, name)):
            findings.append(_error(placed, *wrong, "extends", index))
            continue
        findings.extend(_longer(placed, known[other]))
        for id_, asked in _checks(known, other, (*below, name), findings).items():
            findings.extend(_clash(placed, index, found.get(id_), asked))
            found.setdefault(id_, asked)
    own = {check.id: Asked(check, placed.at("checks", index)) for index, check in enumerate(placed.spec.checks)}
    for index, check in enumerate(placed.spec.checks):
        if check.id in found:
            findings.extend(_looser(placed, index, found[check.id], check))
    return found | own


def _wrong(known: Mapping[str, Placed[Policy]], other: str, version: str, below: tuple[str, ...]) -> tuple[str, ...]:
    """What is wrong with a reference, and how to mend it; nothing if it is right."""
    if other not in known:
        return f"it extends {other!r}, which is not there", nearest(other, known)
    if other in below:
        return f"it extends itself by {' -> '.join((*below, other))}", "leave one of them out"
    if known[other].spec.version != version:
        here = known[other].spec.version
        return f"it extends {other}@{version}, here is {here}", f"look at what changed, then write {other}@{here}"
    return ()


def _longer(placed: Placed[Policy], other: Placed[Policy]) -> Iterator[Finding]:
    most, allowed = placed.spec.waivers.at_most, other.spec.waivers.at_most
    if seconds(most) > seconds(allowed):
        what = f"waivers last up to {most}, {other.path} allows {allowed}: what is extended may only get tighter"
        yield _error(placed, what, f"write `at_most: {allowed}`, or less", "waivers", "at_most")


def _clash(placed: Placed[Policy], index: int, one: Asked | None, other: Asked) -> Iterator[Finding]:
    if one is not None and changes(one.check, other.check):
        what = f"the check {other.check.id!r} comes from two policies, {one.location.path} and {other.location.path}"
        yield _error(placed, what, "extend one of them", "extends", index)


def _looser(placed: Placed[Policy], index: int, before: Asked, after: Check) -> Iterator[Finding]:
    for change in changes(before.check, after):
        if change.direction != "tightened":
            what = (
                f"{change.key} of {after.id!r} is {change.after or 'left out'}, {before.location.path} asks "
                f"{change.before or 'for none'}: what is extended may only get tighter"
            )
            yield _error(placed, what, "tighten it, or give the check an id of its own", "checks", index, change.key)


def _error(placed: Placed[Policy], what: str, mend: str, *keys: str | int) -> Finding:
    return Finding("policy", Severity.ERROR, what, placed.at(*keys), mend)
