"""One version as it is compared: what its tag, its commit and the files beside its model say."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.pointers import Output, Stage
from gitmlops.adapters.git.repository import Repository
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError, ToolError
from gitmlops.records.baseline import Baseline
from gitmlops.records.baseline_file import read_baseline
from gitmlops.records.canonical import Record, decode
from gitmlops.records.manifest import Manifest
from gitmlops.registry.files.contents import Contents, companion
from gitmlops.registry.tags.history import Version
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Side:
    """A version. data, code: what the stages that lead to the model file read and none of them made, path -> digest:
    kept by DVC, and by git; policies: id -> version and blob; steps: these stages, name -> command and parameters;
    unread: what could not be looked at.
    """

    version: Version
    data: Mapping[str, str]
    code: Mapping[str, str]
    policies: Mapping[str, tuple[str, str]]
    baseline: Baseline | None = None
    manifest: Manifest | None = None
    steps: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Finding, ...] = ()


def gather(repository: Repository, version: Version, definitions: Definitions) -> Side:
    """A version, by the definitions of its commit. What its commit has not, or nobody has here, is told and left out.

    Raises InputError if DVC's own files of that commit are broken.
    """
    contents, model = Contents(repository, version.commit), definitions.all(Model).get(version.name)
    policies = {
        id_: (placed.spec.version, contents.tree.digest(placed.path)) for id_, placed in definitions.all(Policy).items()
    }
    if model is None:
        return Side(version, {}, {}, policies, unread=(_unread(version, "", "its commit defines no such model"),))
    unread: list[Finding] = []
    artifact = model.spec.artifact
    outputs = pointers.read(contents.tree)
    made = pointers.stages(contents.tree)
    leading = _leading(made, artifact)
    inputs = dict(_inputs(leading, made))
    under_dvc = {path for path in inputs if pointers.covering(path, outputs)}
    return Side(
        version=version,
        data={path: digest for path, digest in inputs.items() if path in under_dvc},
        code={path: digest for path, digest in inputs.items() if path not in under_dvc},
        policies=policies,
        baseline=_record(contents, version, companion(artifact, ".baseline.json"), read_baseline, unread),
        manifest=_record(contents, version, companion(artifact, ".manifest.json"), _manifest, unread),
        steps={f"stage {stage.name}": stage.settings for stage in leading},
        unread=tuple(unread),
    )


def _leading(stages: tuple[Stage, ...], artifact: str) -> tuple[Stage, ...]:
    """The stages that lead to a file, the last one first."""
    made: dict[str, Output] = {output.path: output for stage in stages for output in stage.outputs}
    by_name = {stage.name: stage for stage in stages}
    wanted, found = [artifact], dict[str, Stage]()
    while wanted:
        for output in pointers.held(wanted.pop(), made).values():
            if output.stage not in found:
                found[output.stage] = by_name[output.stage]
                wanted += [dependency.path for dependency in by_name[output.stage].dependencies]
    return tuple(found.values())


def _inputs(leading: tuple[Stage, ...], stages: tuple[Stage, ...]) -> Iterator[tuple[str, str]]:
    """What these stages read and none of all made, with the digest of when they last ran."""
    made: dict[str, Output] = {output.path: output for stage in stages for output in stage.outputs}
    for stage in leading:
        for dependency in stage.dependencies:
            if not pointers.held(dependency.path, made):
                yield dependency.path, dependency.md5


def _record(
    contents: Contents, version: Version, path: str, read: Callable[[bytes, str], R], unread: list[Finding]
) -> R | None:
    if not contents.pin(path):
        return None
    try:
        return read(contents.read(path), path)
    except (InputError, ToolError) as error:
        unread.append(_unread(version, path, error.what))
        return None


def _manifest(content: bytes, path: str) -> Manifest:
    manifest: Manifest = decode(content, Manifest, path=path)
    return manifest


def _unread(version: Version, path: str, why: str) -> Finding:
    mend = "fetch it: `dvc fetch`" if path else ""
    return Finding("unread", Severity.WARNING, f"{version.version}: {why}", Location(path) if path else None, mend)
