"""How many threads numeric libraries use: named, not left to the machine, as a sum's last digit depends on it.

And how they wait for each other: asleep. By default OpenMP's threads spin for the others. Where fewer cores are free
than there are threads, as on a machine that does something else as well, that takes ten times as long as the work.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module

VARIABLE = "OMP_NUM_THREADS"
"""Whoever sets it for a run has chosen; else the contract of the component has."""
_WAITING = "OMP_WAIT_POLICY"
_OTHERS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextmanager
def limited(count: int) -> Iterator[None]:
    """In the block, libraries that are loaded, those that will be and processes that are started use `count` each."""
    before = {name: os.environ.get(name) for name in (VARIABLE, _WAITING, *_OTHERS)}
    os.environ.update(waiting())
    os.environ.setdefault(VARIABLE, str(count))
    for name in _OTHERS:
        os.environ.setdefault(name, os.environ[VARIABLE])
    try:
        with ExitStack() as stack:
            if "numpy" in sys.modules:
                stack.enter_context(import_module("threadpoolctl").threadpool_limits(chosen()))
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def waiting() -> Mapping[str, str]:
    """The variable that lets threads sleep while they wait, unless the user has set it; read as a library loads."""
    return {_WAITING: os.environ.get(_WAITING, "PASSIVE")}


def chosen() -> int:
    """The number of threads; 1 where nobody has chosen it."""
    value = os.environ.get(VARIABLE, "1")
    return int(value) if value.isdecimal() and int(value) else 1
