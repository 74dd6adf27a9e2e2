"""System calls that Python has no name for."""

import ctypes
import os

_SET_NO_NEW_PRIVILEGES = 38


def call(number: int, *arguments: int) -> int:
    """What a system call returns, -1 if it failed."""
    words = [ctypes.c_long(argument) for argument in arguments]
    return int(_library().syscall(ctypes.c_long(number), *words))


def required(number: int, *arguments: int) -> int:
    """What a system call returns. Raises OSError if it failed."""
    returned = call(number, *arguments)
    if returned < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return returned


def renounce_privileges() -> None:
    """No program that this process starts has more rights than it, for ever; without this nobody may shut himself in.

    Raises OSError.
    """
    words = [ctypes.c_ulong(word) for word in (1, 0, 0, 0)]
    if _library().prctl(ctypes.c_int(_SET_NO_NEW_PRIVILEGES), *words):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
