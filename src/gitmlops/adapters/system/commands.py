"""Commands that run side by side, each in a session of its own, their output in logs."""

import json
import os
import select
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from gitmlops.adapters.system import process
from gitmlops.errors import ToolError

_LAUNCHER = "gitmlops.adapters.system.launcher"


@dataclass(frozen=True)
class Command:
    """What to start: a command line or, with `call` (`module:function`), a function that is given the arguments.

    The function runs in a fork of a process in which `preload`, and what was asked for before, is imported already.
    environment: all of it. log: the file to which its output is appended.
    passing: folders and files that are there for it alone, removed at the latest when whoever asked for it dies.
    """

    name: str
    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    log: str
    call: str = ""
    preload: Sequence[str] = ()
    passing: Sequence[str] = ()


@dataclass(frozen=True)
class Ended:
    """A command that has ended, and its exit code; below 0: the signal that ended it."""

    name: str
    code: int


class Commands:
    """Commands that were started and have not ended; their launcher is started at once, to be there in time."""

    def __init__(self, launcher: process.Started) -> None:
        self._launcher = launcher
        self._requests, self._reports = launcher.stdin, launcher.stdout
        self._unread = b""

    def start(self, command: Command) -> None:
        """Start a command. Raises ToolError if the launcher is gone."""
        self._send(asdict(command))

    def prepare(self, modules: Sequence[str]) -> None:
        """Import modules, now, that functions will find imported. Raises ToolError if the launcher is gone."""
        self._send({"prepare": modules})

    def signal(self, number: int) -> None:
        """Send a signal to every command, and all that it started."""
        self._send({"signal": number})

    def ended(self, seconds: float) -> tuple[Ended, ...]:
        """Those that have ended; none if none does within some seconds. Raises ToolError if the launcher is gone."""
        assert self._reports is not None  # noqa: S101 - it is a pipe
        if not select.select([self._reports], [], [], seconds)[0]:
            return ()
        received = os.read(self._reports.fileno(), 1 << 16)
        if not received:
            raise _gone()
        *lines, self._unread = (self._unread + received).split(b"\n")
        return tuple(Ended(**json.loads(line)) for line in lines)

    def close(self) -> None:
        """Kill what still runs, and remove what was there for it alone."""
        for pipe in (self._requests, self._reports):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._launcher.wait()

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._requests is not None  # noqa: S101 - it is a pipe
        try:
            self._requests.write(json.dumps(message).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError as error:
            raise _gone() from error


@contextmanager
def launched(environment: Mapping[str, str]) -> Iterator[Commands]:
    """Commands, killed at the end of the block if they still run.

    environment: what the launcher is started with beside ours; what finds its commands when all else is lost.
    """
    # -P: `python -m` would import from the folder that it is started in.
    commands = Commands(process.start(sys.executable, "-P", "-m", _LAUNCHER, environment={**os.environ, **environment}))
    try:
        yield commands
    finally:
        commands.close()


def isolated(environment: Mapping[str, str]) -> Commands:
    """Commands whose launcher has these variables and no other, and imports nothing of its user's; close it."""
    return Commands(process.start(sys.executable, "-I", "-m", _LAUNCHER, environment=environment))


def search_path() -> str:
    """PATH with the programs beside this Python first: commands call `gitmlops` by name, activated or not."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _gone() -> ToolError:
    return ToolError("the process that starts commands has died", mend="look for what killed it, and run again")
