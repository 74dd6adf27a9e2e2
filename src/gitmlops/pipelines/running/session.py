"""From what a killed run left behind to a dvc.lock that says what was done."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.dvc.internal.workspace import Workspace, opened
from gitmlops.adapters.system import orphans, threads
from gitmlops.adapters.system.commands import launched
from gitmlops.adapters.system.exclusive import exclusive
from gitmlops.pipelines.running.certificate import Certificate
from gitmlops.pipelines.running.certifying import look, proof
from gitmlops.pipelines.running.journal import Entry, Journal
from gitmlops.pipelines.running.run import SCRATCH, Options, Run
from gitmlops.pipelines.running.schedule import GOOD, NEW, Schedule

TakeOver = Callable[[Workspace, Mapping[str, Entry]], Sequence[str]]
"""Lets stages be as a killed run has left them, by its entries; the names of those that are as somebody left them."""


@dataclass(frozen=True)
class Outcome:
    """How each stage ended, and what those that failed said last, by stage."""

    ended: Schedule
    failures: dict[str, str]


def run(
    root: Path,
    targets: Sequence[str],
    options: Options,
    *,
    certificate: Certificate,
    definitions: Iterable[str],
    talk: Callable[[str], None],
    take_over: TakeOver = Workspace.recover,
) -> Outcome:
    """Run what is not up to date, as `dvc repro TARGETS` would, with the same dvc.lock in the end.

    definitions: paths of files that the stages were made from. talk is given a line at a time. take_over is called
    before anything is looked at.
    Raises ToolError if another run or DVC command is at work or DVC cannot read the stages; KeyboardInterrupt after
    what was finished is in dvc.lock.
    """
    scratch = root / SCRATCH
    with exclusive(scratch / "run.lock", doing="running these pipelines"):
        journal = Journal(scratch / "journal.jsonl")
        killed, finished = journal.unfinished()
        if killed:
            orphans.kill(killed)
        journal.begin(finished)
        with (
            _none_left_after_an_interrupt(journal),
            opened(root, targets) as workspace,
            launched({orphans.MARK: journal.run, **threads.waiting()}) as commands,
        ):
            recovered = take_over(workspace, finished)
            for name in recovered:
                if name not in finished:
                    journal.add(name, workspace.entry(name))
            before = look(workspace, definitions)
            this = Run(workspace, commands, journal, options)
            try:
                this.all(talk)
            finally:
                _write_lock(workspace, this.ended, recovered, scratch)
                journal.end()
            written = bool(recovered or this.ended.with_end(*NEW))
            all_good = len(this.ended.with_end(*GOOD)) == len(workspace.nodes)
            proven = proof(workspace, before, all_clean=not written) if all_good else None
        # Not before DVC's locks are given up: after a run that was killed there, the next one is to look for them.
        if proven:
            certificate.write(proven.files, proven.given)
    return Outcome(this.ended, this.failures)


@contextmanager
def _none_left_after_an_interrupt(journal: Journal) -> Iterator[None]:
    """A command may have started others in sessions of their own, which signals do not reach."""
    try:
        yield
    except KeyboardInterrupt:
        orphans.kill(journal.run)
        raise


def _write_lock(workspace: Workspace, ended: Schedule, recovered: Sequence[str], scratch: Path) -> None:
    # What was begun again and did not end well is half of what it was and half of what it should be.
    broken = {*ended.failed, *ended.running}
    done = [*ended.with_end(*NEW), *(name for name in recovered if name not in broken)]
    workspace.write_lock(done, scratch)
