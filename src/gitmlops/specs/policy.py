"""policies/<id>.yaml: what a model must show before it may be merged."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Count, Day, Duration, Name, SemanticVersion, Text, Threshold
from gitmlops.specs.project import Approvers

Metric = Literal[
    "roc_auc", "average_precision", "brier", "log_loss", "calibration_gap", "expected_calibration_error",
    "accuracy", "balanced_accuracy", "matthews", "precision", "recall", "specificity", "f1", "selection_rate",
    "false_positive_rate", "false_negative_rate", "negative_predictive_value",
    "impact_ratio", "demographic_parity_difference", "demographic_parity_ratio", "equalized_odds_difference",
    "equalized_odds_ratio", "equal_opportunity_difference", "equal_opportunity_ratio",
    "predictive_parity_difference", "predictive_parity_ratio",
    "mae", "mse", "rmse", "median_absolute_error", "mape", "wape", "smape", "absolute_bias", "r2",
    "macro_f1", "macro_roc_auc",
    "ndcg", "reciprocal_rank", "mean_average_precision", "precision_at_k", "recall_at_k",
    "model_megabytes", "latency_ms",
    "noise_flips", "noise_auc_loss", "missing_flips", "missing_failures", "outside_failures",
    "largest_importance_share", "idle_features",
    "personal_features", "pii_features", "restricted_features",
    "rows", "positives", "overlapping_ids", "overlapping_entities", "repeated_rows", "early_rows", "single_feature_auc",
    "card_gaps", "untrue_card_values",
    "monitoring_gaps", "monitoring_window_days", "outcome_delay_days", "log_kept_days",
    "document_gaps", "independent_validation_gaps",
    "oversight_gaps", "oversight_review_days", "automated_decisions",
    "late_thresholds",
]  # fmt: skip
MetricName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,63}$|^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?/[A-Za-z_][A-Za-z0-9_]{0,63}$",
        description="write a metric of the reference, or PACKAGE/NAME of an installed plug-in",
        extra_json_schema={"anyOf": [{"enum": [*get_args(Metric)]}, {"pattern": "/"}]},
    ),
]
Operator = Literal[">=", "<=", ">", "<", "noninferior", "no-difference"]
Method = Literal["delong", "normal", "paired-bootstrap", "tango", "newcombe"]
Enforcement = Literal["advisory", "soft-mandatory", "hard-mandatory"]
Confidence = Annotated[float, Meta(ge=0.51, le=0.9999, description="write e.g. 0.95, at least 0.51 and at most 0.9999")]
Extended = Annotated[
    str,
    Meta(
        pattern=(
            r"^(gitmlops/)?[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?"
            r"@(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$"
        ),
        description="write ID@VERSION of a policy of this repository, e.g. base@3.1.0, or gitmlops/ID@VERSION",
    ),
]


class Citation(Spec, frozen=True):
    """The rule that a policy turns into code, its standing, and when somebody last looked.

    effective_to: its last day; superseded_by: what came in its place. A rule that is rescinded, or past its last day,
    is told at every judgement; it judges until the policy is changed.
    """

    citation: Text
    url: str = ""
    status: Literal["draft", "in-force", "under-rescission", "rescinded"] = "in-force"
    effective_from: Day | None = None
    effective_to: Day | None = None
    superseded_by: Text | None = None
    reviewed: Day | None = None


class Scope(Spec, frozen=True):
    """Which models a policy judges: every field that is given must match; none given: every model."""

    models: list[Text] = []
    tags: list[Name] = []
    risk_tier: list[Literal["low", "medium", "high"]] = []


class Slice(Spec, frozen=True):
    """Judge each value of a column on its own, or of each of several columns; each combination, too, if asked.

    pool: column -> name of a pool -> the values that are judged as one group of that name, as each alone is too small.
    """

    by: Name | list[Name]
    intersectional: bool = False
    pool: dict[Name, dict[Text, list[Text]]] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order in which they are written."""
        return (self.by,) if isinstance(self.by, str) else tuple(self.by)


class Baseline(Spec, frozen=True):
    """What the candidate is compared with, on the same rows.

    ref: the version in production; anchor: the first version of the highest major, too: a model may not sink below it
    by many steps of which each is within its margin.
    """

    ref: Literal["production"]
    anchor: Literal["last-major"] | None = None


