"""The CPU clock of another process, read from outside."""

from __future__ import annotations

import sys
import time


def cpu_seconds(process: int) -> float | None:
    """Return the CPU seconds that ``process`` has used; None where it has ended or the system cannot tell.

    The clock's number is made as the kernel's ``include/linux/posix-timers_types.h`` makes it.
    """
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime((~process) << 3 | 2)
    except OSError:
        return None
