"""A seccomp filter built by hand: a list of what is allowed, and EPERM for all the rest.

The program is classic BPF as the kernel's ``Documentation/userspace-api/seccomp_filter.rst`` describes it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import sys
from collections.abc import Callable, Iterable

from . import libc, syscalls

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_SET, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
_SET_MODE_FILTER = 1

_IOCTLS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5450, 0x5451)
"""TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONCLEX, FIOCLEX."""
_FCNTLS = (0, 1, 2, 3, 4, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC; F_SETOWN would send signals to others."""
_OF_DEVICES = (0x0000, 0x4600, 0x4B00, 0x6400)
"""Types of controls: of nvidia-uvm, nvidia, kfd and dri. Those of terminals and sockets are others."""
_TYPE = 0xFF00
_FIONBIO = 0x5421
_NEW_NAMESPACES = 0x7E020000
_OTHER_PARENT = 0x0080A000
"""CLONE_PTRACE, CLONE_PARENT and CLONE_UNTRACED."""
_STREAM, _SOCKET_FLAGS = 1, 0o2004000
_TCP_NODELAY = 1
_TMPFILE = 0o20000000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | _TMPFILE

Instruction = tuple[int, int, int, int]
"""Operation, jump if true, jump if false, operand."""


class _Step(ctypes.Structure):
    _fields_ = (
        ("operation", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


def supported(machine: str | None = None) -> bool:
    """Whether the filter knows the system calls of ``machine``, this one by default."""
    return sys.platform == "linux" and (machine or platform.machine()) in syscalls.TABLES


def program(
    machine: str, *, sealed: bool = False, writes: bool = False, openings: Iterable[str] = ()
) -> list[Instruction]:
    """Return the filter for ``machine``, one of ``x86_64`` and ``aarch64``, as instructions.

    ``sealed`` allows no call that takes a path, or lists a folder: for kernels without Landlock. ``openings``
    are of ``processes``, ``signals``, ``net`` and ``gpu``.

    ``writes`` allows the calls that make and change files: for children whom Landlock keeps to one folder.

    Raises:
        KeyError: for any other machine.
    """
    architecture, allowed, checked, absent = syscalls.TABLES[machine]
    for opening in openings:
        more, more_checked = syscalls.OPENINGS[machine][opening]
        # The first check of a number decides.
        allowed, checked = {**allowed, **more}, {**more_checked, **checked}
    if sealed:
        allowed, checked = _without_paths(allowed), _without_paths(checked)
    elif writes:
        writing = syscalls.WRITING[machine]
        allowed = {**allowed, **writing}
        checked = {name: number for name, number in checked.items() if name not in writing}
    steps: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # x32 calls carry the architecture of x86-64: only the number tells them.
        (_JUMP_ABOVE, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
    for name, number in checked.items():
        rule = _CHECKS[name]()
        steps += [(_JUMP_EQUAL, 0, len(rule), number), *rule]
    for number in absent.values():
        # ENOSYS, so that the C library falls back to calls that this filter can judge.
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    return steps + _membership(sorted(allowed.values()))


def _without_paths(calls: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in calls.items() if name not in syscalls.OF_PATHS}


def _membership(numbers: list[int]) -> list[Instruction]:
    """Allow the loaded number if it is in ``numbers``: a search by halves over runs of consecutive ones."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return _halves(runs)


def _halves(runs: list[list[int]]) -> list[Instruction]:
    if len(runs) == 1:
        low, high = runs[0]
        return [
            (_JUMP_ABOVE, 0, 2, low),
            (_JUMP_ABOVE, 1, 0, high + 1),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
    middle = len(runs) // 2
    below, above = _halves(runs[:middle]), _halves(runs[middle:])
    return [(_JUMP_ABOVE, len(below), 0, runs[middle][0]), *below, *above]


def _argument(index: int, *, high: bool = False) -> Instruction:
    # The low half comes first: both architectures are little-endian.
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index + 4 * high)


def _opens_to_read(flags: int) -> list[Instruction]:
    return [
        _argument(flags),
        (_JUMP_SET, 0, 1, _WRITES),
        (_RETURN, 0, 0, _ERRNO | errno.EACCES),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _one_of(index: int, values: tuple[int, ...]) -> list[Instruction]:
    tests = [(_JUMP_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_argument(index), *tests, (_RETURN, 0, 0, _ERRNO | errno.EPERM), (_RETURN, 0, 0, _ALLOW)]


def _opens_devices(flags: int) -> list[Instruction]:
    """open(…, flags) of what is there, to write as well: Landlock says which. Else the next check decides."""
    making = _WRITES & ~(os.O_WRONLY | os.O_RDWR)
    return [_argument(flags), (_JUMP_SET, 1, 0, making), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _NUMBER)]


def _controls_devices() -> list[Instruction]:
    """ioctl(…, a control of GPUs). Else the next check decides."""
    count = len(_OF_DEVICES)
    matches = [(_JUMP_EQUAL, count - place, 0, value) for place, value in enumerate(_OF_DEVICES)]
    # Past the jump over the permission, which whoever matches none takes.
    return [
        _argument(1),
        (_AND, 0, 0, _TYPE),
        *matches,
        (_JUMP_ABOVE, 1, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _NUMBER),
    ]


def _clones_beside_itself() -> list[Instruction]:
    """clone(flags, …) into no other namespace and under no other parent."""
    return [
        _argument(0),
        (_JUMP_SET, 0, 1, _NEW_NAMESPACES | _OTHER_PARENT),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _makes_tcp_sockets() -> list[Instruction]:
    """socket(AF_INET or AF_INET6, SOCK_STREAM, 0 or IPPROTO_TCP)."""
    return _all_of(
        [
            ([_argument(0)], (socket.AF_INET, socket.AF_INET6)),
            ([_argument(1), (_AND, 0, 0, ~_SOCKET_FLAGS & 0xFFFFFFFF)], (_STREAM,)),
            ([_argument(2)], (0, socket.IPPROTO_TCP)),
        ]
    )


def _sends_without_address() -> list[Instruction]:
    return _all_of([([_argument(4)], (0,)), ([_argument(4, high=True)], (0,))])


def _sets_no_delay() -> list[Instruction]:
    return _all_of([([_argument(1)], (socket.IPPROTO_TCP,)), ([_argument(2)], (_TCP_NODELAY,))])


def _all_of(tests: list[tuple[list[Instruction], tuple[int, ...]]]) -> list[Instruction]:
    """Allow if each loaded value is one of those that stand beside it."""
    steps: list[Instruction] = []
    for load, values in tests:
        count = len(values)
        # Past the rest of the values and the refusal, to the next test.
        matches = [(_JUMP_EQUAL, count - place, 0, value) for place, value in enumerate(values)]
        steps += [*load, *matches, (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _reads_own_limits() -> list[Instruction]:
    """prlimit64(0, …, new = NULL, …)."""
    zero = (_argument(0), _argument(2), _argument(2, high=True))
    steps: list[Instruction] = []
    for place, load in enumerate(zero):
        steps += [load, (_JUMP_EQUAL, 0, 2 * (len(zero) - place) - 1, 0)]
    return [*steps, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]


_CHECKS: dict[str, Callable[[], list[Instruction]]] = {
    "open": lambda: _opens_to_read(1),
    "openat": lambda: _opens_to_read(2),
    "ioctl": lambda: _one_of(1, _IOCTLS),
    "fcntl": lambda: _one_of(1, _FCNTLS),
    "prlimit64": _reads_own_limits,
    "clone": _clones_beside_itself,
    "socket": _makes_tcp_sockets,
    "sendto": _sends_without_address,
    "setsockopt": _sets_no_delay,
    "open of devices": lambda: _opens_devices(1),
    "openat of devices": lambda: _opens_devices(2),
    "ioctl of devices": _controls_devices,
    "ioctl of sockets": lambda: _one_of(1, (*_IOCTLS, _FIONBIO)),
}


class Filter:
    """The filter of this machine, laid out once so that a forked child only has to install it."""

    def __init__(self, *, sealed: bool = False, writes: bool = False, openings: Iterable[str] = ()) -> None:
        machine = platform.machine()
        steps = program(machine, sealed=sealed, writes=writes, openings=openings)
        self._steps = (_Step * len(steps))(*(_Step(*step) for step in steps))
        self._program = _Program(len(steps), self._steps)
        self._install = libc.prepared(
            syscalls.SECCOMP[machine], _SET_MODE_FILTER, 0, ctypes.byref(self._program)
        )

    def install(self) -> None:
        """Confine this process, for ever. It must have set no_new_privs.

        Raises:
            OSError: if the kernel refuses.
        """
        self._install()
