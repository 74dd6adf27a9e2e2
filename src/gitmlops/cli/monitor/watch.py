"""gitmlops monitor watch: a log of predictions, followed while it is written."""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitmlops.cli import workspace
from gitmlops.cli.monitor.monitored import watched
from gitmlops.cli.show import print_text, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitmlops.adapters.git.repository import Repository
    from gitmlops.monitor.streaming.watching import Watch
    from gitmlops.records.baseline import Column
    from gitmlops.records.watch_state import WatchAlarm
    from gitmlops.specs.alarm import AlarmRules

_PAUSE, _BETWEEN_TRIES = 0.5, 60.0


@dataclass(frozen=True)
class _Watched:
    """What is compared with what. model, version: empty for any; columns: of the reference, by their names in the log;
    repository: None for a baseline that is a mere file.
    """

    model: str
    version: str
    columns: "Mapping[str, Column]"
    rules: "AlarmRules"
    repository: "Repository | None"


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--model", default="", help="Whose rows are watched.  [default: the one model that has `monitoring:`]")
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with this file; no repository is needed.  [default: that of the version in production]",
)
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="Where it goes on after it was stopped.")
@click.option("--dispatch", default="", metavar="WORKFLOW", help="Start this workflow at GitHub with input `model`.")
@click.option(
    "--once",
    is_flag=True,
    help="Read what is there and end; exit with 1 if there was an alarm, 3 if no line was of the model.",
)
def watch(path: Path, model: str, baseline: Path | None, state: Path | None, dispatch: str, once: bool) -> None:
    """Follow PATH, a log of JSON lines or a folder of them (.jsonl), and print an alarm within seconds.

    Lines are as `Prediction` says. Rows are judged in blocks of 200: an alarm says that more of them are in a tail, of
    a level or without a value than the threshold of `monitoring: alarm:` allows. At 1,000 rows a second there is at
    most one false alarm a month on average, over all columns. Killed and started again it goes on where it was.
    """
    from gitmlops.adapters.system.exclusive import exclusive

    compared = _compared(model, baseline)
    if dispatch:
        _require_on_base(compared, dispatch)
    kept = state or _kept(path, compared)
    with exclusive(Path(f"{kept}.lock"), doing=f"watching {compared.model or path}"):
        _follow(path, compared, kept, dispatch, once=once)


def _compared(model: str, baseline: Path | None) -> _Watched:
    from gitmlops.errors import InputError
    from gitmlops.monitor.streaming.bets import columns_of
    from gitmlops.specs.alarm import AlarmRules

    if baseline:
        return _with_file(model, baseline)
    from gitmlops.cli.monitor.baselines import baselines, in_production

    repository = workspace.repository()
    placed = watched(workspace.definitions(repository), model or None)
    name, monitoring = placed.spec.name, placed.spec.monitoring
    serving = in_production(repository, name, datetime.now(UTC))
    if serving is None:
        raise InputError(f"no version of {name} is in production", mend=f"run `gitmlops model promote {name}`")
    version, rules = serving.version, monitoring.alarm if monitoring else AlarmRules()
    columns = columns_of(baselines(repository, name, [version])[version])
    return _Watched(name, version, columns, rules, repository)


def _with_file(model: str, path: Path) -> _Watched:
    """Compared with a model's baseline, whose model is watched, or with a profile of files, which knows of none."""
    from msgspec.structs import replace

    from gitmlops.monitor.files.reference import read_reference
    from gitmlops.monitor.streaming.bets import columns_of
    from gitmlops.records.baseline_file import read_baseline
    from gitmlops.records.profile import is_profile
    from gitmlops.specs.alarm import AlarmRules

    content = path.read_bytes()
    if not is_profile(content):
        read = read_baseline(content, path=str(path))
        return _Watched(model or read.model, "", columns_of(read), AlarmRules(), None)
    reference = read_reference(content, str(path))
    columns = {column.name: replace(column, effects=reference.effects[column.name]) for column in reference.columns
               if column.name != reference.target}  # fmt: skip
    return _Watched(model, "", columns, AlarmRules(), None)


def _kept(path: Path, compared: _Watched) -> Path:
    if compared.repository is None:
        return Path(f"{path}.watch.json")
    return workspace.git_folder(compared.repository) / f"watch-{compared.model}.json"


def _require_on_base(compared: _Watched, workflow: str) -> None:
    """Raises InputError unless the base has both: what is started is a matter of the base, not of this work tree."""
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.errors import InputError, UsageError
    from gitmlops.gate.sides.base_and_head import base_tip
    from gitmlops.specs.model import Model

    repository = compared.repository
    if repository is None:
        raise UsageError("--dispatch is for models of a repository", mend="leave out --baseline")
    branch = repository.default_branch()
    tip = base_tip(repository, branch)
    workspace.definitions_at(repository, tip).get(Model, compared.model)
    if f".github/workflows/{workflow}" not in CommitTree(repository, tip).paths():
        what = f"{branch} has no .github/workflows/{workflow}"
        raise InputError(what, where="--dispatch", mend="name a file of that folder, as retrain.yml")


