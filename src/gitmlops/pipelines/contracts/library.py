"""Component contracts: the library's, read as files of the package, the repository's own, and other repositories'."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.pipelines.contracts.sources import Source, parse
from gitmlops.report import raise_errors
from gitmlops.specs import reader
from gitmlops.specs.component import Component, Input, Output, Resources
from gitmlops.specs.hints import nearest
from gitmlops.specs.pipeline import Pipeline, Step, Written
from gitmlops.specs.yaml import compose

CONTRACT = "component.yaml"
LIBRARY_FOLDER = Path(__file__).parents[2] / "components"
_LIBRARY = re.compile(r"gitmlops/([^@/]+)@([^@/]+)")
_LOCAL = re.compile(r"\./components/([^/]+)")


@dataclass(frozen=True)
class Contract:
    """A component's contract, or what a command declares.

    folder: where it lies in the repository, empty for the library's; source: the other repository's that it is from;
    command: the command as it is written, empty for a component.
    """

    spec: Component
    folder: str = ""
    source: str = ""
    command: str = ""

    @property
    def uses(self) -> str:
        """What a step writes to use it; empty for a command."""
        if self.command:
            return ""
        return self.source or (f"./{self.folder}" if self.folder else f"gitmlops/{self.spec.name}@{self.spec.version}")


@cache
def library() -> tuple[Contract, ...]:
    """The contracts of the library, by name; no component's code is imported."""
    return tuple(Contract(_read(path)) for path in sorted(LIBRARY_FOLDER.glob(f"*/{CONTRACT}")))


def local(definitions: Definitions) -> tuple[Contract, ...]:
    """The contracts of the repository's own components, by name."""
    placed = [item for name, item in definitions.all(Component).items() if "/" not in name]
    return tuple(Contract(item.spec, item.path.removesuffix(f"/{CONTRACT}")) for item in placed)


def imported(definitions: Definitions) -> tuple[Contract, ...]:
    """The contracts of other repositories' components that pipelines use and that are here, by what steps write."""
    wanted = sorted(source_of(definitions))
    return tuple(
        _imported(definitions, parse(uses)) for uses in wanted if parse(uses).key in definitions.all(Component)
    )


def source_of(definitions: Definitions) -> dict[str, Source]:
    """Where the components of other repositories are that pipelines use, by what steps write."""
    pipelines = [placed.spec for placed in definitions.all(Pipeline).values()]
    uses = {step.uses for pipeline in pipelines for step in pipeline.steps.values() if step.uses}
    found = {}
    for text in sorted(uses):
        try:
            found[text] = parse(text)
        except InputError:  # told at its place by the wiring
            continue
    return found


def of_step(definitions: Definitions, name: str, step: Step) -> Contract:
    """The contract of a step: its component's, or what its command declares.

    Raises InputError with the nearest component if there is none.
    """
    if step.run is None:
        return find(definitions, step.uses or "")
    # What a command makes of a path is its own affair: one or several, of any type.
    inputs = {key: Input("any", "", optional=True, many=True) for key in step.inputs}
    outputs = {key: _output(to) for key, to in step.outputs.items()}
    spec = Component(
        kind="component",
        name=name,
        version="v1",
        owner="this pipeline",
        description=step.run,
        inputs=inputs,
        outputs=outputs,
        deterministic=step.deterministic is not False,
        resources=step.resources or Resources(),
        entry="-",
    )
    return Contract(spec, command=step.run)


def find(definitions: Definitions, uses: str) -> Contract:
    """The contract that a step's `uses` names. Raises InputError with the nearest one if there is none."""
    if match := _LIBRARY.fullmatch(uses):
        return _from_library(*match.groups())
    if uses.startswith("git+"):
        return _imported(definitions, parse(uses))
    if not _LOCAL.fullmatch(uses):
        mend = (
            "write gitmlops/NAME@vN for one of the library, ./components/NAME for one of this repository, "
            "git+https://HOST/PATH@COMMIT//FOLDER for one of another"
        )
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


def _imported(definitions: Definitions, source: Source) -> Contract:
    known = definitions.all(Component)
    if source.key not in known:
        raise InputError(f"{source.name} is not fetched yet", mend="run `gitmlops pipeline compile`")
    spec = replace(known[source.key].spec, name=source.name)
    return Contract(spec, source.folder, source.uses)


def _output(to: str | Written) -> Output:
    if isinstance(to, str):
        return Output("any", "")
    return Output(to.type, "", cache=to.cache, metric=to.metric, plot=to.plot)


def _read(path: Path) -> Component:
    spec, wrong = reader.read(compose(path.read_bytes(), path=str(path))[0], Component, path=str(path))
    raise_errors(wrong)
    assert spec is not None  # noqa: S101 - no findings, hence a value
    return spec
