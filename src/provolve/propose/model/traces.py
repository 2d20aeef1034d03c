"""Traces that were seen: a parent is asked for again and again, and its trace stays the same."""

from __future__ import annotations

import threading
from collections import OrderedDict

from provolve.propose.proposer import Bench

REMEMBERED = 64
"""Traces that are kept, those that were wanted last."""


class Traces:
    """The last traces of a run, by program and train instance; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: OrderedDict[tuple[str, int | None], str] = OrderedDict()

    def of(self, bench: Bench, source: str, place: int | None) -> str:
        """Return the trace of a program, looked at on ``bench`` where it is not known; see `Bench.trace`.

        Raises:
            Unseen: if it is not known and no worker could look.
        """
        key = source, place
        with self._lock:
            if key in self._last:
                self._last.move_to_end(key)
                return self._last[key]
        found = bench.trace(source, place)
        with self._lock:
            self._last[key] = found
            if len(self._last) > REMEMBERED:
                self._last.popitem(last=False)
        return found

    def forget(self) -> None:
        """Forget all: train holds other instances now."""
        with self._lock:
            self._last.clear()
