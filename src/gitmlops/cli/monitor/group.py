"""gitmlops monitor"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.monitor import alert, watch
from gitmlops.cli.monitor import files as monitor_files
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.cli.monitor.baselines import anchor, baselines, in_production
from gitmlops.cli.monitor.monitored import watched
from gitmlops.cli.progress import progress
from gitmlops.cli.show import finish, say, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions, Placed
    from gitmlops.monitor.alarm import Verdict
    from gitmlops.monitor.observing.observation import Observation
    from gitmlops.records.baseline import Baseline
    from gitmlops.records.monitoring_history import Seen
    from gitmlops.report import Finding, Report
    from gitmlops.specs.model import Model

until_option = click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge as at the end of this day (UTC): later predictions do not count.  [default: now]",
)


@dataclass(frozen=True)
class Judgement:
    """What is thought of a model, the report that shows it, and what served the newest prediction."""

    report: "Report"
    verdict: "Verdict"
    seen: "Seen | None"
    observation: "Observation"


@click.group()
def monitor() -> None:
    """Compare what was served with the baseline of the version that served."""


monitor.add_command(monitor_files.profile)
monitor.add_command(monitor_history.history)
monitor.add_command(alert.alert)
monitor.add_command(watch.watch)


@monitor.command()
@click.argument("model", required=False)
@until_option
@click.option("--record", is_flag=True, help="Add the verdict to the history, on origin's branch gitmlops-monitoring.")
@monitor_files.options
@options.format
@options.output
def run(
    model: str | None, until: datetime | None, record: bool, format_: str, output: str | None, **files: Any
) -> None:
    """Judge every complete window of MODEL's prediction log; exit with 1 if there is an alarm.

    All windows are computed anew from the log; nothing is written without --record. Without MODEL: the one model that
    has `monitoring:`. With --baseline and --data: judge files, without a repository.
    """
    if any(files.values()):
        _require_files_only(model, record, **files)
        request = monitor_files.Request(**files, until=horizon(until))
        monitor_files.judge_files(request, format_, output)
        return
    repository = workspace.repository()
    definitions = workspace.definitions(repository)
    placed = watched(definitions, model)
    with progress(f"judging {placed.spec.name}"):
        judged = aged(repository, definitions, placed.spec, judge(repository, placed, horizon(until)), horizon(until))
    show(judged.report, format_, output)
    if record:
        _record(repository, placed.spec.name, judged, horizon(until))
    finish(judged.report)


def _require_files_only(model: str | None, record: bool, **files: Any) -> None:
    from gitmlops.errors import UsageError

    if not (files["baseline"] and files["data"]) or model or record:
        mend = "give --baseline FILE --data FILE, without MODEL and --record"
        raise UsageError("files are judged against a baseline, and by themselves", mend=mend)


def _record(repository: "Repository", model: str, judged: Judgement, until: datetime) -> None:
    from gitmlops.cli.gate.command import workflow_run
    from gitmlops.monitor.recording.history import BRANCH, History
    from gitmlops.monitor.recording.lines import run_line
    from gitmlops.records.monitoring_history import MonitoringRun

    now, commit = datetime.now(UTC), repository.resolve("HEAD")

    def lines(history: History) -> list[MonitoringRun]:
        line = run_line(
            history, judged.verdict, judged.report, model=model, seen=judged.seen, until=until, now=now, commit=commit,
            run=workflow_run(),
        )  # fmt: skip
        return [line]

    monitor_history.add(repository, model, lines, message=f"Monitor {model}: {judged.verdict.state.value}")
    say(f"recorded on the branch {BRANCH}")


def horizon(until: datetime | None) -> datetime:
    """The moment up to which things count."""
    return datetime.now(UTC) if until is None else until.replace(tzinfo=UTC) + timedelta(days=1)


def judge(repository: "Repository", placed: "Placed[Model]", until: datetime) -> Judgement:
    """What is thought of a model as at a moment. Raises InputError if the model is not monitored."""
    from gitmlops.errors import InputError
    from gitmlops.monitor import alarm
    from gitmlops.monitor.observing.log import last_served, read_predictions
    from gitmlops.monitor.observing.observation import observe
    from gitmlops.monitor.reporting.report import report

    model, monitoring = placed.spec, placed.spec.monitoring
    if monitoring is None:
        mend = "add `monitoring:` with `log:` and `windows:`"
        raise InputError(f"{model.name} is not monitored", where=str(placed.at()), mend=mend)
    predictions = read_predictions(repository.root / monitoring.log, model.name)
    references = baselines(repository, model.name, predictions.version_names)
    _require_known_columns(placed, references)
    observation = observe(repository.root, monitoring, predictions, references, until=until)
    observation = replace(observation, anchor=anchor(repository, model.name, references))
    serving = in_production(repository, model.name, until)
    verdict = alarm.judge(observation, threshold=model.task.threshold, production=serving, rules=monitoring.alarm)
    return Judgement(report(model, observation, verdict), verdict, last_served(predictions, until), observation)


def _require_known_columns(placed: "Placed[Model]", references: "Mapping[str, Baseline]") -> None:
    """Raise InputError if the rules have numbers for a column that no version's baseline knows."""
    from gitmlops.errors import InputError
    from gitmlops.monitor.drift.reference import Reference
    from gitmlops.specs.hints import nearest

    monitoring = placed.spec.monitoring
    known = [Reference(baseline) for baseline in references.values()]
    if monitoring is None or not known:
        return
    for name in sorted(set.intersection(*(set(reference.unknown(monitoring.alarm)) for reference in known))):
        where = str(placed.at("monitoring", "alarm", "columns", name))
        mend = nearest(name, {column for reference in known for column in reference.columns})
        raise InputError(f"no version of {placed.spec.name} has a column {name!r}", where=where, mend=mend)


def aged(
    repository: "Repository", definitions: "Definitions", model: "Model", judged: Judgement, until: datetime
) -> Judgement:
    """The judgement with what is said of the version's staleness, if the model asks for it."""
    from gitmlops.monitor.reporting.report import report
    from gitmlops.monitor.staleness import stale

    if model.staleness is None:
        return judged
    age = _age(repository, definitions, model, judged, until)
    verdict = stale(judged.verdict, age)
    return replace(judged, verdict=verdict, report=report(model, judged.observation, verdict, age))


def _age(
    repository: "Repository", definitions: "Definitions", model: "Model", judged: Judgement, until: datetime
) -> "Sequence[Finding]":
    from datetime import date

    from gitmlops.monitor.staleness import Expiry, Standing, staleness
    from gitmlops.specs.waiver import Waiver

    rules, verdict = model.staleness, judged.verdict
    if rules is None:
        return ()
    baseline = judged.observation.baselines.get(verdict.version)
    known = monitor_history.last_known(repository, model.name) if rules.runs_every else None
    sha256 = baseline.model_sha256 if baseline else ""
    expiries = [
        Expiry(f"the waiver of {placed.spec.check}", date.fromisoformat(placed.spec.expires), placed.at("expires"))
        for _, placed in sorted(definitions.all(Waiver).items())
        if (placed.spec.model, placed.spec.model_sha256) == (model.name, sha256)
    ]
    last_run = datetime.strptime(known.time, monitor_history.TIME).replace(tzinfo=UTC) if known else None
    return staleness(verdict, baseline, rules, Standing(until, last_run, expiries))
