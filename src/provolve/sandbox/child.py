"""One confined process, as its judge sees it."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from provolve.sandbox import clock, frames, printed, wire
from provolve.sandbox.causes import cause_of
from provolve.sandbox.descendants import Descendants
from provolve.sandbox.failures import ChildFailed
from provolve.sandbox.link import Link, Report, ZygoteGone

_PIECE = 2**18
_LONGEST_DETAIL = 2**14
_SETUP_SECONDS = 30.0
_TELL_SECONDS = 1.0
"""CPU seconds that a child has to say what was printed; five times as many at the clock."""
_SOONEST_LOOK = 0.001
# A program may have set SIGPIPE back to its default, which ends the process; macOS has no such flag.
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
_encode = msgspec.msgpack.Encoder().encode


class Child:
    """A forked, confined process that runs programs and answers calls. A context manager.

    All that it sends is a claim of the candidate, never trusted and never able to hold up the judge.
    """

    def __init__(
        self,
        link: Link,
        functions: frozenset[str],
        max_message: int,
        pid: int,
        pipe: socket.socket,
        *,
        nonce: Callable[[], int] | None = None,
        farewell: Callable[[], None] | None = None,
        starts: bool = False,
    ) -> None:
        """``farewell`` is called once, when the child has ended. ``starts``: it may start processes."""
        self._descendants = Descendants(pid) if starts else None
        self.pid = pid
        self._farewell = farewell
        self._nonce = nonce or _unguessable
        self._link = link
        self._functions = functions
        self._max_message = max_message
        self._pipe = pipe
        self._incoming = select.poll()
        self._incoming.register(pipe, select.POLLIN)
        self._buffer = bytearray(_PIECE)
        self._view = memoryview(self._buffer)
        self._sources: dict[str, int] = {}
        self._pending: tuple[int, str | None, list[int | float]] | None = None
        self._ended: ChildFailed | None = None
        self._cpu = 0.0
        self._born = time.monotonic()
        self._await_ready()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether further calls are possible."""
        return self._ended is None

    def cpu_time(self) -> float:
        """Return the child's CPU seconds since its fork, read from outside; final once it has ended.

        Where the system cannot tell (macOS), the wall seconds since the fork stand in for a live child.
        """
        if self._ended is not None:
            return self._cpu
        seconds = clock.cpu_seconds(self.pid)
        return time.monotonic() - self._born if seconds is None else seconds

    def put(self, values: Sequence[object]) -> None:
        """Send inputs once, in place of those before; calls refer to them by index.

        Raises:
            ChildFailed: if the child is dead.
            TypeError: if a value is not plain data.
        """
        request = _encode((frames.PUT, [wire.encode(value) for value in values]))
        self._exchange(request, _SETUP_SECONDS, _SETUP_SECONDS)

    def load(self, source: str, literals: Sequence[int | float]) -> None:
        """Have the next call execute ``source`` in a fresh module, with ``_literal_k_`` set to ``literals``.

        Nothing is sent yet: a failure to load is raised by that call. A source is compiled once a child.
        """
        number = self._sources.get(source)
        if number is None:
            # Known from the moment that a call has carried it.
            self._pending = (len(self._sources), source, list(literals))
        else:
            self._pending = (number, None, list(literals))

    def call(
        self,
        function: str,
        index: int | None = None,
        value: object = None,
        *,
        cpu_seconds: float,
        wall_seconds: float,
    ) -> Any:
        """Run ``function(program, value)`` of the harness and return its answer as plain data.

        The argument is the input number ``index`` of ``put``, or ``value``. Arrays in the answer are
        read-only.

        Raises:
            ChildFailed: if there is no answer; its reason says why.
            ValueError: if the harness has no such function.
        """
        request = self._called(frames.CALL, function, index, value)
        return self._exchange(request, cpu_seconds, wall_seconds)

    def trace(
        self,
        function: str,
        index: int | None = None,
        value: object = None,
        *,
        cpu_seconds: float,
        wall_seconds: float,
        file: tuple[str, str] | None = None,
    ) -> Any:
        """Call as `call` does, watched; return ``answer``, ``trace`` and what ``failed``, all as claimed.

        What is watched is the program that was loaded, or the ``file`` in the child's folder that it runs:
        its name and text.

        Raises:
            ChildFailed, ValueError: as `call`, save that what the program raises is told as ``failed``.
        """
        request = self._called(frames.TRACE, function, index, value, file)
        return self._exchange(request, cpu_seconds, wall_seconds)

    def watch(
        self,
        function: str,
        index: int | None = None,
        value: object = None,
        *,
        watched: str,
        cpu_seconds: float,
        wall_seconds: float,
    ) -> Any:
        """Call as `call` does; return ``answer`` and ``ranges``, both as claimed.

        The ranges are the least and the largest number, as a list, of each argument of the program's function
        ``watched``; None where it was given something else than numbers or arrays of them.

        Raises:
            ChildFailed, ValueError: as `call`.
        """
        request = self._called(frames.WATCH, function, index, value, watched)
        return self._exchange(request, cpu_seconds, wall_seconds)

    def _called(
        self, operation: int, function: str, index: int | None, value: object, *more: object
    ) -> bytes:
        if function not in self._functions:
            raise ValueError(
                f"the harness has no function {function!r}; it has {', '.join(sorted(self._functions))}"
            )
        data = wire.encode(value) if index is None and value is not None else None
        return _encode((operation, *self._to_load(), function, index, data, *more))

    def _to_load(self) -> tuple[int, str | None, list[int | float] | None]:
        number, source, literals = self._pending or (-1, None, None)
        if source is not None:
            self._sources[source] = number
        self._pending = None
        return number, source, literals

    def check(self, statements: Sequence[str], *, cpu_seconds: float, wall_seconds: float) -> Any:
        """Run statements in the program's namespace; return what each raised, empty where it holds: a claim.

        Raises:
            ChildFailed: if there is no answer; the limits hold for all statements together.
        """
        request = _encode((frames.CHECK, *self._to_load(), list(statements)))
        return self._exchange(request, cpu_seconds, wall_seconds)

    def printed(self) -> bytes:
        """Return what the program claims to have printed since it was loaded; nothing of a dead child.

        A child that will not say is ended.
        """
        if self._ended is not None:
            return b""
        try:
            told = self._exchange(_encode((frames.PRINTED,)), _TELL_SECONDS, 5 * _TELL_SECONDS)
        except ChildFailed:
            return b""
        return told[: printed.LONGEST] if isinstance(told, bytes) else b""

    def prove(self, secret: str, folder: str, allow: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """Have the child try what it must not be able to do, and what the holes ``allow`` let it do.

        Returns what stopped it, by attempt.
        """
        request = _encode((frames.PROVE, {"secret": secret, "folder": folder, "allow": allow}))
        found: dict[str, Any] = self._exchange(request, _SETUP_SECONDS, _SETUP_SECONDS)
        return found

    def close(self) -> None:
        """Kill the child with all it started, and reap it."""
        if self._ended is None:
            self._end(frames.KILL, ChildFailed("killed", "the child was closed"))

    def _end(self, order: int, failure: ChildFailed) -> Report | None:
        self._ended = failure
        self._cpu = clock.cpu_seconds(self.pid) or 0.0
        self._pipe.close()
        try:
            report = self._link.order(order, self.pid)
        except ZygoteGone:
            if self._descendants is not None:
                self._descendants.end()
            return None
        finally:
            if self._descendants is not None:
                self._descendants.close()
            if self._farewell is not None:
                self._farewell()
        if report.error:
            return None
        self._cpu = report.cpu
        return report

    def _exchange(self, request: bytes, cpu_seconds: float, wall_seconds: float) -> Any:
        if self._ended is not None:
            raise ChildFailed(self._ended.reason, f"the child has ended before: {self._ended.detail}")
        limit = _Limit(self, cpu_seconds, wall_seconds)
        self._refuse_early_message()
        nonce = self._nonce()
        self._send(frames.REQUEST.pack(nonce, len(request)), request, limit)
        status, payload = self._receive(nonce, limit)
        if status == frames.ANSWERED:
            return self._decoded(payload)
        raise self._failure(status, payload)

    def _await_ready(self) -> None:
        status, _ = self._receive(0, _Limit(self, _SETUP_SECONDS, _SETUP_SECONDS))
        if status != frames.READY:
            raise self._dead("answer_malformed", "the child sent something before it was ready")

    def _refuse_early_message(self) -> None:
        try:
            count = self._pipe.recv_into(self._buffer, 1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if count == 0:
            raise self._fell_silent()
        raise self._dead("answer_malformed", "the child sent a message that nobody had asked for")

    def _send(self, head: bytes, request: bytes, limit: _Limit) -> None:
        try:
            sent = self._pipe.sendmsg([head, request], (), _NO_SIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            raise self._fell_silent() from None
        if sent == len(head) + len(request):
            return
        rest = memoryview(head + request)[sent:]
        outgoing = select.poll()
        outgoing.register(self._pipe, select.POLLOUT)
        while rest:
            limit.wait(outgoing.poll)
            try:
                rest = rest[self._pipe.send(rest, _NO_SIGNAL) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._fell_silent() from None

    def _take(self, into: memoryview, limit: _Limit) -> int:
        limit.wait(self._incoming.poll)
        try:
            count = self._pipe.recv_into(into)
        except BlockingIOError:
            return 0
        except OSError:
            count = 0
        if count == 0:
            raise self._fell_silent()
        return count

    def _receive(self, nonce: int, limit: _Limit) -> tuple[int, bytes | memoryview]:
        start, filled = frames.REPLY.size, 0
        while filled < start:
            filled += self._take(self._view[filled:], limit)
        echoed, length, status = frames.REPLY.unpack_from(self._buffer)
        if echoed != nonce:
            raise self._dead("answer_malformed", "the child sent a message that answers no call")
        if length > self._max_message:
            raise self._dead(
                "answer_too_large", f"the answer claims {length} bytes, the limit is {self._max_message}"
            )
        if filled > start + length:
            raise self._dead("answer_malformed", "the child sent more than its answer")
        if start + length <= _PIECE:
            while filled < start + length:
                filled += self._take(self._view[filled : start + length], limit)
            return status, bytes(self._view[start:filled])
        return status, self._receive_large(length, filled - start, limit)

    def _receive_large(self, length: int, filled: int, limit: _Limit) -> memoryview:
        # Untouched memory costs nothing, so a header that promises much and sends little takes little.
        payload = np.empty(length, np.uint8).data
        payload[:filled] = self._view[frames.REPLY.size : frames.REPLY.size + filled]
        while filled < length:
            filled += self._take(payload[filled:], limit)
        return payload.toreadonly()

    def _decoded(self, payload: bytes | memoryview) -> Any:
        try:
            return wire.decode(payload)
        except wire.WireError as error:
            raise self._dead("answer_malformed", str(error)) from None

    def _failure(self, status: int, payload: bytes | memoryview) -> ChildFailed:
        detail = bytes(payload[:_LONGEST_DETAIL]).decode(errors="replace")
        reason = frames.REASONS.get(status)
        if reason is None:
            return self._dead("answer_malformed", f"the child sent a message of unknown kind {status}")
        if reason in ("answer_too_large", "memory"):
            return self._dead(reason, detail)
        return ChildFailed(reason, detail)

    def _dead(self, reason: str, detail: str) -> ChildFailed:
        failure = ChildFailed(reason, detail)
        self._end(frames.KILL, failure)
        return failure

    def _fell_silent(self) -> ChildFailed:
        """The child's end of the pipe is closed: find out how it ended."""
        failure = ChildFailed("killed", "the process that forks candidates died")
        report = self._end(frames.AWAIT, failure)
        if report is not None:
            failure = ChildFailed(*cause_of(report))
            self._ended = failure
        return failure


def _unguessable() -> int:
    return int.from_bytes(os.urandom(8), "little")


class _Limit:
    """How long a child may take: CPU seconds by its clock, with a ceiling of wall seconds."""

    __slots__ = ("_child", "_cpu", "_started", "_waited", "_wall", "_wall_until")

    def __init__(self, child: Child, cpu: float, wall: float) -> None:
        self._child = child
        self._cpu = cpu
        self._wall = wall
        self._started = child.cpu_time()
        self._waited = False
        self._wall_until = time.monotonic() + wall

    def wait(self, poll: Callable[[float], list[Any]]) -> None:
        """Return when ``poll`` finds the pipe ready.

        Raises:
            ChildFailed: ``deadline`` or ``stalled``, when a limit is reached before that.
        """
        # Whoever keeps the pipe ready, byte by byte, is held to the limits all the same.
        left = self._left() if self._waited else min(self._cpu, self._wall)
        self._waited = True
        while not poll(max(left, _SOONEST_LOOK) * 1000):
            left = self._left()

    def _left(self) -> float:
        used = self._child.cpu_time() - self._started
        wall = self._wall_until - time.monotonic()
        if used >= self._cpu:
            raise self._child._dead("deadline", f"it used more than its limit of {self._cpu:g} s of CPU")
        if wall <= 0:
            raise self._child._dead(*self._at_ceiling(used))
        # One thread cannot use its CPU time faster than the wall clock goes.
        return min(self._cpu - used, wall)

    def _at_ceiling(self, used: float) -> tuple[str, str]:
        # No measured time in a message: the same run must tell the same.
        if used >= self._cpu / 2:
            return "deadline", f"it took more than {self._wall:g} s of wall time, mostly at work"
        return "stalled", f"it took more than {self._wall:g} s of wall time, mostly idle"
