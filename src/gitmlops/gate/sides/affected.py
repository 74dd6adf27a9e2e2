"""Which models a branch touches."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from gitmlops.adapters.dvc import pointers
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError
from gitmlops.features.wiring.selection import closure
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.pipelines.compiling import code
from gitmlops.pipelines.contracts import library
from gitmlops.pipelines.contracts.library import Contract
from gitmlops.registry.files.contents import ATTESTATION, COMPANIONS, companion
from gitmlops.specs.document import Document
from gitmlops.specs.fields import Json
from gitmlops.specs.model import Model
from gitmlops.specs.pipeline import Pipeline


@dataclass(frozen=True)
class Affected:
    """A model, and the paths by which it differs from the base, sorted."""

    name: str
    paths: tuple[str, ...]


def affected(base: Side, head: Side) -> tuple[Affected, ...]:
    """The models of the head of which anything differs: definition, pipeline, components, features, data, artifact,
    and what lies beside it: card, baseline, manifest.

    Files are compared by digest, never by `git diff`, which a repository can teach to look away.
    """
    found = []
    for name in sorted(head.definitions.all(Model)):
        before, after = _pieces_of_base(base, name), pieces(head, name)
        if paths := tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path))):
            found.append(Affected(name, paths))
    return tuple(found)


def pieces(side: Side, name: str) -> Mapping[str, str]:
    """Path -> digest of everything that a model is made of. Raises InputError if it names what is not there."""
    placed = side.definitions.get(Model, name)
    model = placed.spec
    project = side.definitions.project
    paths = {
        placed.path,
        *judged_on(model),
        *beside(model),
        *_documents(side.definitions, model),
        *(companion(model.artifact, ending) for ending in ATTESTATION),
        *(closure(side.definitions, side.tree, model.feature_set) if model.feature_set else ()),
        *(_of_pipeline(side, model.pipeline) if model.pipeline else of_stages(side, model)),
        *([project.environment] if project and project.environment else []),
    }
    digests = {path: side.content(path) for path in paths}
    return {path: digest for path, digest in digests.items() if digest}


def of_stages(side: Side, model: Model) -> frozenset[str]:
    """What hand-written stages have made the model and its evidence from, step by step, and the dvc.yaml of each."""
    stages = pointers.stages(side.tree)
    found: set[str] = set()
    wanted = [*judged_on(model)]
    while wanted:
        path = wanted.pop()
        for stage in (one for one in stages if pointers.held(path, {out.path: out for out in one.outputs})):
            new = {stage.described_in, *(read.path for read in stage.dependencies)} - found
            found |= new
            wanted += sorted(new)
    return frozenset(found)


def _of_pipeline(side: Side, name: str) -> Iterator[str]:
    """The pipeline's file, its components, and all that its arguments name."""
    pipeline = side.definitions.get(Pipeline, name)
    contracts = tuple(_contracts(side.definitions, pipeline.spec))
    folders = tuple(f"{contract.folder}/" for contract in contracts if contract.folder)
    yield pipeline.path
    yield from (path for path in side.tree.paths() if path.startswith(folders))
    yield from (path for contract in contracts for path in code.files(side.tree, contract))
    yield from _arguments(pipeline.spec)


def judged_on(model: Model) -> tuple[str, ...]:
    """The files that a verdict on a model rests on: its own, evaluation rows, labels, and predictions if it has any."""
    evaluation = model.evaluation
    brought = (evaluation.predictions,) if evaluation.predictions else ()
    return (model.artifact, evaluation.data, evaluation.labels, *brought)


def beside(model: Model) -> tuple[str, ...]:
    """Where the card, the baseline and the manifest of a model are, if there are any."""
    return tuple(companion(model.artifact, ending) for ending in COMPANIONS)


def removed(base: Definitions, head: Definitions) -> tuple[str, ...]:
    """Names of the models that the head no longer has, sorted."""
    return tuple(sorted(set(base.all(Model)) - set(head.all(Model))))


def _pieces_of_base(base: Side, name: str) -> Mapping[str, str]:
    """Nothing where the base has no such model, or a broken one: then everything differs."""
    try:
        return pieces(base, name)
    except InputError:
        return {}


def _documents(definitions: Definitions, model: Model) -> Iterator[str]:
    """The documents that a model names, and what says of each what it is about."""
    known = definitions.all(Document)
    for name in model.documents:
        if name in known:
            yield from (known[name].path, known[name].spec.file)


def _contracts(definitions: Definitions, pipeline: Pipeline) -> Iterator[Contract]:
    for name, step in pipeline.steps.items():
        with suppress(InputError):  # a component that is not there is told by `check`, and is no file of a model
            yield library.of_step(definitions, name, step)


def _arguments(pipeline: Pipeline) -> Iterator[str]:
    """Every text that a parameter or a step is given: some of them name data that the model is trained on."""
    yield from _texts(pipeline.params)
    for step in pipeline.steps.values():
        yield from _texts(step.given)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)
