"""Whether models and deployment stages name things that exist, before anything is trained or released."""

from collections.abc import Iterator, Sequence

from gitmlops.definitions import Definitions, Placed
from gitmlops.registry import task_wiring
from gitmlops.registry.approvals import wiring as approvals
from gitmlops.report import Finding, Severity
from gitmlops.specs.alarm import AlarmRules
from gitmlops.specs.feature import FeatureSet
from gitmlops.specs.hints import nearest
from gitmlops.specs.model import Model
from gitmlops.specs.project import DeploymentStage, Project


def check(definitions: Definitions) -> tuple[Finding, ...]:
    """What does not hold between models, feature sets and deployment stages."""
    models = definitions.all(Model)
    found = [finding for name in sorted(models) for finding in _model(models[name], definitions)]
    if definitions.project_file:
        found += [*_stages(definitions.project_file), *approvals.check(definitions.project_file)]
    return tuple(found)


def _model(model: Placed[Model], definitions: Definitions) -> Iterator[Finding]:
    sets = definitions.all(FeatureSet)
    spec = model.spec
    if spec.feature_set and spec.feature_set not in sets:
        what = f"there is no feature set {spec.feature_set!r}"
        yield _wrong(model, "feature_set", what=what, mend=nearest(spec.feature_set, sets))
    if spec.evaluation.data == spec.evaluation.labels:
        mend = "put the labels in a file of their own: what scores the rows must not see them"
        yield _wrong(model, "evaluation", "labels", what="the evaluation rows and their labels are one file", mend=mend)
    for key, what, mend in task_wiring.wrong(spec):
        yield _wrong(model, *key, what=what, mend=mend)
    yield from _of_columns(model)
    yield from _of_evidence(model)
    yield from _of_alarms(model)


def _of_columns(model: Placed[Model]) -> Iterator[Finding]:
    """What a model reads is said once, and is said of a model that the gate scores."""
    spec = model.spec
    if spec.feature_set and spec.columns:
        what = f"the feature set {spec.feature_set!r} says what it reads"
        yield _wrong(model, "columns", what=what, mend="remove one of them")
    if spec.evaluation.evidence == "scored" and not (spec.feature_set or spec.columns):
        what = "the gate scores it, and nothing says which columns it reads"
        mend = "write `feature_set:`, or `columns:` of the evaluation rows, or bring predictions (`evidence:`)"
        yield _wrong(model, "evaluation", what=what, mend=mend)
    if spec.monitoring and spec.monitoring.retrain and spec.pipeline is None:
        what = "retraining moves parameters of a pipeline, and it has none"
        yield _wrong(model, "monitoring", "retrain", what=what, mend="name its `pipeline:`, or remove `retrain:`")


def _of_alarms(model: Placed[Model]) -> Iterator[Finding]:
    rules = model.spec.monitoring.alarm if model.spec.monitoring else AlarmRules()
    limits = {("monitoring", "alarm"): rules} | {
        ("monitoring", "alarm", "columns", name): rules.of(name) for name in rules.columns
    }
    for place, own in limits.items():
        if own.warning is not None and own.threshold is not None and own.warning > own.threshold:
            what = f"the warning at {own.warning:g} comes after the alarm at {own.threshold:g}"
            yield _wrong(model, *place, what=what, mend="lower `warning`, or raise `threshold`")
    if rules.few_rows > rules.minimum_rows:
        what = f"{rules.few_rows:,} rows are more than enough ({rules.minimum_rows:,}), not few"
        yield _wrong(model, "monitoring", "alarm", "few_rows", what=what, mend="lower it, or raise `minimum_rows`")


def _of_evidence(model: Placed[Model]) -> Iterator[Finding]:
    evaluation = model.spec.evaluation
    if evaluation.evidence != "scored" and not evaluation.predictions:
        mend = "write `predictions:`, a Parquet file with the id and the prediction of every evaluation row"
        yield _wrong(model, "evaluation", "evidence", what=f"{evaluation.evidence}, and no predictions", mend=mend)
    if evaluation.evidence == "scored" and evaluation.predictions:
        what, mend = "the gate scores the rows itself and reads no predictions", "remove it, or write `evidence:`"
        yield _wrong(model, "evaluation", "predictions", what=what, mend=mend)


def _stages(project: Placed[Project]) -> Iterator[Finding]:
    stages = project.spec.stages
    names = [stage.name for stage in stages]
    productions = [stage.name for stage in stages if stage.production]
    for index, stage in enumerate(stages):
        if stage.name in names[:index]:
            what = f"the deployment stage {stage.name!r} is here twice"
            yield _wrong(project, "stages", index, "name", what=what, mend="rename one of them")
        if stage.after is not None and stage.after not in names:
            what = f"there is no deployment stage {stage.after!r}"
            yield _wrong(project, "stages", index, "after", what=what, mend=nearest(stage.after, names))
        if stage.production and stage.name != productions[0]:
            what = f"{stage.name!r} and {productions[0]!r} are both production"
            yield _wrong(project, "stages", index, "production", what=what, mend="mark the one that serves users")
        if _comes_after_itself(stage, stages):
            what = f"the deployment stage {stage.name!r} comes after itself"
            yield _wrong(project, "stages", index, "after", what=what, mend="remove one `after`")


def _comes_after_itself(stage: DeploymentStage, stages: Sequence[DeploymentStage]) -> bool:
    before = {known.name: known.after for known in stages}
    name = stage.after
    for _ in stages:
        if name == stage.name:
            return True
        name = before.get(name) if name else None
    return False


def _wrong(placed: Placed[Model] | Placed[Project], *keys: str | int, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, placed.at(*keys), mend)
