"""Whether a version is too old to serve, whatever its inputs do: days that have passed, and days that are near."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gitmlops.monitor.alarm import Judged, Verdict
from gitmlops.monitor.silence import SERVE_AGAIN, ago
from gitmlops.records.baseline import Baseline
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.fields import seconds
from gitmlops.specs.model import Staleness

STALE, AGED = "stale", "age"


@dataclass(frozen=True)
class Expiry:
    """Something that holds until the end of a day, and where it says so."""

    what: str
    until: date
    where: Location


@dataclass(frozen=True)
class Standing:
    """What the verdict does not know: the moment, the last recorded run before it, what expires, the last prediction.

    last_prediction: of any version, None if there was none.
    """

    until: datetime
    last_run: datetime | None
    expiries: Sequence[Expiry]
    last_prediction: datetime | None = None


def staleness(verdict: Verdict, baseline: Baseline | None, rules: Staleness, standing: Standing) -> tuple[Finding, ...]:
    """What is too old (an error), and what soon will be or has not happened (a warning)."""
    today = (standing.until - timedelta(seconds=1)).date()
    return (
        *_age(verdict, baseline, rules, today),
        *_predictions(rules, standing),
        *_outcomes(verdict, rules, today),
        *_undecided(verdict, rules),
        *_heartbeat(rules, standing),
        *_expiries(rules, standing, today),
    )


def stale(verdict: Verdict, findings: Sequence[Finding]) -> Verdict:
    """The verdict, with an alarm for its age, which retraining mends, and one for anything else that is too old."""
    errors = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    found = (AGED,) * (AGED in errors) + (STALE,) * bool(errors - {AGED})
    return replace(verdict, alarms=(*verdict.alarms, *found))


def _age(verdict: Verdict, baseline: Baseline | None, rules: Staleness, today: date) -> Iterator[Finding]:
    if rules.max_age is None or baseline is None:
        return
    learned = _day(baseline.trained_until)
    if learned is None:
        what = f"the baseline of {verdict.version} does not say until when it learned"
        yield Finding(AGED, Severity.WARNING, what)
        return
    what = f"{verdict.version} learned from rows until {learned}"
    for one in _until(what, learned, rules.max_age, rules, today, mend="retrain it, or say why an older one will do"):
        yield replace(one, rule=AGED)


def _predictions(rules: Staleness, standing: Standing) -> Iterator[Finding]:
    most, last = rules.predictions_within, standing.last_prediction
    if most is None or last is None or standing.until - last <= timedelta(seconds=seconds(most)):
        return
    what = f"the newest prediction is of {last:%Y-%m-%d %H:%M} UTC, {ago(standing.until - last)}: at most {most}"
    yield Finding("staleness", Severity.ERROR, what, mend=SERVE_AGAIN)


def _outcomes(verdict: Verdict, rules: Staleness, today: date) -> Iterator[Finding]:
    if rules.labels_within is None or not verdict.own:
        return
    known = [item.unit.window.last_day for item in verdict.own if item.unit.mature and len(item.unit.labels)]
    if known:
        what = f"the last outcomes of {verdict.version} are of {known[-1]}"
        yield from _until(what, known[-1], rules.labels_within, rules, today, mend="bring the outcomes")
    else:
        first = verdict.own[0].unit.window.start
        what = f"no outcome of {verdict.version} is known, which has served since {first}"
        yield from _until(what, first, rules.labels_within, rules, today, mend="bring the outcomes")


def _undecided(verdict: Verdict, rules: Staleness) -> Iterator[Finding]:
    if rules.undecided is None:
        return
    latest = verdict.own[-rules.undecided :]
    if len(latest) == rules.undecided and not any(map(_decided, latest)):
        what = f"nothing could be judged in the last {rules.undecided} windows of {verdict.version}: too few rows"
        mend = "choose longer windows or a longer `max_wait`, or judge it by hand"
        yield Finding("staleness", Severity.ERROR, what, mend=mend)


def _heartbeat(rules: Staleness, standing: Standing) -> Iterator[Finding]:
    if rules.runs_every is None or standing.last_run is None:
        return
    due = standing.last_run + timedelta(seconds=seconds(rules.runs_every))
    if due < standing.until:
        what = f"no run was recorded since {standing.last_run:%Y-%m-%d %H:%M}, one is due every {rules.runs_every}"
        yield Finding("staleness", Severity.WARNING, what, mend="see why the scheduled workflow did not run")


def _expiries(rules: Staleness, standing: Standing, today: date) -> Iterator[Finding]:
    near = timedelta(seconds=seconds(rules.warn_before))
    for expiry in standing.expiries:
        if expiry.until <= today + near:
            ended = "has ended on" if expiry.until < today else "ends on"
            what = f"{expiry.what} {ended} {expiry.until}"
            yield Finding("staleness", Severity.WARNING, what, expiry.where, mend="decide what holds after it")


def _until(what: str, since: date, most: str, rules: Staleness, today: date, *, mend: str) -> Iterator[Finding]:
    age, limit = today - since, timedelta(seconds=seconds(most))
    if age > limit:
        yield Finding("staleness", Severity.ERROR, f"{what}, {age.days} days ago: at most {most}", mend=mend)
    elif age > limit - timedelta(seconds=seconds(rules.warn_before)):
        left = (limit - age).days
        yield Finding("staleness", Severity.WARNING, f"{what}, {age.days} days ago: {left} days are left", mend=mend)


def _decided(item: Judged) -> bool:
    return item.enough_rows or item.performance.decided


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
