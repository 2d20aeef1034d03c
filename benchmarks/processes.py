"""The CPU time of processes and of all that they started."""

from __future__ import annotations

import os
from pathlib import Path


def cpu_of_tree(root: int) -> float:
    """Return the CPU seconds of a process and all below it, those of the dead that were reaped included.

    The dead that nobody reaped are lost, so ask while those that reap still live. It reads /proc; 0 without.
    """
    used: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        used[int(entry.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    below = {root}
    while more := {pid for pid, (parent, _) in used.items() if parent in below and pid not in below}:
        below |= more
    return sum(used[pid][1] for pid in below if pid in used)
