"""Threads that wait for replies, used again for one ask after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Work = Callable[[], None]


class Crew:
    """As many threads as there ever was work under way; they end with the process, or when it is closed."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.free = 0
        """Threads that wait for work."""
        self._size = 0

    def start(self, work: Work) -> None:
        """Have ``work``, which raises nothing, done at once, whatever else is under way."""
        with self._lock:
            if self.free:
                self.free -= 1
            else:
                self._size += 1
                threading.Thread(target=self._serve, daemon=True).start()
        self._work.put(work)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            with self._lock:
                self.free += 1

    def close(self) -> None:
        """Let each thread end when its work is done."""
        with self._lock:
            for _ in range(self._size):
                self._work.put(None)
            self._size = self.free = 0
