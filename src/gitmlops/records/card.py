"""The model card's facts; `package` renders them to Markdown for people."""

import msgspec

from gitmlops.records.canonical import Record


class CardMetric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric on the evaluation rows with its 95 % interval; `slice` is `column=value`, or empty for all rows.

    lower, upper: None where no interval was shown to hold.
    """

    name: str
    value: float
    lower: float | None
    upper: float | None
    n: int
    slice: str = ""


class Card(Record, frozen=True, tag_field="schema", tag="gitmlops/card/1"):
    """What a model is for, what it was made of, how it does, where it must not be used."""

    model: str
    owner: str
    risk_tier: str
    intended_use: str
    not_intended_for: str
    features: tuple[str, ...]
    training_rows: int
    trained_from: str
    trained_until: str
    evaluation_rows: int
    estimator: str
    metrics: tuple[CardMetric, ...]
    limits: tuple[str, ...] = ()
