"""What a command costs. As a script: run a command; the last line on stdout is what it cost, as JSON."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def cpu_seconds(command: Sequence[str], *, cwd: Path | None = None) -> float:
    """CPU seconds of a whole process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__" and sys.argv[1:]:
    start = time.monotonic()
    subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "wall": wall, "memory": used.ru_maxrss / 1024}))
