"""policies/<id>.yaml: what a model must show before it may be merged."""

from typing import Literal

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Count, Name, SemanticVersion, Share, Text, Threshold

Metric = Literal["roc_auc", "brier", "log_loss", "accuracy", "precision", "recall", "selection_rate", "calibration_gap"]
Enforcement = Literal["advisory", "soft-mandatory", "hard-mandatory"]


class Citation(Spec, frozen=True):
    """The rule that a policy turns into code."""

    citation: Text
    url: str = ""
    reviewed: str = ""


class Scope(Spec, frozen=True):
    """Which models a policy judges: every field that is given must match; none given: every model."""

    models: list[Text] = []
    tags: list[Name] = []
    risk_tier: list[Literal["low", "medium", "high"]] = []


class Slice(Spec, frozen=True):
    """Judge each value of a column on its own; groups under `min_n` rows are `insufficient_evidence`."""

    by: Name
    min_n: Count = 100


class Baseline(Spec, frozen=True):
    """What the candidate is compared with: the version in production, on the same rows."""

    ref: Literal["production"]


class Check(Spec, frozen=True, kw_only=True):
    """One question with a yes or no.

    With `threshold`: metric op threshold, exactly. With `baseline` and `op: noninferior`: the one-sided bound of
    the metric's loss against the baseline, at `confidence`, stays within `margin`.
    """

    id: Name
    title: str = ""
    metric: Metric
    op: Literal[">=", "<=", ">", "<", "noninferior"]
    threshold: Threshold | None = None
    baseline: Baseline | None = None
    margin: Threshold | None = None
    confidence: Share = 0.95
    slice: Slice | None = None
    on_small_n: Literal["insufficient_evidence", "leave_out"] = "insufficient_evidence"
    enforcement: Enforcement


class Policy(Spec, frozen=True, kw_only=True):
    """Checks that belong together: one regulation, one risk, one promise."""

    kind: Literal["policy"]
    id: Name
    version: SemanticVersion
    title: Text
    owner: Text
    source: Citation | None = None
    scope: Scope = Scope()
    checks: list[Check]
