"""The only module that starts a process. Arguments are a list, never a shell string."""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from gitmlops.errors import ToolError

Started = subprocess.Popen[bytes]


def run(
    *command: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
) -> str:
    """The command's standard output as text. Raises ToolError with the end of its standard error if it fails."""
    return run_bytes(*command, cwd=cwd, environment=environment, stdin=stdin).decode("utf-8", "replace")


def run_bytes(
    *command: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    fine: Container[int] = (0,),
) -> bytes:
    """Like `run`, as bytes. fine: exit codes that are no failure."""
    done = _start(command, cwd=cwd, environment=environment, stdin=stdin)
    if done.returncode not in fine:
        raise ToolError(last_words(done.stderr, done.returncode), where=_shown(command))
    return done.stdout


def succeeds(
    *command: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
) -> bool:
    """Whether the command exits with 0; what it prints is dropped."""
    return _start(command, cwd=cwd, environment=environment, stdin=stdin).returncode == 0


def follow(*command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command whose output the user watches on standard error; its exit code.

    An interrupt, of a terminal or of this process alone, is sent on to the command and all that it started, once;
    they are waited for.
    """
    with _translated(command, cwd), _deferred() as interrupted:
        child = subprocess.Popen(
            command, cwd=cwd, env=_environment(environment), stdin=subprocess.DEVNULL, stdout=2, process_group=0
        )
    with child:
        try:
            if interrupted:
                signal.raise_signal(signal.SIGINT)
            return child.wait()
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGINT)
            child.wait()
            raise


def start(*command: str, environment: Mapping[str, str] | None = None) -> Started:
    """A command in a session of its own, with pipes to its standard input and from its standard output.

    environment: all of it; ours if it is not given.
    """
    with _translated(command, None):
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )


def attach(*command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command that has our terminal to itself; its exit code."""
    with _translated(command, cwd):
        return subprocess.run(command, cwd=cwd, env=_environment(environment), check=False).returncode


@contextmanager
def _deferred() -> Iterator[list[int]]:
    """Interrupts that come during the block, which would not know what it has started; commands still get theirs."""
    came: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield came
        return
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Puts an interrupt off until the block has ended, for us and for the commands that it runs.

    For what must not stop half-way; only the main thread may use it.
    """
    came: list[int] = []
    try:
        # The mask is what commands inherit; another thread may take the signal that ours masks.
        with _deferred() as came:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                yield
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    finally:
        if came:
            signal.raise_signal(signal.SIGINT)


def limit_memory(size: int) -> None:
    """Let this process, and those that it starts, have no more than `size` bytes each; more is a MemoryError.

    Linux only: other systems take such a limit and do not keep it. It counts what is written to, not what is reserved
    (RLIMIT_AS would): a library reserves space for every core of a machine.
    """
    if sys.platform == "linux":
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def last_words(stderr: bytes, code: int) -> str:
    """What a program that failed said last, in at most ten lines, or how it ended."""
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    if code < 0:
        lines.append(f"ended by signal {-code} ({signal.strsignal(-code)})")
    return "\n".join(lines[-10:]) or f"exit code {code} and no message"


def _start(
    command: tuple[str, ...],
    *,
    cwd: Path | None,
    environment: Mapping[str, str] | None,
    stdin: bytes | None,
) -> subprocess.CompletedProcess[bytes]:
    given: dict[str, Any] = {"input": stdin} if stdin else {"stdin": subprocess.DEVNULL}
    with _translated(command, cwd), _output() as output:
        done = subprocess.run(
            command, cwd=cwd, env=_environment(environment), **given, stdout=output, stderr=subprocess.PIPE, check=False
        )
        if not isinstance(output, int):
            output.seek(0)
            done.stdout = output.read()
        return done


@contextmanager
def _output() -> Iterator[BinaryIO | int]:
    """Where a command prints to: memory, where there is such a thing.

    At a pipe both wait for the other every 64 KiB, which costs a fifth of reading 10,000 tags.
    """
    if sys.platform != "linux":
        yield subprocess.PIPE
        return
    with os.fdopen(os.memfd_create("output"), "w+b") as memory:
        yield memory


@contextmanager
def _translated(command: tuple[str, ...], cwd: Path | None) -> Iterator[None]:
    """Turns a program that cannot be started into a ToolError."""
    try:
        yield
    except OSError as error:
        if cwd is not None and not cwd.is_dir():
            raise ToolError("no such folder", where=str(cwd), mend="name one that is there") from error
        mend = f"install {command[0]} and put it on PATH"
        raise ToolError(f"{command[0]} cannot be started: {error.strerror}", mend=mend) from error


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(changes or {})}


def _shown(command: tuple[str, ...]) -> str:
    # Settings that we add ourselves say nothing to a user.
    words = re.sub(r" -c \S+", "", " ".join(command))
    return words if len(words) <= 200 else words[:197] + "..."
