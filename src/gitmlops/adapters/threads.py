"""How many threads numeric libraries use: named, not left to the machine, as a sum's last digit depends on it."""

import os
import sys
from importlib import import_module

VARIABLE = "OMP_NUM_THREADS"
"""Whoever sets it for a run has chosen; else the contract of the component has."""
_VARIABLES = (VARIABLE, "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def pin(count: int) -> None:
    """Let libraries that are loaded later, those that are, and processes started from here use `count` threads each."""
    chosen = os.environ.setdefault(VARIABLE, str(count))
    for name in _VARIABLES:
        os.environ.setdefault(name, chosen)
    if "numpy" in sys.modules:
        import_module("threadpoolctl").threadpool_limits(pinned())


def pinned() -> int:
    """The number of threads; 1 where nobody has pinned it."""
    value = os.environ.get(VARIABLE, "1")
    return int(value) if value.isdecimal() and int(value) else 1
