"""Ctrl-C once: finish what is in flight. Twice: stop at once. Either way the run can be resumed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h\n"
_STOPPED = 3


class Interrupts:
    """While it is entered, the first SIGINT or SIGTERM sets ``stop``; the second raises KeyboardInterrupt.

    A third, for a process that hangs while it ends, ends it on the spot. Once it was told to stop, the
    process ends soon, and signals that come after the context count for nothing: the exit code stands.
    """

    def __init__(self, stop: threading.Event, told: Callable[[], None]) -> None:
        """``told`` is called in the signal handler at the first signal: it must take no lock."""
        self._stop = stop
        self._told = told
        self._count = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_IGN if self._count else handler)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 1:
            self._stop.set()
            self._told()
        elif self._count == 2:
            raise KeyboardInterrupt
        else:
            if sys.stdout.isatty():
                os.write(1, _SHOW_CURSOR)
            os._exit(_STOPPED)
