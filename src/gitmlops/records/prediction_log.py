"""The prediction log: the contract between whatever serves a model and monitoring.

Parquet or JSON Lines, also side by side, one row a prediction: `prediction_id` (a whole number or text), `time` (a
timestamp, or RFC 3339 text, in UTC), `model`, `version` (a registered one, as in v1.0.0), what it predicted, and what
the model saw as columns `feature.<name>` and `slice.<name>`. What it predicted is, by the kind of its task: `score` (of
the positive class of two, 0..1), `score_<class>` for each of several classes (0..1, their sum within 0.01 of 1; they
are divided by it), or `prediction` (a finite number). With the keys of the entities as `key.<name>`, `feature skew` can
tell whether what the model saw is what was known, and monitoring which rows belong together. `Prediction` is the same
row as an object: a line of JSON Lines (`.jsonl`, `.ndjson`, also with `.gz` or what a rotation puts behind the name),
whose members may be written flat, too (`"feature.amount": 812`). NaN and Infinity are no words of JSON; leave the key
out, or write null.
"""

from gitmlops.records.canonical import Record
from gitmlops.specs.fields import Json

NAMING_COLUMNS = ("prediction_id", "time", "model", "version")
REQUIRED_COLUMNS = (*NAMING_COLUMNS, "score")
FEATURE, SLICE, KEY = "feature.", "slice.", "key."
CLASS = "score_"
"""What the column of a class's probabilities begins with."""


class Prediction(Record, frozen=True, tag_field="schema", tag="gitmlops/prediction/1"):
    """One prediction. time: RFC 3339, UTC; keys, features, slices: values by name.

    score: of the positive class of two; scores: of each class of several, by its name; prediction: a number.
    """

    prediction_id: str | int
    time: str
    model: str
    version: str
    score: float | None = None
    scores: dict[str, float] = {}
    prediction: float | None = None
    keys: dict[str, Json] = {}
    features: dict[str, Json] = {}
    slices: dict[str, Json] = {}
