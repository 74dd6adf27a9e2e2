"""A look at an evaluation set: a counted verdict on one model file, passed or refused."""

from typing import Literal

from gitmlops.records.canonical import Record


class Look(Record, frozen=True, tag_field="schema", tag="gitmlops/look/1"):
    """One line of the note on an evaluation set.

    model_sha256: of the model file; labels_sha256: of the labels, which name the set: the rows get new columns with
    each feature, and are the same rows; time: of RFC 3339, in UTC, to the microsecond.
    """

    model: str
    model_sha256: str
    labels_sha256: str
    base: str
    head: str
    verdict: Literal["passed", "refused"]
    time: str
    run: str = ""


LOOK_VERSIONS = Look
