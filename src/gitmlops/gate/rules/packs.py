"""The packs of regulations: policies that come with the release, read from where it is installed, not from a branch."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gitmlops.definitions import Placed
from gitmlops.report import raise_errors
from gitmlops.specs import reader
from gitmlops.specs.policy import Policy
from gitmlops.specs.yaml import compose

PREFIX = "gitmlops/"
"""Begins the name of every pack where a policy extends it; no policy of a repository can have such an id."""
FOLDER = Path(__file__).parent.parent / "regulations"


@dataclass(frozen=True)
class Pack:
    """A regulation as checks. sha256: of its file, which a receipt names; content: the file."""

    policy: Policy
    sha256: str
    content: bytes

    @property
    def name(self) -> str:
        """`gitmlops/ID@VERSION`, as a policy extends it."""
        return f"{PREFIX}{self.policy.id}@{self.policy.version}"

    @property
    def pinned(self) -> str:
        """Its name with its digest, as receipts name it."""
        return f"{self.name} sha256:{self.sha256}"


@cache
def packs() -> Mapping[str, Pack]:
    """Every pack of this release by its id, sorted. Raises InputErrors if one is wrong."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def placed(pack: Pack) -> Placed[Policy]:
    """The pack with the places of its values, which are no places of the repository."""
    path = f"gitmlops/regulations/{pack.policy.id}.yaml"
    return Placed(pack.policy, path, lambda: compose(pack.content, path=path)[0])


def _read(path: Path) -> Pack:
    content = path.read_bytes()
    (root,) = compose(content, path=str(path))
    policy, findings = reader.read(root, Policy, path=str(path))
    raise_errors(findings)
    if policy is None or policy.id != path.stem:
        raise AssertionError(f"{path} is no pack of its name")
    return Pack(policy, hashlib.sha256(content).hexdigest(), content)
