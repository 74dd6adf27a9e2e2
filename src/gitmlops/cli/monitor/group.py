"""gitmlops monitor"""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from gitmlops.cli import options, workspace
from gitmlops.cli.monitor import alert, watch
from gitmlops.cli.monitor import files as monitor_files
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.cli.monitor.baselines import anchor, baselines, in_production
from gitmlops.cli.monitor.counting import tallying_by
from gitmlops.cli.monitor.monitored import watched
from gitmlops.cli.progress import progress
from gitmlops.cli.show import finish, say, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions, Placed
    from gitmlops.monitor.alarm import Verdict
    from gitmlops.monitor.observing.observation import Observation
    from gitmlops.monitor.silence import Ended
    from gitmlops.records.baseline import Baseline
    from gitmlops.records.monitoring_history import Seen
    from gitmlops.report import Report
    from gitmlops.specs.engine import EngineName
    from gitmlops.specs.model import Model

_CLOCKS_DIFFER = timedelta(minutes=10)
until_option = click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Judge as at the end of this day (UTC): later predictions do not count.  [default: now]",
)


@dataclass(frozen=True)
class Judgement:
    """What is thought of a model, the report that shows it, what served the newest prediction, and what has ended."""

    report: "Report"
    verdict: "Verdict"
    seen: "Seen | None"
    observation: "Observation"
    ended: "Sequence[Ended]" = ()


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
    has `monitoring:`. With --baseline and --data (or --profiles): judge files, without a repository.
    """
    if any(value for name, value in files.items() if name != "engine"):
        _require_files_only(model, record, **files)
        request = monitor_files.Request(**files, until=horizon(until))
        monitor_files.judge_files(request, format_, output)
        return
    repository = workspace.repository()
    definitions = workspace.definitions(repository)
    placed = watched(definitions, model)
    engine = files["engine"] or (definitions.project.engine if definitions.project else "duckdb")
    with progress(f"judging {placed.spec.name}"), _traced(repository, placed.spec.name, horizon(until), record=record):
        judged = in_full(repository, definitions, placed, horizon(until), engine=engine)
    show(judged.report, format_, output)
    if record:
        _record(repository, placed.spec.name, judged, horizon(until))
    finish(judged.report)


def _require_files_only(model: str | None, record: bool, **files: Any) -> None:
    from gitmlops.errors import UsageError

    if not files["baseline"] or bool(files["data"]) == bool(files["profiles"]) or model or record:
        mend = "give --baseline FILE and --data FILE or --profiles FOLDER, without MODEL and --record"
        raise UsageError("files are judged against a baseline, and by themselves", mend=mend)
    if files["profiles"] and (files["unique"] or files["time"] or files["engine"]):
        raise UsageError("--unique, --time and --engine are about rows", mend="leave them out: profiles have no rows")


@contextmanager
def _traced(repository: "Repository", model: str, until: datetime, *, record: bool) -> "Iterator[None]":
    """With `record`, that it could not be judged is remembered, so that somebody is told of that, too."""
    from gitmlops.errors import InputError, ToolError

    try:
        yield
    except (InputError, ToolError) as error:
        if record:
            _record_undecided(repository, model, str(error).replace(f"{repository.root}/", ""), until)
        raise


def _record_undecided(repository: "Repository", model: str, why: str, until: datetime) -> None:
    from gitmlops.cli.forge import workflow_run
    from gitmlops.errors import GitmlopsError
    from gitmlops.monitor.recording.history import BRANCH, History
    from gitmlops.monitor.recording.lines import undecided_line
    from gitmlops.records.monitoring_history import MonitoringRun

    now, commit = datetime.now(UTC), repository.resolve("HEAD")

    def lines(history: History) -> list[MonitoringRun]:
        return [undecided_line(history, why, model=model, until=until, now=now, commit=commit, run=workflow_run())]

    try:
        monitor_history.add(repository, model, lines, message=f"Monitor {model}: undecided")
    except GitmlopsError as error:
        say(f"that it could not be judged was not recorded: {error}")
        return
    say(f"that it could not be judged was recorded on the branch {BRANCH}")


def _record(repository: "Repository", model: str, judged: Judgement, until: datetime) -> None:
    from gitmlops.cli.forge import workflow_run
    from gitmlops.monitor.recording.history import BRANCH, History
    from gitmlops.monitor.recording.lines import run_line
    from gitmlops.records.monitoring_history import MonitoringRun

    now, commit = datetime.now(UTC), repository.resolve("HEAD")

    def lines(history: History) -> list[MonitoringRun]:
        line = run_line(
            history, judged.verdict, judged.report, model=model, seen=judged.seen, ended=judged.ended, until=until,
            now=now, commit=commit, run=workflow_run(),
        )  # fmt: skip
        return [line]

    monitor_history.add(repository, model, lines, message=f"Monitor {model}: {judged.verdict.state.value}")
    say(f"recorded on the branch {BRANCH}")


def horizon(until: datetime | None) -> datetime:
    """The moment up to which things count."""
    return datetime.now(UTC) if until is None else until.replace(tzinfo=UTC) + timedelta(days=1)


def judge(
    repository: "Repository", placed: "Placed[Model]", until: datetime, *, engine: "EngineName" = "duckdb"
) -> Judgement:
    """What is thought of a model as at a moment. Raises InputError if the model is not monitored.

    engine: what counts the columns of the log; the answer is the same.
    """
    from gitmlops.errors import InputError
    from gitmlops.monitor import alarm
    from gitmlops.monitor.observing.log import last_served, later_than, read_predictions
    from gitmlops.monitor.observing.observation import observe
    from gitmlops.monitor.reporting.report import report

    model, monitoring = placed.spec, placed.spec.monitoring
    if monitoring is None:
        mend = "add `monitoring:` with `log:` and `windows:`"
        raise InputError(f"{model.name} is not monitored", where=str(placed.at()), mend=mend)
    predicted = model.task.predicted
    predictions = read_predictions(repository.root / monitoring.log, model.name, predicted, model.entity)
    references = baselines(repository, model.name, predictions.version_names)
    _require_known_columns(placed, references)
    with tallying_by(engine, predictions.log) as tallying:
        observation = observe(
            repository.root, monitoring, predictions, references, until=until, predicted=predicted, tallying=tallying
        )
    first = anchor(repository, model.name, references)
    future = later_than(predictions, datetime.now(UTC) + _CLOCKS_DIFFER)
    observation = replace(observation, anchor=first, entity=model.entity, future=future)
    serving = in_production(repository, model.name, until)
    verdict = alarm.judge(observation, threshold=model.task.threshold, production=serving, rules=monitoring.alarm)
    seen = last_served(predictions, until, observation.newest_outcome)
    return Judgement(report(model, observation, verdict), verdict, seen, observation)


def in_full(
    repository: "Repository",
    definitions: "Definitions",
    placed: "Placed[Model]",
    until: datetime,
    *,
    engine: "EngineName" = "duckdb",
) -> Judgement:
    """The judgement, with what is said of the groups that the version's policies compare, and of what is old."""
    from gitmlops.cli.monitor.aging import age
    from gitmlops.cli.monitor.promises import held
    from gitmlops.monitor.fairness.words import unfair
    from gitmlops.monitor.reporting.report import report
    from gitmlops.monitor.silence import ended
    from gitmlops.monitor.staleness import stale

    judged, model = judge(repository, placed, until, engine=engine), placed.spec
    verdict, seen = judged.verdict, judged.observation
    promised = held(repository, definitions, placed, seen, verdict, until)
    old = age(repository, definitions, model, seen, verdict, until)
    verdict, silent = stale(unfair(verdict, promised), old), ended(seen, model, until)
    told = (*(one.finding for one in silent), *old)
    return replace(judged, verdict=verdict, report=report(model, seen, verdict, told, promised), ended=silent)


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
