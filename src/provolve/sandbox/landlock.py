"""Landlock: which files a process may reach, for itself and all it forks.

After the kernel's ``Documentation/userspace-api/landlock.rst``, ABI 1 (Linux 5.13) to 7 (Linux 6.15).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
import sys
from collections.abc import Iterable

from . import libc, syscalls

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16}
"""ABI to the number of access rights of files it can handle, of which the lowest bits stand for each."""
_NETWORK_RIGHTS = 0b11
_SCOPES = 0b11
_EXECUTE, _READ_FILE, _READ_DIRECTORY = 1 << 0, 1 << 2, 1 << 3
_WRITE_FILE, _REMOVE_DIRECTORY, _REMOVE_FILE, _MAKE_DIRECTORY, _MAKE_FILE, _TRUNCATE, _CONTROL_DEVICE = (
    1 << bit for bit in (1, 4, 5, 7, 8, 14, 15)
)
_WRITING = _WRITE_FILE | _REMOVE_DIRECTORY | _REMOVE_FILE | _MAKE_DIRECTORY | _MAKE_FILE | _TRUNCATE
WRITING_ABI = 3
"""From this ABI on Landlock sees files being cut short."""
_CONNECT_TCP = 1 << 1
_PATH_BENEATH, _NET_PORT = 1, 2
_ASK_VERSION = 1
_LOG_OFF = 1
_FIRST_FREE = 10


class _Attributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def version() -> int:
    """Return the Landlock ABI of this kernel; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    try:
        return libc.syscall(syscalls.LANDLOCK_CREATE_RULESET, 0, 0, _ASK_VERSION)
    except OSError:
        return 0


class Ruleset:
    """Everything that this kernel's Landlock can deny is denied, but reading what ``allow`` names."""

    def __init__(self, abi: int) -> None:
        self.abi = min(abi, max(_FILE_RIGHTS))
        files = (1 << _FILE_RIGHTS[self.abi]) - 1
        network = _NETWORK_RIGHTS if self.abi >= 4 else 0
        scoped = _SCOPES if self.abi >= 6 else 0
        self._descriptor = self._create(_Attributes(files, network, scoped))

    @classmethod
    def of_scopes(cls, abi: int) -> Ruleset | None:
        """Return a ruleset that only keeps signals and abstract sockets within; None before ABI 6.

        Put on by a child below the domain of its zygote, it parts the child from zygote and siblings.
        """
        if abi < 6:
            return None
        self = cls.__new__(cls)
        self.abi = min(abi, max(_FILE_RIGHTS))
        self._descriptor = _above_standard(self._create(_Attributes(0, 0, _SCOPES)))
        return self

    def _create(self, attributes: _Attributes) -> int:
        size = 8 if self.abi < 4 else 16 if self.abi < 6 else 24
        return libc.syscall(syscalls.LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, 0)

    def allow(self, paths: Iterable[str], *, run: bool = False) -> None:
        """Let these files, and everything below these folders, be read. Missing paths are passed over.

        ``run``: let them be run as well, where processes may be started at all.
        """
        reads = _READ_FILE | (_EXECUTE if run else 0)
        for path in paths:
            try:
                descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
                self._add(descriptor, reads | (_READ_DIRECTORY if folder else 0))
            finally:
                os.close(descriptor)

    def allow_writing(self, folder: str) -> None:
        """Let plain files and folders below ``folder`` be made, read, written and removed; ABI 3 or later.

        Raises:
            OSError: if ``folder`` cannot be opened.
        """
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        try:
            self._add(descriptor, _READ_FILE | _READ_DIRECTORY | _WRITING)
        finally:
            os.close(descriptor)

    def _add(self, descriptor: int, rights: int) -> None:
        rule = _Beneath(rights, descriptor)
        libc.syscall(syscalls.LANDLOCK_ADD_RULE, self._descriptor, _PATH_BENEATH, ctypes.byref(rule), 0)

    def allow_devices(self, paths: Iterable[str]) -> None:
        """Let these device files be read, written and controlled (``ioctl``).

        Raises:
            OSError: if one of them cannot be opened.
        """
        # Before ABI 5 nobody asks whether a device may be controlled.
        control = _CONTROL_DEVICE if self.abi >= 5 else 0
        for path in paths:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                self._add(descriptor, _READ_FILE | _WRITE_FILE | control)
            finally:
                os.close(descriptor)

    def allow_port(self, port: int) -> None:
        """Let TCP connections to ``port`` be made; needs ABI 4."""
        rule = _Port(_CONNECT_TCP, port)
        libc.syscall(syscalls.LANDLOCK_ADD_RULE, self._descriptor, _NET_PORT, ctypes.byref(rule), 0)

    def restrict(self) -> None:
        """Confine this process and its children, for ever. It must have set no_new_privs.

        Raises:
            OSError: if the kernel refuses.
        """
        flags = _LOG_OFF if self.abi >= 7 else 0
        libc.syscall(syscalls.LANDLOCK_RESTRICT_SELF, self._descriptor, flags)
        os.close(self._descriptor)


def _above_standard(descriptor: int) -> int:
    """Move ``descriptor`` away from the low numbers, which a child gives to its pipe."""
    moved: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    os.close(descriptor)
    return moved
