"""What a confined process of this system cannot reach, and what it can, in words."""

from gitmlops.adapters.confinement import calls, files

_NETWORK, _PROCESSES, _FILES = "the network", "other processes", "files outside of its folder"


def held() -> tuple[str, ...]:
    """What a process that confines itself here cannot reach; it would rather not start than have less."""
    return (*((_NETWORK, _PROCESSES) if calls.offered() else ()), *((_FILES,) if files.offered() else ()))


def within_reach() -> tuple[str, ...]:
    """What such a process can still reach here."""
    denied = held()
    return tuple(one for one in (_NETWORK, _PROCESSES, _FILES) if one not in denied)
