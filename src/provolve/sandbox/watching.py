"""What one function of a program is given, while the harness runs it.

It runs in the child, so it is the program's own word: a hint, never a score.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .tracing import followed

_CALLS = 2000
"""Calls that are looked at; a function may be called any number of times."""


class Watcher:
    """Notes the numbers that the function ``name`` of the file ``filename`` is called with."""

    def __init__(self, name: str, filename: str) -> None:
        self._name = name
        self._filename = filename
        self._left = _CALLS
        self.ranges: dict[str, list[float] | None] = {}
        """Least and largest value of each argument; None for one that was something else than numbers."""

    def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Return what ``function`` returns, or raise what it raises."""
        return followed(self._enter, function, *arguments)

    def _enter(self, frame: types.FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if self._left and code.co_name == self._name and code.co_filename == self._filename:
            self._left -= 1
            for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
                self._note(name, frame.f_locals[name])

    def _note(self, name: str, value: object) -> None:
        known = self.ranges.setdefault(name, [np.inf, -np.inf])
        if known is None:
            return
        numbers = np.asarray(value) if isinstance(value, int | float | np.ndarray) else None
        if numbers is None or numbers.dtype.kind not in "iuf":
            self.ranges[name] = None
            return
        finite = numbers[np.isfinite(numbers)]
        if finite.size:
            known[:] = min(known[0], float(finite.min())), max(known[1], float(finite.max()))
