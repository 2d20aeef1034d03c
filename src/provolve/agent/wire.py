"""Standard input and output as the wire of a protocol, which nothing else can write to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator

_CHUNK = 65536


class LinesOf:
    """Lines of a descriptor, read in a thread that nobody waits for: a blocked read holds up no ending."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        rest = b""
        # The loop may be closed, or the descriptor gone, when the last bytes come: nobody wants them then.
        with contextlib.suppress(OSError, RuntimeError):
            while chunk := os.read(self._descriptor, _CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    self._hand_on(line.decode(errors="replace"))
        with contextlib.suppress(RuntimeError):
            self._hand_on(None)

    def _hand_on(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._lines.get()) is not None:
            yield line


class WriterTo:
    """Writes texts to a descriptor; once nobody reads them, to nowhere."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def write(self, text: str) -> None:
        """Write a text."""
        await asyncio.to_thread(self._write, text.encode())

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(self._descriptor, data) :]

    async def flush(self) -> None:
        """Do nothing: nothing is held back."""


@contextlib.contextmanager
def claimed() -> Iterator[tuple[int, int]]:
    """Give descriptors of standard input and output that nobody else has.

    Meanwhile everybody else reads nothing, and what they print goes to standard error.
    """
    sys.stdout.flush()
    wire = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        yield wire
    finally:
        sys.stdout.flush()
        # The copies stay open: a thread may be reading there until the process ends.
        os.dup2(wire[0], 0)
        os.dup2(wire[1], 1)
