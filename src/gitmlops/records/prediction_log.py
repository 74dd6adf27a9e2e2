"""The prediction log: the contract between whatever serves a model and monitoring.

Parquet, one row a prediction: `prediction_id` (a whole number or text), `time` (a timestamp, or RFC 3339 text, in UTC),
`model`, `version` (a registered one, as in v1.0.0), `score` (of the positive class, in 0..1), and what the model saw as
columns `feature.<name>` and `slice.<name>`. With the keys of the entities as `key.<name>`, `feature skew` can tell
whether what the model saw is what was known. `Prediction` is the same row as an object, for who writes JSON.
"""

from gitmlops.records.canonical import Record
from gitmlops.specs.fields import Json

REQUIRED_COLUMNS = ("prediction_id", "time", "model", "version", "score")
FEATURE, SLICE, KEY = "feature.", "slice.", "key."


class Prediction(Record, frozen=True, tag_field="schema", tag="gitmlops/prediction/1"):
    """One prediction. time: RFC 3339, UTC; score: of the positive class; keys, features, slices: values by name."""

    prediction_id: str | int
    time: str
    model: str
    version: str
    score: float
    keys: dict[str, Json] = {}
    features: dict[str, Json] = {}
    slices: dict[str, Json] = {}
