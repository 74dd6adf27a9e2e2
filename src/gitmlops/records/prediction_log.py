"""The prediction log: the contract between whatever serves a model and monitoring.

One row a prediction, Parquet or JSON Lines. In Parquet, features and slices are columns named `feature.<name>` and
`slice.<name>`; keys are `key.<name>`; in JSON Lines they are the objects below.
"""

from gitmlops.records.canonical import Record
from gitmlops.specs.fields import Json

REQUIRED_COLUMNS = ("prediction_id", "time", "model", "version", "score")
FEATURE, SLICE = "feature.", "slice."


class Prediction(Record, frozen=True, tag_field="schema", tag="gitmlops/prediction/1"):
    """One prediction. time: RFC 3339, UTC; score: of the positive class, or the predicted value."""

    prediction_id: str | int
    time: str
    model: str
    version: str
    score: float
    keys: dict[str, Json] = {}
    features: dict[str, Json] = {}
    slices: dict[str, Json] = {}
