"""A run: DVC's work in this process and one at a time, the stages' commands side by side."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gitmlops.adapters.dvc.internal.workspace import CommandLine, State, Workspace
from gitmlops.adapters.system import orphans
from gitmlops.adapters.system.commands import Command, Commands, search_path
from gitmlops.errors import ToolError
from gitmlops.pipelines.running import logs
from gitmlops.pipelines.running.journal import Journal
from gitmlops.pipelines.running.schedule import End, Schedule

SCRATCH = Path(".dvc/tmp/gitmlops")
_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class Options:
    """How to run. warm: by command line, the module that is to be imported before it runs in a fork; may be empty.

    run_cache: whether what a stage once wrote of the same inputs may take the place of its commands.
    """

    jobs: int
    force: bool = False
    keep_going: bool = False
    warm: Mapping[str, str] = field(default_factory=dict)
    run_cache: bool = True


@dataclass
class _Running:
    began: float
    rest: list[CommandLine]
    tail: logs.Tail


class Run:
    """One run of the stages of a workspace. ended: how; failures: what a failed stage said last, by stage."""

    def __init__(self, workspace: Workspace, commands: Commands, journal: Journal, options: Options) -> None:
        self._workspace, self._commands, self._journal, self._options = workspace, commands, journal, options
        self.ended = Schedule({node.name: node for node in workspace.nodes}, options.jobs, options.keep_going)
        self.failures: dict[str, str] = {}
        self._running: dict[str, _Running] = {}

    def all(self, talk: Callable[[str], None]) -> None:
        """Run all that is to be run. Raises KeyboardInterrupt after the commands have ended."""
        with _deferred_interrupts() as interrupts:
            while not interrupts and (self._start_some(talk, interrupts) or self._running):
                if self._running:
                    self._wait(talk)
            if interrupts:
                self._stop()
                raise KeyboardInterrupt

    def _start_some(self, talk: Callable[[str], None], interrupts: Sequence[int]) -> bool:
        """Begin what may begin; whether anything did."""
        began = False
        while not interrupts and (name := self.ended.next()):
            began = True
            self._begin(name, talk)
        return began

    def _begin(self, name: str, talk: Callable[[str], None]) -> None:
        try:
            state = self._workspace.begin(name, force=self._options.force, run_cache=self._options.run_cache)
        except ToolError as error:
            logs.path_of(name).unlink(missing_ok=True)  # of another run
            self._fail(name, error.what, talk)
            return
        if state is State.DUE:
            talk(f"{name}: running")
            self._start(name)
            return
        end = {State.CLEAN: End.CLEAN, State.RESTORED: End.RESTORED, State.VERIFIED: End.CHECKED}[state]
        if end is not End.CLEAN:
            talk(f"{name}: {state.value}")
            self._journal.add(name, self._workspace.entry(name))
        self.ended.end(name, end)

    def _start(self, name: str) -> None:
        log = logs.path_of(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        first, *rest = self._workspace.commands(name)
        self._running[name] = _Running(time.monotonic(), rest, logs.Tail(log))
        self.ended.start(name)
        self._commands.start(self._command(name, first))

    def _wait(self, talk: Callable[[str], None]) -> None:
        with self._workspace.unlocked():
            ended = self._commands.ended(_LOOK_SECONDS)
        for name, running in self._running.items():
            for line in running.tail.lines(ended=any(each.name == name for each in ended)):
                talk(f"{name} | {line}")
        for each in ended:
            self._end(each.name, each.code, talk)

    def _end(self, name: str, code: int, talk: Callable[[str], None]) -> None:
        running = self._running[name]
        if not code and running.rest:
            self._commands.start(self._command(name, running.rest.pop(0)))
            return
        del self._running[name]
        seconds = time.monotonic() - running.began
        if code:
            words = logs.last_lines(running.tail.path)
            self._fail(name, f"{_ending(code)}; it said {f'last:{chr(10)}{words}' if words else 'nothing'}", talk)
            return
        try:
            self._workspace.finish(name)
        except ToolError as error:
            self._fail(name, error.what, talk)
            return
        self._journal.add(name, self._workspace.entry(name))
        self.ended.end(name, End.RAN)
        talk(f"{name}: done in {seconds:.1f} s")

    def _fail(self, name: str, words: str, talk: Callable[[str], None]) -> None:
        self.failures[name] = words
        self.ended.end(name, End.FAILED)
        talk(f"{name}: failed")

    def _stop(self) -> None:
        """Interrupt the commands and wait for them; the launcher kills those that take too long to end.

        None of them counts as finished: an exit code of 0 after an interrupt does not say that all is there.
        """
        self._commands.signal(signal.SIGINT)
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._running and time.monotonic() < deadline:
            for each in self._commands.ended(_LOOK_SECONDS):
                del self._running[each.name]

    def _command(self, name: str, line: CommandLine) -> Command:
        ours = {
            "PATH": search_path(),
            "DVC_NO_ANALYTICS": "1",
            "PYTHONUNBUFFERED": "1",
            orphans.MARK: self._journal.run,
        }
        environment, log = {**line.environment, **ours}, str(logs.path_of(name).absolute())
        if line.text not in self._options.warm:
            return Command(name, line.arguments, line.folder, environment, log)
        wanted = filter(None, [self._options.warm[line.text]])
        preload = ["gitmlops.cli.component", "gitmlops.pipelines.executing.execute", *wanted]
        words = line.text.split()[1:]
        return Command(name, words, line.folder, environment, log, call="gitmlops.cli.main:main", preload=preload)


def _ending(code: int) -> str:
    return f"its command ended with exit code {code}" if code > 0 else f"signal {-code} ended its command"


@contextmanager
def _deferred_interrupts() -> Iterator[list[int]]:
    """The first interrupt is only noted, so that DVC is not stopped half-way; the second one stops at once.

    Whoever ends a job from outside (a scheduler, a container) sends SIGTERM, which is an interrupt, too.
    """
    came: list[int] = []

    def note(number: int, _: object) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    handlers = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
