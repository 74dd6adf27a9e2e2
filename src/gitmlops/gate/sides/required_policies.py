"""Policies of another repository, fetched at one commit: read as blobs, checked before anything is judged by them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from gitmlops.adapters.git import elsewhere
from gitmlops.adapters.git.elsewhere import Resolved
from gitmlops.definitions import KINDS, PROJECT_FILE, Definitions, Files, Placed, load
from gitmlops.errors import InputError, UsageError
from gitmlops.gate.rules import wiring
from gitmlops.gate.rules.required import Required
from gitmlops.records.receipt import Digest
from gitmlops.report import Location, raise_errors
from gitmlops.specs.base import Spec
from gitmlops.specs.fields import GitUrl, Revision
from gitmlops.specs.policy import Policy

_FOLDER = KINDS["policy"][0].rpartition("/")[0]
# The address may have one `@`, before its host; a ref may have some, as the tags of GTO do.
_ADDRESS = re.compile(r"(?P<url>(?:https|file)://[^@]+|(?:ssh://)?(?:[^@/:]+@)?[^@]+)@(?P<ref>.+)")


class Address(msgspec.Struct, frozen=True):
    """Where the policies are: a repository, and a tag, a branch or a commit of it."""

    url: GitUrl
    ref: Revision


def address(text: str) -> Address:
    """What `GIT_URL@REF` names. Raises UsageError if it is none."""
    match = _ADDRESS.fullmatch(text)
    try:
        return msgspec.convert(match.groupdict() if match else {}, Address)
    except msgspec.ValidationError:
        what = f"{text!r} names no policies of another repository; write GIT_URL@REF"
        raise UsageError(what, mend="e.g. https://github.com/acme/policies.git@v1.0.0, or a whole commit SHA") from None


def fetch(asked: Address) -> Required:
    """The policies of the commit that the ref names now; a ref that moves is another commit the next time.

    Raises ToolError if the repository cannot be reached; InputError if there is no such ref, or no policy;
    InputErrors if anything in a policy is wrong: what it asks is not known then, and nothing may be judged without it.
    """
    resolved: Resolved = elsewhere.resolve(asked.url, asked.ref)
    with elsewhere.fetched(asked.url, resolved) as there:
        commit = there.commit
        contents = there.read(entry for entry in there.listed(_FOLDER) if entry.path.endswith((".yaml", ".yml")))
    where = f"{asked.url}@{commit[:12]}"
    definitions = _elsewhere(load(Files(contents)), where)
    raise_errors((*definitions.findings, *wiring.of_policies(definitions)))
    if not definitions.all(Policy):
        mend = f"put policies into {_FOLDER}/ there, or name another repository"
        raise InputError(f"there is no policy in {_FOLDER}/", where=where, mend=mend)
    files = (Digest(path, hashlib.sha256(content).hexdigest(), len(content)) for path, content in contents.items())
    return Required(asked.url, asked.ref, commit, definitions, tuple(files))


def _elsewhere(found: Definitions, where: str) -> Definitions:
    """The definitions with places that lead to where they come from."""
    policies: Mapping[str, Placed[Spec]] = {
        name: Placed(one.spec, f"{where}:{one.path}", one.root) for name, one in found.all(Policy).items()
    }
    findings = (replace(one, location=_moved(one.location, where)) for one in found.findings)
    return Definitions(None, {"policy": policies}, tuple(one for one in findings if one.location))


def _moved(place: Location | None, where: str) -> Location | None:
    """The place as it is named from here; None for the project file, of which nothing is asked there."""
    return replace(place, path=f"{where}:{place.path}") if place and place.path != PROJECT_FILE else None
