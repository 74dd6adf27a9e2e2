"""Predictions that somebody has signed: who, and whether the base takes his word for this model."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from gitmlops.adapters.signing import signatures
from gitmlops.errors import InputError, Refusal
from gitmlops.gate.evidence import making, predictions
from gitmlops.gate.evidence.making import Files
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.records.attestation import ATTESTATION_VERSIONS, Attestation
from gitmlops.records.canonical import decode
from gitmlops.records.receipt import Digest
from gitmlops.registry.files.contents import ATTESTATION, companion, sha256
from gitmlops.specs.model import Model
from gitmlops.specs.project import Attester

NAMESPACE = "gitmlops-attestation"
"""What the signatures are for: one that was made for a commit or an approval says nothing here."""
_LONGEST = 16_384


def of_contents(model: Model, artifact: bytes, rows: bytes, brought: bytes) -> Attestation:
    """What is to be signed of a model file, evaluation rows and predictions.

    Raises Refusal for predictions that the gate would not take.
    """
    evaluation = model.evaluation
    digest = Digest(evaluation.data, sha256(rows), len(rows))
    table = making.table(making.File(digest, rows))
    if evaluation.id not in table.columns:
        raise Refusal(f"there is no column {evaluation.id!r}", where=evaluation.data, mend="write the id of every row")
    predictions.joined(brought, table[evaluation.id], path=str(evaluation.predictions), columns=model.task.predicted)
    return Attestation(model.name, sha256(artifact), digest.sha256, sha256(brought))


def attester(head: Side, model: Model, found: Files, known: Mapping[str, Attester]) -> str:
    """The name of the one that attests the predictions of a model. known: those of the base.

    Raises Refusal if the head has no attestation, or one of something else, by nobody that the base trusts for it.
    """
    path, signed_path = (companion(model.artifact, ending) for ending in ATTESTATION)
    content, signature = _committed(head, path, model), _committed(head, signed_path, model)
    _require_of_these(content, path, model, found)
    for name, one in sorted(known.items()):
        if signatures.signer(content, signature.decode("utf-8", "replace"), keys=one.keys, namespace=NAMESPACE):
            if one.models and not any(fnmatchcase(model.name, pattern) for pattern in one.models):
                mend = f"have {model.name} merged into `models:` of the attester {name} first"
                raise Refusal(f"{name} has signed it, and may not attest this model", where=signed_path, mend=mend)
            return name
    what = "none of the attesters of the base has signed these bytes"
    mend = "sign it with a key that `attesters:` of gitmlops.yaml has on the base, or have that key merged first"
    raise Refusal(what, where=signed_path, mend=mend)


def _committed(head: Side, path: str, model: Model) -> bytes:
    if not head.tree.digest(path):
        mend = f"run `gitmlops evidence attest {model.name}` where the predictions are made, and commit what it writes"
        raise Refusal("there is no attestation", where=path, mend=mend)
    content = head.tree.read(path)
    if len(content) > _LONGEST:
        raise Refusal(f"longer than {_LONGEST} bytes", where=path, mend="commit the attestation itself")
    return content


def _require_of_these(content: bytes, path: str, model: Model, found: Files) -> None:
    try:
        said: Attestation = decode(content, ATTESTATION_VERSIONS, path=path)
    except InputError as error:
        raise Refusal(f"no attestation: {error.what}", where=path, mend="attest again") from error
    brought = found.predictions.digest.sha256 if found.predictions else ""
    here = Attestation(model.name, found.artifact.digest.sha256, found.rows.digest.sha256, brought)
    names = {
        "model": "model",
        "model_sha256": "model file",
        "rows_sha256": "evaluation rows",
        "predictions_sha256": "predictions",
    }
    if others := [what for field, what in names.items() if getattr(said, field) != getattr(here, field)]:
        raise Refusal(f"it is of another {' and '.join(others)}", where=path, mend="attest again")
