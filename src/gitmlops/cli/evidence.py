"""gitmlops evidence"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.show import say

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.records.attestation import Attestation
    from gitmlops.specs.model import Model


@click.group()
def evidence() -> None:
    """Evidence that the gate cannot make itself."""


@evidence.command()
@click.argument("name")
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with.  [default: git's user.signingKey]")
def attest(name: str, key: Path | None) -> None:
    """Sign that a model file gives these predictions, where it was run: for `evidence: attested`.

    Writes two files beside the model file: what is said, and its signature. Commit both.
    """
    from gitmlops.adapters.files import write_atomic
    from gitmlops.adapters.signing import signatures
    from gitmlops.gate.evidence.attesting import NAMESPACE
    from gitmlops.records.canonical import encode
    from gitmlops.registry.files.contents import ATTESTATION, companion
    from gitmlops.specs.model import Model

    repo = workspace.repository()
    model = workspace.definitions(repo).get(Model, name).spec
    content = encode(_statement(repo, model))
    signed = signatures.sign(content, key=key or signatures.configured_key(repo), namespace=NAMESPACE)
    for ending, written in zip(ATTESTATION, (content, signed.encode()), strict=True):
        path = companion(model.artifact, ending)
        write_atomic(repo.root / path, written)
        say(f"{path} written")


def _statement(repo: "Repository", model: "Model") -> "Attestation":
    """What is signed. Raises InputError for a file that is not there, Refusal for what the gate would refuse."""
    from gitmlops.adapters.git.trees import read_file
    from gitmlops.errors import InputError
    from gitmlops.gate.evidence.attesting import of_contents

    evaluation = model.evaluation
    if evaluation.evidence != "attested" or evaluation.predictions is None:
        what, mend = f"its evidence is {evaluation.evidence}", "write `evidence: attested` and `predictions:`"
        raise InputError(what, where=f"evaluation of {model.name}", mend=mend)
    paths = (model.artifact, evaluation.data, evaluation.predictions)
    return of_contents(model, *(read_file(repo.root / path, path) for path in paths))
