"""Policies with what they extend: the checks that hold in their scope, and whether any got looser on the way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.rules import packs
from gitmlops.gate.rules.packs import PREFIX, Pack
from gitmlops.gate.rules.tightness import changes
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.fields import seconds
from gitmlops.specs.hints import nearest
from gitmlops.specs.policy import AskedDocument, Check, Evidence, Policy

_SAID = ("title", "citation", "not_decided")


@dataclass(frozen=True)
class Asked:
    """A check and where it is written, which may be another policy's file; a pack's is where the pack is extended.

    policy: the one that asks it first; pack: what that is, None for a policy of the repository.
    """

    check: Check
    location: Location
    policy: Policy
    pack: Pack | None = None

    @property
    def asker(self) -> str:
        """Who asks it first, as sentences name it."""
        return self.pack.name if self.pack else self.location.path


@dataclass(frozen=True)
class Extended:
    """All checks of a policy: those that it extends, then its own; and what is wrong with the extending."""

    checks: tuple[Asked, ...]
    findings: tuple[Finding, ...]


def extended(definitions: Definitions, name: str) -> Extended:
    """The policy with everything that it extends; a check of its own replaces one of the same id."""
    findings: list[Finding] = []
    checks = _checks(_known(definitions), name, (), findings)
    return Extended(tuple(checks.values()), tuple(findings))


def lineage(definitions: Definitions, name: str) -> Mapping[str, Placed[Policy]]:
    """A policy and all that it extends, packs too, by name, near before far; references that are wrong lead nowhere.

    Of a pack the places are none of the repository.
    """
    known = _known(definitions)
    found = {name: known[name]}
    for one in (waiting := [name]):
        for other, _, version in (reference.partition("@") for reference in known[one].spec.extends):
            if other not in found and other in known and known[other].spec.version == version:
                found[other] = known[other]
                waiting.append(other)
    return found


def _known(definitions: Definitions) -> Mapping[str, Placed[Policy]]:
    """The policies of a side, and the packs, which are read only where one is extended."""
    policies = definitions.all(Policy)
    if not any(reference.startswith(PREFIX) for placed in policies.values() for reference in placed.spec.extends):
        return policies
    return {**policies, **{f"{PREFIX}{name}": packs.placed(pack) for name, pack in packs.packs().items()}}


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
            # What stands in a pack has no place in the repository; where it was chosen has one.
            here = replace(asked, location=placed.at("extends", index)) if other.startswith(PREFIX) else asked
            findings.extend(_clash(placed, index, found.get(id_), here))
            found.setdefault(id_, here)
    own = _written(placed.spec)
    for check, keys in own:
        if check.id in found:
            findings.extend(_looser(placed, keys, found[check.id], check))
    return found | {check.id: _own(name, placed, check, keys, found.get(check.id)) for check, keys in own}


def _written(policy: Policy) -> tuple[tuple[Check, tuple[str, int]], ...]:
    """The checks that a policy itself asks for, each with the keys of its place; documents are checks, too."""
    return (
        *((check, ("checks", index)) for index, check in enumerate(policy.checks)),
        *((_of_evidence(asked), ("evidence", index)) for index, asked in enumerate(policy.evidence)),
    )


def _of_evidence(asked: Evidence) -> Check:
    return Check(
        id=f"evidence-{asked.kind}",
        title=asked.title,
        citation=asked.citation,
        not_decided=asked.not_decided,
        metric="document_gaps",
        op="<=",
        threshold="0",
        enforcement=asked.enforcement,
        document=AskedDocument(asked.kind, asked.bound_to, asked.max_age, asked.headings),
    )


def _own(name: str, placed: Placed[Policy], check: Check, keys: tuple[str, int], before: Asked | None) -> Asked:
    """A policy's own check; it says of itself what the one that it replaces says, unless it says something else."""
    place = placed.at(*keys)
    if before is None:
        return Asked(check, place, placed.spec, packs.packs()[name.removeprefix(PREFIX)] if PREFIX in name else None)
    kept = {key: getattr(check, key) or getattr(before.check, key) for key in _SAID}
    return Asked(msgspec.structs.replace(check, **kept), place, before.policy, before.pack)


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
        what = f"the check {other.check.id!r} comes from two policies, {one.asker} and {other.asker}"
        yield _error(placed, what, "extend one of them", "extends", index)


def _looser(placed: Placed[Policy], keys: tuple[str, int], before: Asked, after: Check) -> Iterator[Finding]:
    for change in changes(before.check, after):
        if change.direction != "tightened":
            what = (
                f"{change.key} of {after.id!r} is {change.after or 'left out'}, {before.asker} asks "
                f"{change.before or 'for none'}: what is extended may only get tighter"
            )
            yield _error(placed, what, "tighten it, or give the check an id of its own", *keys, change.key)


def _error(placed: Placed[Policy], what: str, mend: str, *keys: str | int) -> Finding:
    return Finding("policy", Severity.ERROR, what, placed.at(*keys), mend)
