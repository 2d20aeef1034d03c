"""Named, narrow openings in the wall, and what each of them needs.

Loaded on both sides of the wall, and so free of imports from the rest of the project.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from . import devices

READ, PROCESSES, NET, GPU = "read", "processes", "net", "gpu"
PROCESSES_AT_ONCE = 32
"""How many processes and threads of its own a child may have, where it may have any."""


class Hole(msgspec.Struct, frozen=True):
    """One opening. ``name`` is how it is written and recorded, as ``read:data`` and ``processes``."""

    name: str
    path: str = ""
    """Absolute path that ``read`` opens."""
    host: str = ""
    """Host that ``net`` opens: ``localhost``, ``127.0.0.1`` or ``::1``."""
    port: int = 0
    """TCP port that ``net`` opens."""
    devices: tuple[str, ...] = ()
    """Device files that ``gpu`` opens, as `of_gpus` finds them."""

    @property
    def kind(self) -> str:
        """``read``, ``processes``, ``net`` or ``gpu``."""
        return self.name.partition(":")[0]


def marked(level: str, holes: Iterable[Hole]) -> str:
    """Return ``level`` with the names of ``holes``, in order, as ``full+processes+read:data``."""
    return "+".join((level, *sorted({hole.name for hole in holes})))


def strength(level: str) -> str:
    """Return ``level`` without the holes that are recorded with it."""
    return level.partition("+")[0]


def unmet(holes: Iterable[Hole], state: Mapping[str, Any], layers: Iterable[str], *, root: bool) -> str:
    """Return what a hole needs that this sandbox does not have, as a sentence; empty where all can be opened.

    ``state`` is what the zygote says of itself, ``layers`` those that were asked for, ``root`` whether
    candidates would be root if they were no user of their own.
    """
    on = {*layers} - {*state["missing"]}
    if "seccomp" not in on:
        return ""
    return next((lack for hole in holes if (lack := _lack(hole, on, state, root=root))), "")


def _lack(hole: Hole, on: set[str], state: Mapping[str, Any], *, root: bool) -> str:
    if hole.kind in (READ, NET, GPU) and "landlock" not in on:
        return f"{hole.name} needs Landlock, which tells one file or port from another, and it is not on"
    if hole.kind == GPU and not hole.devices:
        return f"{hole.name} needs a GPU, and this machine has the device file of none ({devices.FORMS})"
    if hole.kind == NET and state["landlock_abi"] < _ABI_OF_PORTS:
        return f"{hole.name} needs a kernel whose Landlock can keep to one port (Linux 6.7 or later)"
    if hole.kind == NET and "namespaces" not in on:
        return (
            f"{hole.name} needs a network namespace around the candidates, for Landlock tells ports "
            "apart, but not hosts, and there is none"
        )
    if hole.kind == PROCESSES and root and state["user"] is None:
        return (
            f"{hole.name} needs candidates that are a user of their own, for no limit counts root's processes"
        )
    return ""


_ABI_OF_PORTS = 4


def not_open(path: str) -> bool:
    """Whether any file or folder at or below ``path`` is closed to users without rights of their own."""
    if os.path.islink(path) or not os.path.isdir(path):  # noqa: PTH112, PTH114
        return _closed(path, 0o004)
    return _closed(path, 0o005) or any(not_open(entry.path) for entry in os.scandir(path))


def _closed(path: str, bits: int) -> bool:
    try:
        return os.stat(path).st_mode & bits != bits  # noqa: PTH116
    except OSError:
        # Not there, or a link to nowhere: nobody reads it.
        return False