class AskedDocument(Spec, frozen=True):
    """A document that a model must name, e.g. a datasheet, a dpia, a validation-report.

    bound_to: what it must be about as it is now: all data that the model is made from, or this model file;
    max_age: how old it may be, by its date and today's; without it, it does not age; headings: what its headings must
    begin with, numbers aside, in a Markdown file.
    """

    kind: Name
    bound_to: Literal["data_digest", "model_digest"] | None = None
    max_age: Duration | None = None
    headings: list[Text] = []


class Evidence(AskedDocument, frozen=True):
    """A document that policies ask for, as a check `evidence-KIND` of the policy: waivers name it so.

    citation: the part of the policy's source that asks for it; not_decided: what its being there does not say.
    """

    title: str = ""
    citation: str = ""
    enforcement: Enforcement = "hard-mandatory"
    not_decided: list[Text] = []


class Check(Spec, frozen=True, kw_only=True):
    """One question with a yes or no.

    With `threshold`: metric op threshold, exactly; `decide: bound` asks it of the metric's one-sided limit at
    `confidence` in place of its value. With `baseline` and `op: noninferior`: the one-sided lower limit of the gain
    over the baseline lies above -margin; `op: no-difference`: McNemar's test sees no difference.
    resample_unit: the column whose rows belong together (default: the model's `evaluation.entity`);
    min_n, min_positives, min_negatives: the least rows judged, of all or of each group (of a group 100 by default);
    of_class: of a multiclass model, the class that is judged against all others, as the label 1 of two classes is;
    k: of a ranking, how many of the first are looked at, all without it; rows of a ranking are its queries;
    citation: the part of the policy's source that it is of; document: the one that `document_gaps` is about;
    not_decided: what the check says nothing about and people must decide, one sentence each.
    """

    id: Name
    title: str = ""
    citation: str = ""
    metric: MetricName
    op: Operator
    threshold: Threshold | None = None
    decide: Literal["point", "bound"] = "point"
    baseline: Baseline | None = None
    margin: Threshold | None = None
    confidence: Confidence = 0.95
    method: Method | None = None
    resample_unit: Name | None = None
    slice: Slice | None = None
    of_class: Text | None = None
    k: Annotated[int, Meta(ge=1, le=100_000, description="write a whole number, 1 or more")] | None = None
    min_n: Count | None = None
    min_positives: Count = 0
    min_negatives: Count = 0
    on_small_n: Literal["insufficient_evidence", "leave_out"] = "insufficient_evidence"
    enforcement: Enforcement
    not_decided: list[Text] = []
    document: AskedDocument | None = None


class Waivers(Spec, frozen=True):
    """Who may let a soft-mandatory check be missed, and for how long at most.

    by_repositories: whether waivers of the repositories that are judged count where they are required to be judged by
    this policy; without it nobody waives it there.
    """

    role: Name = "risk-sme"
    at_most: Duration = "90d"
    by_repositories: bool = False


class Approval(Spec, frozen=True):
    """So many people of a role must approve before a model may be merged: by reviews on GitHub, signed notes elsewhere.

    not: for readers; whoever opened the change, wrote a commit of it or pushed to it last never counts, named here or
    not. One person fills one place, whatever roles they have. No waiver stands in for an approval.
    """

    role: Name
    count: Approvers = 1
    not_: list[Literal["author", "last-pusher"]] = field(name="not", default_factory=lambda: ["author", "last-pusher"])


class Policy(Spec, frozen=True, kw_only=True):
    """Checks that belong together: one regulation, one risk, one promise.

    extends: policies of this repository, and packs that come with gitmlops (`gitmlops/ID@VERSION`), whose checks and
    approvals hold in this one's scope, too; a check of the same id, or an approval of the same role, replaces theirs,
    and may only be tighter. A pack leaves open what its law does not say (a threshold, the columns of a slice): a check
    of the same id then says it.
    not_decided: what no check of it decides and people must, one sentence each: every report says so.
    looks: how many model files may be judged on one evaluation set: checks that decide by a limit divide their alpha
    among them, and refuse once they are spent. Without it there is no end, and each look has less than the one before.
    """

    kind: Literal["policy"]
    id: Name
    version: SemanticVersion
    title: Text
    owner: Text
    source: Citation | None = None
    extends: list[Extended] = []
    scope: Scope = Scope()
    checks: list[Check] = []
    evidence: list[Evidence] = []
    approvals: list[Approval] = []
    waivers: Waivers = Waivers()
    looks: Annotated[int, Meta(ge=1, le=1000, description="write how many looks, 1 to 1000")] | None = None
    not_decided: list[Text] = []