def _follow(path: Path, compared: _Watched, kept: Path, workflow: str, *, once: bool) -> None:
    from gitmlops.adapters.data.following import read_on
    from gitmlops.monitor.streaming.watching import now

    watch = _resumed(compared, kept)
    before, tried, unreadable = watch.alarms, -_BETWEEN_TRIES, watch.unreadable
    say(f"watching {compared.model or path}: {watch.events:,} rows so far; the state is in {kept}")
    while True:
        lines, files = read_on(path, watch.files)
        if lines or files != watch.files:
            watch.take(lines, now())
            watch.files = files
            # Before anybody is told: a line is counted once, whatever happens now.
            _keep(watch, kept)
        _tell(watch, compared, kept, workflow)
        unreadable = _told_unreadable(watch, unreadable)
        if watch.to_dispatch and time.monotonic() - tried >= _BETWEEN_TRIES:
            tried = time.monotonic()
            _try_to_dispatch(watch, compared, kept, workflow)
        if not lines and once:
            break
        if not lines:
            time.sleep(_PAUSE)
    say(f"{watch.events:,} rows, {watch.others:,} of others, {watch.unreadable:,} unreadable lines")
    _require_rows(watch, path, kept)
    _tell_few_rows(watch)
    if watch.alarms > before:
        sys.exit(1)


def _told_unreadable(watch: "Watch", before: int) -> int:
    """How many lines without JSON were told; whenever there are twice as many they are told again."""
    if watch.unreadable < max(2 * before, 1):
        return before
    are = "1 line so far is" if watch.unreadable == 1 else f"{watch.unreadable:,} lines so far are"
    say(f"{are} no JSON object; mend what writes the log; NaN is none of JSON's words")
    return watch.unreadable


def _require_rows(watch: "Watch", path: Path, kept: Path) -> None:
    """Raises InputError if no line was ever of what is watched: that all is well would be a lie."""
    from gitmlops.errors import InputError

    if not watch.events:
        named = f"{watch.model} {watch.version}".strip()
        what = f"no line is a prediction of {named}" if named else "no line is a row"
        raise InputError(what, where=str(path), mend=f"mend --model or the log; remove {kept} to have it read again")


def _tell_few_rows(watch: "Watch") -> None:
    from gitmlops.monitor.streaming.watching import BLOCK
    from gitmlops.statistics.sequential import LEAST_BLOCKS

    if watch.events < BLOCK * LEAST_BLOCKS:
        say(f"of the first {BLOCK * LEAST_BLOCKS:,} rows nothing is judged yet: no alarm says nothing")


def _resumed(compared: _Watched, kept: Path) -> "Watch":
    from gitmlops.monitor.streaming.bets import watched_columns
    from gitmlops.monitor.streaming.watching import Watch, resumed
    from gitmlops.records.canonical import decode
    from gitmlops.records.watch_state import WATCH_STATE_VERSIONS, WatchState

    columns = watched_columns(compared.columns, compared.rules)
    if not kept.exists():
        return Watch(compared.model, compared.version, columns)
    state: WatchState = decode(kept.read_bytes(), WATCH_STATE_VERSIONS, path=str(kept))
    return resumed(state, columns, model=compared.model, version=compared.version)


def _keep(watch: "Watch", kept: Path) -> None:
    from gitmlops.adapters.files import write_atomic
    from gitmlops.monitor.streaming.watching import state_of
    from gitmlops.records.canonical import encode

    write_atomic(kept, encode(state_of(watch)))


def _tell(watch: "Watch", compared: _Watched, kept: Path, workflow: str) -> None:
    from gitmlops.monitor.streaming.watching import now

    while watch.untold:
        print_text(_line(compared, watch.untold.pop(0)))
        sys.stdout.flush()
        watch.to_dispatch = watch.to_dispatch or bool(workflow and watch.may_dispatch(now()))
        _keep(watch, kept)


def _try_to_dispatch(watch: "Watch", compared: _Watched, kept: Path, workflow: str) -> None:
    """Start the workflow; if GitHub does not answer, it has still to be started."""
    from gitmlops.adapters.github import workflows
    from gitmlops.cli.forge import github_client
    from gitmlops.errors import ToolError
    from gitmlops.monitor.streaming.watching import now

    if not workflow or compared.repository is None:
        return
    branch = compared.repository.default_branch()
    try:
        workflows.dispatch(github_client(), workflow, branch, {"model": compared.model})
    except ToolError as error:
        say(f"{workflow} was not started, it is tried again: {error}")
        return
    watch.dispatch(now())
    _keep(watch, kept)
    say(f"started {workflow} for {compared.model}")


def _line(compared: _Watched, alarm: "WatchAlarm") -> str:
    from gitmlops.plain_text import visible

    subject = f"{compared.model} {compared.version}".strip() or "the stream"
    return visible(f"{alarm.time} alarm {alarm.number} of {subject}: {alarm.message}")
