"""What a signer says of predictions: this model file gives them for these rows."""

from gitmlops.records.canonical import Record


class Attestation(Record, frozen=True, tag_field="schema", tag="gitmlops/attestation/1"):
    """What is signed, as a file beside the model's; the signature is of the file's bytes.

    It names all that it is about, so that it says nothing of anything else it is copied to. model: the name of the
    definition; the others: hex SHA-256 of the model file, of the evaluation rows, and of the predictions.
    """

    model: str
    model_sha256: str
    rows_sha256: str
    predictions_sha256: str


ATTESTATION_VERSIONS = Attestation
