"""Models that meet changed rows, and what checks of them come to."""

import pandas
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier
from tests.gate_lab import DEFINITIONS, dumped, frame, rows
from tests.unit.gate.candidates import candidate, side

from gitmlops.gate.families.candidate import Candidate

METRICS = frozenset(
    {
        "noise_flips",
        "noise_auc_loss",
        "missing_flips",
        "missing_failures",
        "outside_failures",
        "largest_importance_share",
        "idle_features",
        "latency_ms",
    }
)
VIEW = str(DEFINITIONS["features/views/rows.yaml"])


def tried(model: BaseEstimator | None = None, *, view: str = VIEW, table: pandas.DataFrame | None = None) -> Candidate:
    """A candidate of which every metric is asked that needs changed rows."""
    return candidate(
        head=side(features__views__rows=view),
        artifact=dumped(model) if model is not None else None,
        table=table,
        asked=METRICS,
    )


def tolerant() -> HistGradientBoostingClassifier:
    """A model that takes rows with values missing, and takes no notice of `b`."""
    model = HistGradientBoostingClassifier(max_iter=20, random_state=1)
    return model.fit(rows()[["a"]], frame()["late"])
