"""Component contracts: the library's, read as files of the package, and the repository's own."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.report import raise_errors
from gitmlops.specs import reader
from gitmlops.specs.component import Component
from gitmlops.specs.hints import nearest
from gitmlops.specs.yaml import compose

CONTRACT = "component.yaml"
LIBRARY_FOLDER = Path(__file__).parent.parent / "components"
_LIBRARY = re.compile(r"gitmlops/([^@/]+)@([^@/]+)")
_LOCAL = re.compile(r"\./components/([^/]+)")


@dataclass(frozen=True)
class Contract:
    """A component's contract; `folder` is where it lies in the repository, empty for the library's."""

    spec: Component
    folder: str = ""

    @property
    def uses(self) -> str:
        """What a step writes to use it."""
        return f"./{self.folder}" if self.folder else f"gitmlops/{self.spec.name}@{self.spec.version}"


@cache
def library() -> tuple[Contract, ...]:
    """The contracts of the library, by name; no component's code is imported."""
    return tuple(Contract(_read(path)) for path in sorted(LIBRARY_FOLDER.glob(f"*/{CONTRACT}")))


def local(definitions: Definitions) -> tuple[Contract, ...]:
    """The contracts of the repository's own components, by name."""
    placed = definitions.all(Component).values()
    return tuple(Contract(item.spec, item.path.removesuffix(f"/{CONTRACT}")) for item in placed)


def find(definitions: Definitions, uses: str) -> Contract:
    """The contract that a step's `uses` names. Raises InputError with the nearest one if there is none."""
    if match := _LIBRARY.fullmatch(uses):
        return _from_library(*match.groups())
    if not _LOCAL.fullmatch(uses):
        mend = "write gitmlops/NAME@vN for one of the library, ./components/NAME for one of this repository"
        raise InputError(f"{uses!r} names no component", mend=mend)
    contracts = {contract.uses: contract for contract in local(definitions)}
    if uses not in contracts:
        raise InputError(f"there is no {uses}/{CONTRACT}", mend=nearest(uses, contracts))
    return contracts[uses]


def _from_library(name: str, version: str) -> Contract:
    contracts = {contract.spec.name: contract for contract in library()}
    if name not in contracts:
        raise InputError(f"the library has no component {name!r}", mend=nearest(name, contracts))
    contract = contracts[name]
    if version != contract.spec.version:
        raise InputError(f"the library has {contract.uses}, not {version}", mend=f"write {contract.uses}")
    return contract


def _read(path: Path) -> Component:
    spec, wrong = reader.read(compose(path.read_bytes(), path=str(path))[0], Component, path=str(path))
    raise_errors(wrong)
    assert spec is not None  # noqa: S101 - no findings, hence a value
    return spec
