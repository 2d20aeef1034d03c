"""Connections to one server, kept open from one request to the next.

Built on the standard library's client: a call through it takes a twelfth of the CPU that a call through the
package openai takes, which shows wherever a model answers fast.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import io
import select
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit

from provolve.errors import UsageError

_CONNECT_SECONDS = 10.0
_KEPT_SECONDS = 5.0
"""How long an idle connection is trusted: much longer, and what stands between may have dropped it."""
_DRAIN_SECONDS = 0.2
_DRAINED = 2**16
_LONGEST_LINE = 2**24


class NotConnected(OSError):
    """The server could not be reached; nothing was sent."""


class Exchange:
    """One answer of the server, whose body is read as it comes. A context manager."""

    def __init__(
        self,
        connection: http.client.HTTPConnection,
        response: _Response,
        leave: Callable[[http.client.HTTPConnection, bool], None],
    ) -> None:
        self._connection = connection
        self._response = response
        self._leave = leave
        self.status = response.status

    def header(self, name: str) -> str:
        """Return a header of the answer, empty where there is none."""
        return self._response.headers.get(name, "")

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the body.

        Raises:
            TimeoutError: at the deadline of the request.
            OSError, http.client.HTTPException: as the connection breaks.
        """
        while line := self._response.readline(_LONGEST_LINE):
            yield line

    def read(self, most: int) -> bytes:
        """Return the body, cut off after ``most`` bytes; raises as `lines` does."""
        return self._response.read(most)

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Keep the connection where the body has been read to its end, or close it."""
        keep = False
        try:
            whole = kind is None and self._drained()
            self._response.close()
            keep = whole and not self._response.will_close
        finally:
            self._leave(self._connection, keep)

    def _drained(self) -> bool:
        """Read what is left, as long as it is little and there already; whether that was all there is."""
        self._response.came.hurry(_DRAIN_SECONDS)
        try:
            self._response.read(_DRAINED)
        except (OSError, http.client.HTTPException, ValueError):
            return False
        return self._response.isclosed() and not self._response.body.spilled


class Connections:
    """The way to the server at ``base_url``; safe to use from many threads.

    It heeds the proxies that the environment names, and trusts the certificates that the system does.

    Raises:
        UsageError: if the address cannot be meant, or the proxy is of an unknown kind.
    """

    def __init__(
        self, base_url: str, headers: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._server = _address(base_url)
        self._headers = dict(headers)
        self._clock = clock
        self._proxy = _proxy(self._server)
        self._prefix = self._server.path.rstrip("/")
        if self._proxy is not None and self._server.scheme == "http":
            self._prefix = f"http://{self._server.netloc}{self._prefix}"
            self._headers |= _proxy_headers(self._proxy)
        self._trust = ssl.create_default_context() if self._server.scheme == "https" else None
        self._lock = threading.Lock()
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []
        # By its connection, which lets go of its socket as soon as the server says that it will close.
        self._busy: dict[http.client.HTTPConnection, socket.socket] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether all was broken off from here."""
        return self._closed

    def send(self, method: str, path: str, body: bytes | None, seconds: float) -> Exchange:
        """Send one request; return the answer, of which status and headers have come.

        Args:
            method: such as ``POST``.
            path: what follows the base URL, from its slash on.
            body: what is sent, if anything.
            seconds: until the whole answer must be there.

        Raises:
            NotConnected: if the server cannot be reached.
            TimeoutError: if there is no answer in time.
            OSError, http.client.HTTPException: as the connection breaks.
        """
        end = self._clock() + seconds
        connection = self._connection(seconds)
        try:
            connection.response_class = functools.partial(_Response, end=end, clock=self._clock)  # type: ignore[assignment]
            connection.sock.settimeout(max(0.001, end - self._clock()))
            connection.request(method, self._prefix + path, body, self._headers)
            return Exchange(connection, cast(_Response, connection.getresponse()), self._left)
        except BaseException:
            self._left(connection, False)
            raise

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        connection = self._kept() or self._connected(min(_CONNECT_SECONDS, seconds))
        with self._lock:
            if not self._closed:
                self._busy[connection] = connection.sock
                return connection
        connection.close()
        raise NotConnected("the run ended")

    def _kept(self) -> http.client.HTTPConnection | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, since = self._idle.pop()
            if self._clock() - since < _KEPT_SECONDS and not _has_news(connection.sock):
                return connection
            connection.close()

    def _connected(self, seconds: float) -> http.client.HTTPConnection:
        connection = self._new(seconds)
        try:
            connection.response_class = functools.partial(  # of a proxy, if there is one
                _Response, end=self._clock() + seconds, clock=self._clock
            )  # type: ignore[assignment]
            connection.connect()
            # Small requests must not wait for the answer to what went before.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (OSError, http.client.HTTPException, UnicodeError) as error:  # the last: no name of a host
            connection.close()
            raise NotConnected(str(error) or type(error).__name__) from error
        return connection

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        to = self._proxy or self._server
        host, port = to.hostname or "", to.port
        if self._trust is None:
            return http.client.HTTPConnection(host, port, timeout=seconds)
        if self._proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=self._trust)
        tunnel = http.client.HTTPSConnection(host, port or 80, timeout=seconds, context=self._trust)
        tunnel.set_tunnel(self._server.hostname or "", self._server.port, _proxy_headers(self._proxy))
        return tunnel

    def _left(self, connection: http.client.HTTPConnection, keep: bool) -> None:
        with self._lock:
            self._busy.pop(connection, None)
            if keep and not self._closed:
                self._idle.append((connection, self._clock()))
                return
        connection.close()

    def close(self) -> None:
        """Break what is under way, and send nothing more."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for sock in self._busy.values():
                # Its thread sees the end of the stream, and closes it. The method of a socket with TLS would
                # first make a plain one of it, while that thread may be writing.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for connection, _ in idle:
            connection.close()


class _Timed(io.RawIOBase):
    """What comes over a socket until ``end`` by ``clock``: no server can stretch that byte by byte."""

    def __init__(self, sock: socket.socket, end: float, clock: Callable[[], float]) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", 0)
        self._end = end
        self._clock = clock
        self._stopped = False

    def hurry(self, seconds: float) -> None:
        """Let the end be in ``seconds`` at the latest."""
        self._end = min(self._end, self._clock() + seconds)

    def stop(self) -> None:
        """Give nothing more."""
        self._stopped = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._stopped:
            return None
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Body(io.BufferedReader):
    """The bytes of an answer; ``spilled``: whether more had come, when it was closed, than was read."""

    spilled = False

    def __init__(self, came: _Timed) -> None:
        super().__init__(came)
        self._came = came

    def close(self) -> None:
        if not self.closed:
            self._came.stop()
            self.spilled = bool(self.peek(1))
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer that ends at its deadline."""

    def __init__(
        self, sock: socket.socket, *how: Any, end: float, clock: Callable[[], float], **more: Any
    ) -> None:
        super().__init__(sock, *how, **more)
        self.fp.close()
        self.came = _Timed(sock, end, clock)
        self.fp = self.body = _Body(self.came)


def _has_news(sock: socket.socket | None) -> bool:
    """Return whether an idle connection is closed by the server, or holds what nobody asked for."""
    if sock is None:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _address(base_url: str) -> SplitResult:
    parts = urlsplit(base_url)
    try:
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise UsageError(f"the base URL {base_url!r} is none: give one such as http://localhost:11434/v1")
    return parts


def _proxy(server: SplitResult) -> SplitResult | None:
    """Return the proxy that the environment names for ``server``, if it does."""
    named = urllib.request.getproxies()
    address = named.get(server.scheme) or named.get("all")
    if not address or urllib.request.proxy_bypass(server.netloc.rpartition("@")[2]):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise UsageError(
            f"the proxy of the environment is of the kind {proxy.scheme}, which cannot be used: name one of "
            f"http:// in {server.scheme.upper()}_PROXY, or the server in NO_PROXY"
        )
    return proxy


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    name = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(name.encode()).decode()}"}
