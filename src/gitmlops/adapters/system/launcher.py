"""The process that starts the commands of a run: `python -m gitmlops.adapters.system.launcher`, requests in, ends out.

It is small and has one thread, so forking it is cheap and safe, which it is not for a process with DVC in it. What one
component has imported, the next ones find imported. When whoever started it dies, however, every command is killed, and
what was made for commands alone is removed.
"""

import atexit
import gc
import json
import os
import select
import shutil
import signal
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from gitmlops.adapters.system.commands import Command

_MOST_FILES = 1 << 12
"""This process opens a dozen; where a system has no call that closes a range, each number is one."""

CANNOT_START = 127
"""The exit code of a command that could not be started, as a shell has it."""


def main() -> NoReturn:
    """Serve until the requests end; or, in a fork, do what it was asked to call."""
    requests, reports = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    _leave(_serve(requests, reports, wake))


def _serve(requests: int, reports: int, wake: int) -> int:
    running: dict[int, str] = {}
    passing: list[str] = []
    unread = b""
    while True:
        ready, _, _ = select.select([requests, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
        _report_ended(running, reports)
        if requests not in ready:
            continue
        received = os.read(requests, 1 << 16)
        if not received:
            _signal(running, signal.SIGKILL)
            _wait(running)
            _remove(passing)
            return 0
        *lines, unread = (unread + received).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "signal" in message:
                _signal(running, message["signal"])
                continue
            if "prepare" in message:
                _preload(message["prepare"])
                continue
            command = Command(**message)
            child = _fork(command)
            if not child:
                return _call(command)
            running[child] = command.name
            passing += command.passing


def _report_ended(running: dict[int, str], reports: int) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        report = {"name": running.pop(pid), "code": os.waitstatus_to_exitcode(status)}
        os.write(reports, json.dumps(report).encode() + b"\n")


def _signal(running: Mapping[int, str], number: int) -> None:
    for child in running:  # not waited for yet: the numbers are still theirs
        try:
            os.killpg(child, number)
        except ProcessLookupError:  # it has no session of its own yet, and has started nothing
            os.kill(child, number)


def _wait(running: Mapping[int, str]) -> None:
    for child in running:
        os.waitpid(child, 0)


def _remove(paths: Iterable[str]) -> None:
    """Most of them are gone: whoever asked for them outlives most commands."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            Path(path).unlink()


def _fork(command: Command) -> int:
    """0 in a fork that is to call; a command line replaces its fork."""
    if command.call:
        _preload(command.preload)
    child = os.fork()
    if not child:
        try:
            _enter(command)
            if not command.call:
                os.execvpe(command.arguments[0], list(command.arguments), command.environment)  # noqa: S606
        except OSError as error:
            os.write(2, f"{command.arguments[0]} cannot be started: {error.strerror}\n".encode())
            os._exit(CANNOT_START)
    return child


def _preload(modules: Sequence[str]) -> None:
    gc.disable()  # it would look for garbage among what stays, again and again: a sixth of the time
    for name in modules:
        with suppress(ImportError):  # a package is missing: the command itself says so
            import_module(name)
    gc.freeze()  # the collector would copy every page of what was imported
    gc.enable()


def _enter(command: Command) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler if command.call else signal.SIG_DFL)
    if command.call:
        os.closerange(3, _MOST_FILES)  # by which it could report of others, or ask for them
    else:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    log = os.open(command.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(command.folder)


def _call(command: Command) -> int:
    """The exit code that the called function asks for, as the interpreter understands it."""
    os.environ.clear()
    os.environ.update(command.environment)
    module, _, name = command.call.partition(":")
    sys.argv = [name, *command.arguments]
    entry: Any = getattr(import_module(module), name)
    try:
        entry(list(command.arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _leave(code: int) -> NoReturn:
    """End as the interpreter would, but leave the memory to the system.

    Taking apart all that was imported takes half a second in each fork: every page of it would be copied first.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
