"""What a program prints, kept in the child: the beginning and the end of it, and never more.

There is no pipe that could fill and no descriptor that leads anywhere, so printing neither waits nor fails.
What a program writes to the descriptors 1 and 2 past Python's streams is lost, as it is when the child is
killed. All of it is the program's word: it could have written anything here.
"""

from __future__ import annotations

import io
import sys
from typing import Any

_HALF = 1000
"""Bytes that are kept of the beginning, and of the end."""
LONGEST = 2 * _HALF + 100
"""Bytes that are told at most, with a remark on what was left out."""


class Printed:
    """Bounded store behind ``sys.stdout`` and ``sys.stderr``."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._length = 0

    def begin(self) -> None:
        """Forget what was printed, and give the next program fresh streams."""
        self._head.clear()
        self._tail.clear()
        self._length = 0
        sys.stdout = _text(_Stream(self, 1))
        sys.stderr = _text(_Stream(self, 2))

    def add(self, data: bytes) -> None:
        """Keep what belongs to the beginning or the end."""
        self._length += len(data)
        room = _HALF - len(self._head)
        self._head += data[:room]
        self._tail += data[room:][-_HALF:]
        del self._tail[:-_HALF]

    def told(self) -> bytes:
        """Return what was printed; where that is long, without its middle."""
        lost = self._length - len(self._head) - len(self._tail)
        gap = b"\n... (%d bytes left out) ...\n" % lost if lost else b""
        return bytes(self._head + gap + self._tail)


class _Stream(io.RawIOBase):
    def __init__(self, printed: Printed, descriptor: int) -> None:
        self._printed = printed
        self._descriptor = descriptor
        self.name = "<stdout>" if descriptor == 1 else "<stderr>"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._printed.add(taken)
        return len(taken)


def _text(stream: _Stream) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", write_through=True)
