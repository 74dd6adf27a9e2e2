"""The only module that starts a process. Arguments are a list, never a shell string."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from gitmlops.errors import ToolError


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
) -> bytes:
    """Like `run`, as bytes."""
    done = _start(command, cwd=cwd, environment=environment, stdin=stdin)
    if done.returncode:
        raise ToolError(_last_words(done.stderr, done.returncode), where=_shown(command))
    return done.stdout


def succeeds(*command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the command exits with 0; what it prints is dropped."""
    return _start(command, cwd=cwd, environment=environment, stdin=None).returncode == 0


def follow(*command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command whose output the user watches on standard error; its exit code.

    An interrupt, of a terminal or of this process alone, is sent on to the command and all that it started, once;
    they are waited for.
    """
    with (
        _translated(command, cwd),
        subprocess.Popen(
            command, cwd=cwd, env=_environment(environment), stdin=subprocess.DEVNULL, stdout=2, process_group=0
        ) as child,
    ):
        try:
            return child.wait()
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGINT)
            child.wait()
            raise


def attach(*command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command that has our terminal to itself; its exit code."""
    with _translated(command, cwd):
        return subprocess.run(command, cwd=cwd, env=_environment(environment), check=False).returncode


def run_isolated(*command: str, cwd: Path, environment: Mapping[str, str]) -> None:
    """Run a command that gets these variables and no other, so that no token of ours reaches it. Raises ToolError."""
    with _translated(command, cwd):
        done = subprocess.run(
            command, cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    if done.returncode:
        raise ToolError(_last_words(done.stderr, done.returncode), where=_shown(command))


def _start(
    command: tuple[str, ...],
    *,
    cwd: Path | None,
    environment: Mapping[str, str] | None,
    stdin: bytes | None,
) -> subprocess.CompletedProcess[bytes]:
    with _translated(command, cwd):
        return subprocess.run(
            command, cwd=cwd, env=_environment(environment), input=stdin or b"", capture_output=True, check=False
        )


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


def _last_words(stderr: bytes, code: int) -> str:
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return "\n".join(lines[-10:]) or f"exit code {code} and no message"
