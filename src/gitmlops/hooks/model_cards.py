"""Model cards: a model file that a commit brings has one, and it says what the model's definition says."""

from collections.abc import Iterator, Mapping

from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.git.trees import StagedTree
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.hooks.findings import of_error
from gitmlops.registry.files import written_card
from gitmlops.registry.files.contents import companion
from gitmlops.report import Finding, Location, Report, Severity
from gitmlops.specs.model import Model

_SHOWN = 5


def check(definitions: Definitions, tree: StagedTree) -> Report:
    """A finding for each model file without a card, and for each card that lacks something or says otherwise."""
    models = definitions.all(Model)
    try:
        outputs = pointers.read(tree)
    except InputError as error:
        return Report("Model cards", (of_error(error, rule="model-card", path="dvc.lock"),))
    findings = tuple(finding for one in models.values() for finding in _of_model(one, tree, outputs))
    return Report("Model cards", findings, summary=(f"{len(models)} models, {len(findings)} findings",))


def _of_model(model: Placed[Model], tree: StagedTree, outputs: Mapping[str, Output]) -> Iterator[Finding]:
    artifact = model.spec.artifact
    path = companion(artifact, ".card.md")
    if not tree.digest(artifact) and artifact not in outputs:
        return  # nothing was trained yet
    if not tree.digest(path):
        if path not in outputs:  # a card under DVC is the gate's to read
            message = f"the model {model.spec.name!r} has a file and no card: there is no {path}"
            yield _finding(message, model.at("artifact"), "add the card that the step `package` writes, or write one")
        return
    try:
        written = written_card.read(tree.read(path).decode())
    except UnicodeDecodeError:
        yield _finding("not UTF-8 text", Location(path), "save the file as UTF-8")
        return
    gaps = [*written_card.missing(model.spec, written)]
    if gaps:
        more = f" and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
        message = f"missing, or not as {model.path} says: {', '.join(gaps[:_SHOWN])}{more}"
        yield _finding(message, Location(path), "run the pipeline again, which writes the card, or mend it")


def _finding(message: str, place: Location, mend: str) -> Finding:
    return Finding("model-card", Severity.ERROR, message, place, mend)
