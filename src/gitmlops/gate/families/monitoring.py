"""monitoring: whether there is a plan for watching the model once it serves, and how soon it would see something."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gitmlops.errors import InputError
from gitmlops.features.wiring.selection import read_by
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.records.baseline import Baseline
from gitmlops.records.baseline_file import read_baseline
from gitmlops.registry.files.contents import companion
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Monitoring
from gitmlops.statistics.classification import Unmeasurable

_DAY = 86_400
_LONGEST_MONTH = 31


def _gaps(candidate: Candidate, _: Rows) -> Measured:
    found = tuple(_missing(candidate))
    return Measured(Fraction(len(found)), ", ".join(found))


def _missing(candidate: Candidate) -> Iterator[str]:
    plan = candidate.model.monitoring
    if plan is None:
        yield "no prediction log"
    if plan is None or plan.labels is None:
        yield "no outcomes"
    if why := _without_baseline(candidate):
        yield why


def _without_baseline(candidate: Candidate) -> str:
    """Why nothing that is served could be compared with what this model learned from; empty if it could."""
    path = companion(candidate.model.artifact, ".baseline.json")
    try:
        baseline = read_baseline(candidate.content(path), path=path)
    except Unmeasurable as error:
        return f"no baseline: {error.what}"
    except InputError as error:
        return f"no baseline: {path}: {error.what}"
    return _other_model(candidate, baseline) or _unwatched(candidate, baseline)


def _other_model(candidate: Candidate, baseline: Baseline) -> str:
    ours = (candidate.model.name, candidate.files.artifact.digest.sha256)
    return "" if (baseline.model, baseline.model_sha256) == ours else "the baseline is of another model file"


def _unwatched(candidate: Candidate, baseline: Baseline) -> str:
    wanted = {*read_by(candidate.head.definitions, candidate.model), *candidate.model.evaluation.slices}
    there = {column.name for column in (*baseline.columns, *baseline.slices)}
    missing = ", ".join(sorted(wanted - there))
    return f"the baseline knows nothing of {missing}" if missing else ""


def _window(candidate: Candidate, _: Rows) -> Measured:
    by = _plan(candidate).windows.by
    return Measured(Fraction(_LONGEST_MONTH) if by == "month" else Fraction(seconds(by), _DAY))


def _delay(candidate: Candidate, _: Rows) -> Measured:
    labels = _plan(candidate).labels
    if labels is None:
        raise Unmeasurable("`monitoring:` says nothing of labels")
    return Measured(Fraction(seconds(labels.matures_after), _DAY))


def _kept(candidate: Candidate, _: Rows) -> Measured:
    keeps = _plan(candidate).keeps
    if keeps is None:
        raise Unmeasurable("`monitoring:` does not say how long it `keeps` the log")
    return Measured(Fraction(seconds(keeps), _DAY))


def _plan(candidate: Candidate) -> Monitoring:
    if candidate.model.monitoring is None:
        raise Unmeasurable("the model has no `monitoring:`")
    return candidate.model.monitoring


MEASURES: Mapping[str, Measure] = {
    "monitoring_gaps": _gaps,
    "monitoring_window_days": _window,
    "outcome_delay_days": _delay,
    "log_kept_days": _kept,
}
