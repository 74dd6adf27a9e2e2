"""Rulesets of a repository: read, compared with those that are wanted, set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gitmlops.adapters.github.client import Client
from gitmlops.adapters.github.refusals import unseen
from gitmlops.adapters.github.wanted import missing
from gitmlops.errors import InputError

_READ, _WRITE = "metadata: read", "administration: write"
_KEYS = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")
_REQUIRED = ("name", "target", "enforcement", "rules")

Ruleset = Mapping[str, Any]


class _Listed(msgspec.Struct, frozen=True):
    id: int
    name: str
    source_type: str = "Repository"


@dataclass(frozen=True)
class Difference:
    """A ruleset that is not as it is wanted. id: None if it is missing; keys: where it differs."""

    ruleset: Ruleset
    id: int | None
    keys: tuple[str, ...]

    @property
    def words(self) -> str:
        """`is missing`, or in what it differs."""
        return f"differs in {', '.join(self.keys)}" if self.id else "is missing"


def parse(content: bytes, where: str) -> tuple[Ruleset, ...]:
    """The rulesets of a JSON file: one object, or a list of them. Raises InputError."""
    try:
        found = msgspec.json.decode(content, type=dict[str, Any] | list[dict[str, Any]])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"not a ruleset in JSON: {error}", where=where, mend="export one from GitHub") from error
    rulesets = found if isinstance(found, list) else [found]
    for ruleset in rulesets:
        if absent := [key for key in _REQUIRED if not ruleset.get(key)]:
            raise InputError(f"a ruleset lacks {', '.join(absent)}", where=where, mend="name them")
    names = [ruleset["name"] for ruleset in rulesets]
    if not all(isinstance(name, str) for name in names):
        raise InputError("the name of a ruleset is no text", where=where, mend="write it in quotes")
    if len({*names}) < len(names):
        raise InputError("two rulesets have the same name", where=where, mend="rename one")
    # What an export has beside them (id, dates, links) is GitHub's own.
    return tuple({key: ruleset[key] for key in _KEYS if key in ruleset} for ruleset in rulesets)


def read(client: Client) -> tuple[Ruleset, ...]:
    """The repository's own rulesets in full, without those of its organisation. Raises GitHubError."""
    return tuple(client.get(client.path("rulesets", one.id), dict[str, Any], _READ) for one in _own(client))


def of_branch(client: Client, branch: str) -> tuple[Ruleset, ...]:
    """The rules that hold for a branch, those of its organisation, too: `type` and `parameters`. Raises GitHubError."""
    return tuple(client.pages(client.path("rules", "branches", branch), dict[str, Any], _READ))


def compare(client: Client, wanted: Sequence[Ruleset]) -> tuple[Difference, ...]:
    """The rulesets that are missing, or that differ in what is wanted of them. Raises GitHubError."""
    there = {ruleset["name"]: ruleset for ruleset in read(client)}
    found = []
    for ruleset in wanted:
        actual = there.get(ruleset["name"])
        if actual and "bypass_actors" in ruleset and "bypass_actors" not in actual:
            raise unseen(f"who may bypass the ruleset {ruleset['name']}", client.access.repository, _WRITE)
        keys = missing(ruleset, actual) if actual else tuple(ruleset)
        if keys:
            found.append(Difference(ruleset, actual["id"] if actual else None, keys))
    return tuple(found)


def apply(client: Client, differences: Sequence[Difference]) -> None:
    """Make the missing rulesets and change those that differ; doing it twice does it once. Raises GitHubError."""
    for difference in differences:
        body = dict(difference.ruleset)
        if difference.id is not None:
            client.put("PUT", client.path("rulesets", difference.id), body, msgspec.Raw, _WRITE)
            continue
        name = difference.ruleset["name"]

        def happened(name: str = name) -> msgspec.Raw | None:
            return msgspec.Raw(b"{}") if any(one.name == name for one in _own(client)) else None

        if happened() is None:
            client.once(client.path("rulesets"), body, msgspec.Raw, _WRITE, happened)


def _own(client: Client) -> tuple[_Listed, ...]:
    every = client.pages(client.path("rulesets"), _Listed, _READ, includes_parents="false")
    return tuple(one for one in every if one.source_type == "Repository")
