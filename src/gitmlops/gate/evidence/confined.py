"""The process of which all programs are forked that touch a stranger's model; it has no token and no label of ours."""

import atexit
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from gitmlops.adapters.confinement.warm import Confined, Running
from gitmlops.adapters.system import threads

# What Python and its libraries need to start; no token, no credential, nothing of GitHub's is on the list.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OMP_NUM_THREADS")
_OWN_FOLDER = ("HOME", "TMPDIR", "TEMP", "TMP")
# Two models are scored, and a job that ran out of its own time (30 minutes in our workflow) could not say why.
_SECONDS = 600
# Whatever a scorer imports but itself.
_PRELOAD = ("gitmlops.adapters.scoring.models", "gitmlops.adapters.scoring.predicting", "gitmlops.adapters.data.tables")


@cache
def warm() -> Confined:
    """It imports what scorers need while we do something else, and lives as long as this process of ours."""
    confined = Confined(_PRELOAD, _environment())
    atexit.register(confined.close)
    return confined


def begin(module: str, *arguments: str, folder: Path) -> Running:
    """Run a module as a program that reaches this folder, and neither the network nor anything else; `wait` for it.

    It starts once what was begun before has ended.
    """
    own = dict.fromkeys(_OWN_FOLDER, str(folder))
    return warm().begin(module, *arguments, folder=folder, environment={**_environment(), **own}, seconds=_SECONDS)


def wait(running: Running) -> None:
    """Until it has ended. Raises ToolError, with what it said last, if it failed or took too long."""
    warm().wait(running)


def _environment() -> Mapping[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # joblib would start processes, which a confined one may not; what asks it how many threads to use hears 1 then.
    alone = {"JOBLIB_MULTIPROCESSING": "0", "OMP_NUM_THREADS": str(_cores())}
    return {**alone, **passed, **threads.waiting(), "PYTHONDONTWRITEBYTECODE": "1"}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
