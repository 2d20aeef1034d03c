"""Who a child is: a user and a group of its own, and no more capabilities than it needs."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Callable

from . import libc, syscalls

FIRST_USER = 60706
USERS = 478
"""A range of user numbers that no distribution hands out (systemd, ``UIDS-GIDS.md``)."""

_READ_ALL, _KILL, _SETGID, _SETUID = 1 << 2, 1 << 5, 1 << 6, 1 << 7
_ZYGOTE = _READ_ALL | _KILL | _SETGID | _SETUID
_LAST_CAPABILITY = 63
_VERSION = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def user_of(slot: int) -> int:
    """Return the number of the user and of the group of the children of worker ``slot``."""
    return FIRST_USER + slot % USERS


def held() -> int:
    """Return the effective capabilities of this process, one bit each."""
    sets = (_Sets * 2)()
    header = _Header(_VERSION, 0)
    libc.syscall(syscalls.CAPGET[platform.machine()], ctypes.byref(header), ctypes.byref(sets))
    return int(sets[0].effective) | int(sets[1].effective) << 32


def may_change(user: int) -> bool:
    """Whether this process may become ``user``: root, with the capabilities, in a namespace that has it."""
    if os.geteuid() != 0 or held() & (_SETUID | _SETGID | _KILL) != _SETUID | _SETGID | _KILL:
        return False
    return _mapped("/proc/self/uid_map", user) and _mapped("/proc/self/gid_map", user)


def _mapped(path: str, number: int) -> bool:
    with open(path, encoding="ascii") as lines:  # noqa: PTH123
        ranges = [line.split() for line in lines]
    return any(int(first) <= number < int(first) + int(count) for first, _, count in ranges)


def keep_only(capabilities: int) -> None:
    """Give up all capabilities but ``capabilities`` of those held."""
    _capset(held() & capabilities)()


def drop_for_zygote() -> None:
    """Keep what a zygote needs to make children of another user and to end them; never to be regained."""
    for capability in range(_LAST_CAPABILITY + 1):
        if not _ZYGOTE >> capability & 1:
            try:
                libc.prctl(libc.PR_CAPBSET_DROP, capability)
            except OSError:
                break
    keep_only(_ZYGOTE)


def _capset(kept: int) -> Callable[[], int]:
    low, high = kept & 0xFFFFFFFF, kept >> 32
    sets = (_Sets * 2)(_Sets(low, low, 0), _Sets(high, high, 0))
    header = _Header(_VERSION, 0)
    return libc.prepared(syscalls.CAPSET[platform.machine()], ctypes.byref(header), ctypes.byref(sets))


class Identity:
    """The user that children become; ``reads_all`` keeps the one capability to read what it does not own.

    ``groups``: further groups it is in.

    That capability is for interpreters in a home directory that only root may enter. It opens every file:
    it belongs behind Landlock, which says which files may be opened.
    """

    def __init__(self, user: int, *, reads_all: bool, groups: tuple[int, ...] = ()) -> None:
        self.user = user
        self._groups = groups
        self.reads_all = reads_all and bool(held() & _READ_ALL)
        self._keep = libc.prepared_prctl(libc.PR_SET_KEEPCAPS, 1)
        self._give_up = _capset(_READ_ALL if self.reads_all else 0)

    def assume(self) -> None:
        """Become that user, without the way back.

        Raises:
            OSError: if this process may not.
        """
        if self.reads_all:
            self._keep()
        os.setgroups(self._groups)
        os.setresgid(self.user, self.user, self.user)
        os.setresuid(self.user, self.user, self.user)
        self._give_up()
