"""Namespaces of network, System V IPC and host name, once around the zygote."""

from __future__ import annotations

import os
import socket

from . import libc

_UTS, _IPC, _USER, _NETWORK = 0x04000000, 0x08000000, 0x10000000, 0x40000000
NAMES = ("net", "ipc", "uts")
HOST = "provolve-sandbox"
"""What children hear as the name of their machine."""


def current() -> dict[str, str]:
    """Return the names of this process's namespaces; empty where the system has none."""
    try:
        return {name: os.readlink(f"/proc/self/ns/{name}") for name in NAMES}  # noqa: PTH115
    except OSError:
        return {}


def leave(outside: dict[str, str]) -> str:
    """Leave the namespaces ``outside`` for new ones; return why not, or nothing.

    Root leaves them directly, an ordinary user by way of a user namespace of its own. Where something
    around this process, such as bubblewrap, has done so already, nothing is left to do.
    """
    now = current()
    if now and all(now[name] != outside.get(name) for name in NAMES):
        return ""
    try:
        if os.geteuid() == 0:
            libc.unshare(_UTS | _IPC | _NETWORK)
        else:
            _leave_as_user()
        socket.sethostname(HOST)
    except OSError as error:
        return f"namespaces are not permitted here ({error.strerror})"
    return ""


def _leave_as_user() -> None:
    user, group = os.geteuid(), os.getegid()
    libc.unshare(_USER | _UTS | _IPC | _NETWORK)
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(line)
