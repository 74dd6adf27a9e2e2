"""Begins a program that is shut in: it may compute, read Python's own files, and write one folder."""

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from gitmlops.adapters.confinement import calls, files, kernel

_OF_THE_SYSTEM = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu", "/sys/fs/cgroup",
)  # fmt: skip


def confine(folder: Path) -> None:
    """Shut this process in, as far as the system offers it.

    Raises OSError if it does not keep what it offers, or if there are threads, which rules for files would not bind.
    """
    if sys.platform == "linux" and len([*Path("/proc/self/task").iterdir()]) > 1:
        raise OSError("there are threads already")
    if files.offered() or calls.offered():
        kernel.renounce_privileges()
    if files.offered():
        files.restrict(_readable(), folder)
    if calls.offered():
        calls.restrict()


def _readable() -> tuple[Path, ...]:
    """Where Python, its libraries and this package are, and what they ask a system for as they start."""
    own = Path(__file__).parents[2]
    return tuple({*map(Path, (*_OF_THE_SYSTEM, sys.prefix, sys.base_prefix, *filter(None, sys.path))), own})


def run(words: Sequence[str]) -> None:
    """Confine this process to a folder, and be the program that a module is; without either it ends.

    words: the folder, the module, its arguments.
    """
    folder, module, *arguments = words
    try:
        confine(Path(folder))
    except OSError as error:
        sys.exit(f"this system does not confine it as it said it would: {error}")
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
