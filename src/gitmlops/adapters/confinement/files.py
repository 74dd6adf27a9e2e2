"""Rules for files (Landlock): which folders are read, and the one that is written; everything else is not there."""

import ctypes
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitmlops.adapters.confinement import kernel

# The same numbers on every architecture.
_CREATE, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_KNOWN: Mapping[int, int] = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Version of Landlock -> all the rights that it can take away; younger versions know those of the fifth."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def offered() -> bool:
    """Whether this system can: Linux with Landlock switched on."""
    return sys.platform == "linux" and _version() > 0


def restrict(readable: Iterable[Path], writable: Path) -> None:
    """Leave this thread, and what it starts, these files to read and this folder to write, for ever.

    Threads that run already are not bound: call it before there are any. Raises OSError if the system does not.
    """
    handled = _KNOWN[min(_version(), max(_KNOWN))]
    rules = _Ruleset(handled)
    ruleset = kernel.required(_CREATE, ctypes.addressof(rules), ctypes.sizeof(rules), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ & handled)
        _allow(ruleset, writable, _WRITE & handled)
        kernel.required(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _version() -> int:
    return kernel.call(_CREATE, 0, 0, _VERSION)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    if not path.exists():
        return
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights if path.is_dir() else rights & _OF_A_FILE, handle)
        kernel.required(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(handle)
