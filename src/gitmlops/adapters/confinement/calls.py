"""A filter of system calls (seccomp): no network, no new process, no signal or look at another process."""

import ctypes
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence

from gitmlops.adapters.confinement import kernel

# Numbers of x86_64 and of aarch64, of the kernel's asm/unistd_64.h and asm-generic/unistd.h.
_ARCHITECTURES: Mapping[str, tuple[int, int]] = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_REFUSED: Mapping[str, tuple[int, int]] = {
    # the network, and sockets of every other family
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # the same and more, past this filter
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    # another program, another process and what it holds
    "execve": (59, 221), "execveat": (322, 281), "setsid": (112, 157), "setpgid": (109, 154), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # another view of the file system; and what Landlock leaves alone: modes, owners, times and attributes
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "truncate": (76, 45),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchown": (93, 55), "fchownat": (260, 54),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "mknodat": (259, 33),
    # the machine
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "acct": (163, 89),
    "personality": (135, 92),
}  # fmt: skip
# What only x86_64 still has: fork, vfork, chmod, chown, lchown, utime, utimes, futimesat, mknod.
_REFUSED_OF_X86 = (57, 58, 90, 92, 94, 132, 235, 261, 133)
_CLONE, _CLONE3, _IOCTL, _PRLIMIT = (56, 220), (435, 435), (16, 29), (302, 261)
_KILL, _TGKILL, _SECCOMP = (62, 129), (234, 131), (317, 277)
_CLONE_THREAD = 0x10000
_INTO_A_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: keys that nobody pressed
_LAST_KNOWN = 456
"""futex_requeue, of Linux 6.7: of what came later nobody has said here what it may do."""
_X32 = 0x40000000

_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data, its low words
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_SET_MODE_FILTER, _GET_ACTION_AVAILABLE, _OF_ALL_THREADS = 1, 2, 1


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


Step = tuple[int, int, int, int]
"""code, how many steps to pass over where it holds and where it does not, operand."""


def offered() -> bool:
    """Whether this system can filter: Linux on x86_64 or aarch64, with seccomp."""
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return kernel.call(_here(_SECCOMP), _GET_ACTION_AVAILABLE, 0, ctypes.addressof(action)) == 0


def restrict() -> None:
    """Filter the system calls of every thread of this process, for ever. Raises OSError if the system does not."""
    steps = [*_steps(os.getpid())]
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), instructions)
    kernel.required(_here(_SECCOMP), _SET_MODE_FILTER, _OF_ALL_THREADS, ctypes.addressof(program))


def _here(numbers: Sequence[int]) -> int:
    return numbers[_ARCHITECTURES[platform.machine()][0]]


def _steps(process: int) -> Iterator[Step]:
    column, architecture = _ARCHITECTURES[platform.machine()]
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_EQUAL, 1, 0, architecture)
    yield (_RETURN, 0, 0, _KILL_PROCESS)
    yield (_LOAD, 0, 0, _NUMBER)
    yield from _answer(_AT_LEAST, _X32, _KILL_PROCESS)  # the x32 calls of an x86_64 kernel have numbers of their own
    yield from _answer(_AT_LEAST, _LAST_KNOWN + 1, _ERRNO | _ENOSYS)
    # glibc asks for clone then, whose flags can be read: those of clone3 are behind a pointer.
    yield from _answer(_EQUAL, _here(_CLONE3), _ERRNO | _ENOSYS)
    for numbers in _REFUSED.values():
        yield from _answer(_EQUAL, numbers[column], _ERRNO | _EPERM)
    for number in _REFUSED_OF_X86 if column == 0 else ():
        yield from _answer(_EQUAL, number, _ERRNO | _EPERM)
    yield from _only_where(_here(_CLONE), _FIRST, (_HAS_BIT, _CLONE_THREAD))
    yield from _only_where(_here(_KILL), _FIRST, (_EQUAL, process))
    yield from _only_where(_here(_TGKILL), _FIRST, (_EQUAL, process))
    yield from _only_where(_here(_PRLIMIT), _FIRST, (_EQUAL, 0), (_EQUAL, process))
    yield (_EQUAL, 0, 1 + 2 * len(_INTO_A_TERMINAL), _here(_IOCTL))
    yield (_LOAD, 0, 0, _SECOND)
    for request in _INTO_A_TERMINAL:
        yield from _answer(_EQUAL, request, _ERRNO | _EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _answer(test: int, operand: int, answer: int) -> Iterator[Step]:
    yield (test, 0, 1, operand)
    yield (_RETURN, 0, 0, answer)


def _only_where(number: int, argument: int, *tests: tuple[int, int]) -> Iterator[Step]:
    """A call that is allowed where one of the tests of an argument holds."""
    yield (_EQUAL, 0, 2 + 2 * len(tests), number)
    yield (_LOAD, 0, 0, argument)
    for test, operand in tests:
        yield from _answer(test, operand, _ALLOW)
    yield (_RETURN, 0, 0, _ERRNO | _EPERM)
