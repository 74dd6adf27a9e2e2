"""models/<name>.yaml: what a model is for, who answers for it, how it is judged and watched."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.alerts import Alerts
from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Duration, Json, Name, RepositoryPath, Share, Text

RiskTier = Literal["low", "medium", "high"]
TaskKind = Literal["binary", "multiclass", "regression", "ranking", "forecast"]


class Task(Spec, frozen=True):
    """What is predicted, and how it is read.

    binary: the probability of label 1; a score >= `threshold` is the decision 1. multiclass: the probability of each
    of `classes`; the likeliest is the decision. regression: a number. forecast: a number for a `time`; rows of one
    time belong together. ranking: a score by which the rows of each `query` are ordered, high first; the label is the
    relevance, 0 or more. `classes`, `query` and `time` are of their kind alone; the last two are columns of the rows.
    """

    kind: TaskKind
    label: Name
    positive: Literal[1] = 1
    threshold: Share = 0.5
    classes: list[Text] = []
    query: Name | None = None
    time: Name | None = None

    @property
    def predicted(self) -> tuple[str, ...]:
        """The columns of its predictions, beside the id."""
        if self.kind == "multiclass":
            return tuple(f"score_{name}" for name in self.classes)
        return ("prediction",) if self.kind in ("regression", "forecast") else ("score",)


class TimeSplit(Spec, frozen=True):
    """Evaluation rows are later than training rows. A policy asks for it: `early_rows <= 0`.

    time: the column of a row's time, in evaluation and in training rows; horizon: how long a period is, by which
    reports show results from the first evaluation row on; embargo: how long before an evaluation row training must
    have ended, because outcomes are not known at once.
    """

    time: Name
    horizon: Duration
    embargo: Duration | None = None


class Evaluation(Spec, frozen=True):
    """Rows that no model trains on (without labels) and their labels, in files of their own.

    evidence: whose predictions of the rows count: the gate's own (`scored`, of a skops file), those of `predictions`
    signed by one of the base's `attesters:` (`attested`), or those of `predictions` as they are (`declared`);
    entity: the column whose rows belong together (a customer's, a patient's): they are no independent evidence.
    """

    data: RepositoryPath
    labels: RepositoryPath
    id: Name
    entity: Name | None = None
    slices: list[Name] = []
    evidence: Literal["scored", "attested", "declared"] = "scored"
    predictions: RepositoryPath | None = None
    time_split: TimeSplit | None = None


class Windows(Spec, frozen=True):
    """How the prediction log is cut: `7d`, or `month` for calendar months; times are UTC.

    newest: so many windows are judged, whatever is older is told and left out.
    """

    by: Annotated[
        str,
        Meta(
            pattern=r"^([1-9][0-9]{0,5}[smhdw]|month)$",
            description="write month, or a whole number and a unit of s, m, h, d or w, e.g. 7d",
        ),
    ]
    newest: Annotated[int, Meta(ge=20, le=20_000, description="write a number of windows from 20 to 20000")] = 1_000


class Labels(Spec, frozen=True):
    """Where outcomes arrive, and when a window's outcomes are all in.

    selected_by: how rows are chosen that get an outcome at all, e.g. `approved applications`: that there is no loss
    among them then says nothing of the others.
    """

    source: RepositoryPath
    join: Name
    label: Name
    matures_after: Duration = "1d"
    selected_by: Text | None = None


class GroupTable(Spec, frozen=True):
    """Where the groups are that policies compare, of columns that the log has neither as a slice nor as a feature.

    source: a table with a row for each `join`; key: the log's column `key.<key>` that it is joined with, the
    prediction's id without it.
    """

    source: RepositoryPath
    join: Name
    key: Name | None = None


class Retrain(Spec, frozen=True):
    """What starts a retraining pull request, and the pipeline parameters that it moves.

    on: alarms; `age` is of what it learned from (`staleness: max_age`), `fairness` of promises about groups.
    Values may use `{{ window.start }}`, `{{ window.end }}` and `{{ window.before }}`: the first and the last day of the
    alarm's window, and the day before it.
    """

    on: list[Literal["performance", "estimated-performance", "drift", "fairness", "age"]]
    set: dict[Name, Json]


class Multivariate(Spec, frozen=True):
    """Numeric features looked at together, when the model is packaged and in each window: `pipeline run` anew after it.

    columns: which ones, all without it; explained: the share of their variance that principal components keep. What is
    watched is how far rows are from what these span.
    """

    columns: list[Name] = []
    explained: Annotated[float, Meta(ge=0.05, le=0.99, description="write a share from 0.05 to 0.99")] = 0.65


class Monitoring(Spec, frozen=True):
    """log: prediction log, a file, a folder or a pattern (`served/**/*.jsonl`) of Parquet and JSON Lines.

    keeps: how long what is written there is kept; alerts: who is told of this model, in place of those whom
    gitmlops.yaml names.
    """

    log: RepositoryPath
    windows: Windows
    labels: Labels | None = None
    groups: GroupTable | None = None
    multivariate: Multivariate | None = None
    keeps: Duration | None = None
    alarm: AlarmRules = AlarmRules()
    retrain: Retrain | None = None
    alerts: Alerts | None = None


class Staleness(Spec, frozen=True):
    """When a model is too old to serve without a look, whatever its inputs do: `monitor run` alarms then.

    max_age: of the newest rows that it learned from; predictions_within: how old the newest prediction may be, without
    it a whole window in which nothing was predicted is a warning; labels_within: how old the last known outcomes may
    be; undecided: so many windows in a row in which nothing could be judged; runs_every: how often monitoring is
    recorded, a warning if a run did not happen; warn_before: how long before the end of `max_age`, of `labels_within`,
    of a waiver or of a document of the model file a warning begins. With any of it, features that are older than their
    views allow are told, too: past `error_after` they alarm.
    """

    max_age: Duration | None = None
    predictions_within: Duration | None = None
    labels_within: Duration | None = None
    undecided: Annotated[int, Meta(ge=1, le=1000, description="write a number of windows, 1 or more")] | None = None
    runs_every: Duration | None = None
    warn_before: Duration = "14d"


class Oversight(Spec, frozen=True, kw_only=True):
    """Which people watch over the model, and what they can do. A policy asks for `oversight_gaps <= 0`.

    by: who they are; acts: whether one of them acts before a decision takes effect, or after it; limits: how they know
    what it can and cannot do; overrules: how they decide otherwise; stops: how they take it out of use;
    reviews: how often they look at what was decided.
    """

    by: Text
    acts: Literal["before", "after"]
    limits: Text | None = None
    overrules: Text | None = None
    stops: Text | None = None
    reviews: Duration | None = None


class Baseline(Spec, frozen=True):
    """Where `pipeline compile` has the baseline beside the model file kept: in git, or under DVC as the model is.

    git: monitoring needs nothing but the repository; dvc: for a baseline that is too large, or to be seen by fewer.
    """

    store: Literal["git", "dvc"] = "git"


class Model(Spec, frozen=True, kw_only=True):
    """One model: its versions are registered from this definition.

    pipeline: whose step writes the model file; none where hand-written stages of dvc.yaml do, or something else;
    feature_set: the features that it reads; columns: what it reads of the evaluation rows where no feature set says so;
    documents: evidence about it or its data that people wrote, by their names in models/documents/;
    protected: attributes of people that it may be judged by, group by group, and must not read: a policy asks for
    `restricted_features <= 0`. Columns of these names count wherever features are computed from them; case does not.
    """

    kind: Literal["model"]
    name: Name
    pipeline: Name | None = None
    artifact: RepositoryPath
    feature_set: Name | None = None
    columns: list[Text] = []
    owner: Text
    risk_tier: RiskTier
    tags: list[Name] = []
    protected: list[Name] = []
    documents: list[Name] = []
    intended_use: Text
    not_intended_for: Text
    task: Task
    evaluation: Evaluation
    monitoring: Monitoring | None = None
    staleness: Staleness | None = None
    baseline: Baseline = Baseline()
    oversight: Oversight | None = None

    @property
    def baseline_path(self) -> str:
        """Where its baseline is: beside the model file."""
        path = PurePosixPath(self.artifact)
        return str(path.with_name(f"{path.stem}.baseline.json"))

    @property
    def entity(self) -> str:
        """The column whose rows are no independent evidence, `time` of a forecast if none is named; empty if none."""
        return self.evaluation.entity or self.task.time or ""
