"""The CPU time of processes and of all that they started."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY = 0.25


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


class CpuClock:
    """A clock that shows the CPU seconds of this process and all below it, for each of ``cores``.

    So it goes as fast as that on the wall where each core is free and busy with nothing else, and what a
    search finds by it does not depend on what else a machine does. It is looked at four times a second.

    Raises:
        SystemExit: if there is no /proc to read it from.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __call__(self) -> float:
        return self._seconds

    def __enter__(self) -> Self:
        self._look()
        if not self._seconds:
            raise SystemExit("there is no /proc to read CPU times from: measure on Linux")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        # A process that ended unreaped takes its seconds with it, and a clock does not go back.
        self._seconds = max(self._seconds, cpu_of_tree(os.getpid()) / self._cores)
