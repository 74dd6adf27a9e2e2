"""What a command costs. As a script: run a command; the last line on stdout is what it cost, as JSON."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Of a process with its children: CPU seconds, seconds on the clock, megabytes of the largest one at its peak."""

    cpu: float
    wall: float
    memory: float


def cpu_seconds(command: Sequence[str], *, cwd: Path | None = None) -> float:
    """CPU seconds of a whole process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def cost(command: Sequence[str], *, cwd: Path | None = None, **environment: str) -> Cost:
    """What a command costs. Raises CalledProcessError if it fails."""
    measured = subprocess.run(
        [sys.executable, str(Path(__file__).resolve()), *command], cwd=cwd, env={**os.environ, **environment},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return Cost(**json.loads(measured.stdout.splitlines()[-1]))


if __name__ == "__main__" and sys.argv[1:]:
    start = time.monotonic()
    done = subprocess.run(sys.argv[1:], check=False, capture_output=True, text=True)
    wall = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "wall": wall, "memory": used.ru_maxrss / 1024}))
    if done.returncode:
        sys.exit(done.stderr)
