"""Processes that outlived the run that started them."""

from contextlib import suppress

import psutil

MARK = "GITMLOPS_RUN"
"""The environment variable that holds the name of the run; children inherit it, however far they run away."""


def kill(run: str, *, mark: str = MARK) -> None:
    """Kill every process that was started by a run, and wait until they are gone."""
    found = [process for process in psutil.process_iter() if _belongs(process, mark, run)]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found)


def _belongs(process: psutil.Process, mark: str, run: str) -> bool:
    with suppress(psutil.Error, OSError):
        return bool(process.environ().get(mark) == run)
    return False
