"""Resource limits of a child."""

from __future__ import annotations

import os
import resource

CPU_BACKSTOP = 3600
"""CPU seconds after which the kernel ends a child whose judge has stopped watching."""
OPEN_FILES = 64
LARGEST_FILE = 64 * 2**20
"""Bytes of one file that a child writes where it may."""


def open_statistics() -> int | None:
    """Return a descriptor of this process's memory statistics; None where the system has none."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def address_space(statistics: int | None) -> int | None:
    """Return the bytes of address space this process has; None where the system does not say."""
    if statistics is None:
        return None
    return int(os.pread(statistics, 256, 0).split()[0]) * resource.getpagesize()


def limits(base: int | None, memory: int, largest_file: int = 0, processes: int = 0) -> list[tuple[int, int]]:
    """Return the limits of a child that may add ``memory`` bytes to ``base``, as (resource, value).

    ``largest_file``: bytes up to which it may write a file. ``processes``: how many processes and threads
    its user may have.
    Without ``base`` there is no limit of memory: the system does not say what the child begins with.
    """
    chosen = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_CPU, CPU_BACKSTOP),
    ]
    if base is not None:
        chosen.append((resource.RLIMIT_AS, base + memory))
    return [(name, _capped(name, value)) for name, value in chosen]


def tasks_of(user: int) -> int:
    """Return how many processes and threads ``user`` has, as far as ``/proc`` shows them."""
    found = 0
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit() and entry.stat().st_uid == user:
                found += len(os.listdir(f"{entry.path}/task"))  # noqa: PTH208
        except OSError:
            continue
    return found


def _capped(name: int, value: int) -> int:
    hard = resource.getrlimit(name)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def apply(chosen: list[tuple[int, int]]) -> None:
    """Set the limits on this process, for ever."""
    for name, value in chosen:
        resource.setrlimit(name, (value, value))
