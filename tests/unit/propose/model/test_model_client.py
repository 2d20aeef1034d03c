"""The client and its connections: what goes over the wire, and what becomes of whatever comes back."""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import queue
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest

from provolve.errors import UsageError
from provolve.propose.model.client import Client
from provolve.propose.model.connections import Connections, NotConnected
from provolve.propose.model.crew import Crew
from provolve.propose.model.endpoint import CallFailed, Request, Sampling
from provolve.propose.redaction import Redaction
from provolve.record import CallOutcome, Message

Speak = Callable[[socket.socket, str, int], bool]
"""Answers one request over its socket; whether the connection stays open."""

DEADLINE = 60.0


class Wire:
    """A server that says just the bytes that a test gives it."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.connections = 0
        self.requests: list[str] = []
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
            while head := _head(lines):
                length = next(
                    (int(line[15:]) for line in head.lower().splitlines() if line[:15] == "content-length:"),
                    0,
                )
                body = lines.read(length).decode("latin-1")
                self.requests.append(head + body)
                if not self._speak(connection, head + body, len(self.requests)):
                    return

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


def _head(lines: object) -> str:
    return "".join(itertools.takewhile(str.strip, (line.decode("latin-1") for line in lines)))  # type: ignore[attr-defined]


@contextlib.contextmanager
def wire(speak: Speak) -> Iterator[Wire]:
    server = Wire(speak)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def client(url: str, **how: object) -> Iterator[Client]:
    made = Client(url, Redaction({"SOME_KEY": "abcdefgh12345"}), **how)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def request(deadline: float = DEADLINE) -> Request:
    return Request("m", (Message("user", "say \ud800 something"),), 100, Sampling(), deadline)


def ask(url: str, **how: object) -> tuple[str, int | None]:
    with client(url, **how) as made:
        reply = made.complete(request(), threading.Event())
    return reply.text, reply.tokens_out


def failure(url: str, **how: object) -> CallFailed:
    with client(url, **how) as made, pytest.raises(CallFailed) as failed:
        made.complete(request(), threading.Event())
    return failed.value


def stream(*pieces: str, finish: str | None = "stop", done: bool = True) -> bytes:
    chunks: list[dict[str, object]] = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    if finish:
        chunks.append(
            {"choices": [{"delta": {}, "finish_reason": finish}], "usage": {"completion_tokens": 7}}
        )
    lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return (lines + ("data: [DONE]\n\n" if done else "")).encode()


def answer(body: bytes, kind: str = "text/event-stream", status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def chunked(body: bytes, size: int = 7) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    parts = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + parts


def saying(data: bytes, stay: bool = True) -> Speak:
    def speak(connection: socket.socket, request: str, number: int) -> bool:
        connection.sendall(data)
        return stay

    return speak


@pytest.mark.parametrize("data", [answer(stream("a", "b")), chunked(stream("a", "b"))])
def test_a_connection_serves_one_call_after_another(data: bytes) -> None:
    with wire(saying(data)) as server, client(server.url) as made:
        for _ in range(3):
            reply = made.complete(request(), threading.Event())
            assert (reply.text, reply.tokens_out) == ("ab", 7)
        assert server.connections == 1
        assert (
            json.loads(server.requests[0].splitlines()[-1])["messages"][0]["content"]
            == "say \ud800 something"
        )


def test_a_connection_that_the_server_closed_or_wrote_into_is_not_used_again() -> None:
    told: queue.SimpleQueue[None] = queue.SimpleQueue()

    def speak(connection: socket.socket, request: str, number: int) -> bool:
        connection.sendall(answer(stream(str(number))))
        if number == 1:
            connection.shutdown(socket.SHUT_RDWR)
        elif number == 2:
            connection.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        told.put(None)
        return number != 1

    with wire(speak) as server, client(server.url) as made:
        for number in (1, 2, 3):
            assert made.complete(request(), threading.Event()).text == str(number)
            told.get()
        assert server.connections == 3


def test_a_reply_that_is_not_read_to_its_end_leaves_no_connection_behind() -> None:
    broken = stream("a", finish=None, done=False) + b"data: {no json\n\n" + b"x" * 10
    with wire(saying(answer(broken))) as server, client(server.url) as made:
        for _ in range(2):
            with pytest.raises(CallFailed) as failed:
                made.complete(request(), threading.Event())
            assert failed.value.outcome is CallOutcome.DISCONNECTED
            assert (failed.value.partial, failed.value.billed, failed.value.again) == ("a", True, True)
        assert server.connections == 2


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\ndata: ", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_no_server_stretches_a_deadline_byte_by_byte(head: bytes) -> None:
    ticks = itertools.count()

    def speak(connection: socket.socket, request: str, number: int) -> bool:
        connection.sendall(head)
        while True:
            connection.sendall(b"x")

    with wire(speak) as server:
        failed = failure(server.url, clock=lambda: float(next(ticks)))
    assert failed.outcome is CallOutcome.DEADLINE
    assert failed.billed


@pytest.mark.parametrize("more", ["", "Connection: close\r\n"])
def test_closing_breaks_off_what_is_under_way_and_says_that_it_may_cost(more: str) -> None:
    begun = threading.Event()

    class Looked(threading.Event):
        """Is looked at whenever a part of the reply was read."""

        def is_set(self) -> bool:
            begun.set()
            return False

    def speak(connection: socket.socket, request: str, number: int) -> bool:
        connection.sendall(answer(stream("a", "b"), more=more)[:-40])
        return True

    outcomes: queue.SimpleQueue[CallFailed] = queue.SimpleQueue()
    with wire(speak) as server, client(server.url) as made:

        def call() -> None:
            try:
                made.complete(request(), Looked())
            except CallFailed as failed:
                outcomes.put(failed)

        thread = threading.Thread(target=call)
        thread.start()
        assert begun.wait(DEADLINE)
        made.close()
        thread.join()
        failed = outcomes.get()
        assert (failed.outcome, failed.billed) == (CallOutcome.ABANDONED, True)
        with pytest.raises(CallFailed):
            made.complete(request(), threading.Event())
        assert len(server.requests) == 1


def calls_until_refused(made: Client, calls: int) -> set[CallOutcome]:
    """Make calls until one is refused for good, as a run does; then close. Return how calls failed."""
    refused, outcomes = threading.Event(), set()

    def call() -> None:
        for _ in range(4):
            try:
                made.complete(request(), threading.Event())
            except CallFailed as failed:
                outcomes.add(failed.outcome)
                if failed.lasting:
                    refused.set()

    threads = [threading.Thread(target=call) for _ in range(calls)]
    for thread in threads:
        thread.start()
    assert refused.wait(DEADLINE)
    made.close()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_refused_key_leaves_no_socket_open_whatever_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call meets the closing at another place: idle, connecting, sending, half an answer, none."""
    unclosed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: unclosed.append(told.exc_value))
    whole = answer(stream("a"))
    half = answer(stream("a", "b"), more="Connection: close\r\n")[:-40]
    refusal = answer(b"{}", "application/json", "401 Unauthorized")

    def speak(connection: socket.socket, request: str, number: int) -> bool:
        connection.sendall((whole, half, b"", refusal, whole[:9])[number % 5])
        return number % 5 != 2

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        for _ in range(40):
            with wire(speak) as server, client(server.url) as made:
                assert CallOutcome.DEADLINE not in calls_until_refused(made, 6)
        gc.collect()
    assert unclosed == []


def test_servers_that_do_not_stream_or_are_casual_about_it_are_understood() -> None:
    whole = {
        "choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}],
        "usage": {"completion_tokens": 7},
    }
    with wire(saying(answer(json.dumps(whole).encode(), "application/json; charset=utf-8"))) as server:
        assert ask(server.url) == ("ab", 7)
    casual = b": hello\r\nevent: x\r\n" + stream("a", "b").replace(b"data: ", b"data:").replace(
        b"\n", b"\r\n"
    )
    with wire(saying(answer(casual))) as server:
        assert ask(server.url) == ("ab", 7)
    # The stream ends with its connection, and nothing tells its length.
    with wire(saying(b"HTTP/1.0 200 OK\r\n\r\n" + stream("a", "b", done=False), stay=False)) as server:
        assert ask(server.url) == ("ab", 7)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (
            answer(b'data: {"error": {"message": "abcdefgh12345 is out of memory"}}\n\n'),
            CallOutcome.MALFORMED,
        ),
        (answer(b"data: 3\n\n"), CallOutcome.MALFORMED),
        (answer(b'data: {"choices": [7]}\n\n'), CallOutcome.MALFORMED),
        (answer(b"<html>busy</html>", "text/html"), CallOutcome.MALFORMED),
        (answer(b"{", "application/json"), CallOutcome.MALFORMED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", CallOutcome.UNREACHABLE),
        (chunked(stream("a", "b"))[:-30], CallOutcome.DISCONNECTED),
        (answer(stream("a", "b"))[:-60], CallOutcome.DISCONNECTED),
        (answer(b'{"error": {"message": "no"}}', status="503 Busy"), CallOutcome.SERVER_FAILED),
        (answer(b'{"detail": "no"}', status="422 No", more="Retry-After: x\r\n"), CallOutcome.REFUSED),
        (answer(b"\xff\xfe", status="400 No"), CallOutcome.REFUSED),
    ],
)
def test_whatever_comes_back_has_a_name(data: bytes, outcome: CallOutcome) -> None:
    with wire(saying(data, stay=False)) as server:
        failed = failure(server.url)
    assert failed.outcome is outcome
    assert "abcdefgh12345" not in failed.detail


def test_a_busy_server_says_when_to_come_again_and_a_moved_one_where_it_is() -> None:
    busy = answer(b'{"error": {"message": "slow down"}}', status="429 Busy", more="Retry-After: 1.5\r\n")
    with wire(saying(busy)) as server:
        failed = failure(server.url)
    assert (failed.outcome, failed.after, failed.again) == (CallOutcome.BUSY, 1.5, True)
    assert failed.detail.endswith("answered 429: slow down")
    with wire(saying(answer(b"", status="308 Gone", more="Location: http://new/v1\r\n"))) as server:
        failed = failure(server.url)
    assert failed.lasting
    assert "moved to http://new/v1" in failed.detail


def test_a_request_is_put_in_the_dialect_that_the_server_wants() -> None:
    def speak(connection: socket.socket, request: str, number: int) -> bool:
        body = json.loads(request.splitlines()[-1])
        wrong = next((name for name in ("max_tokens", "stream_options") if name in body), None)
        if wrong:
            said = "use max_completion_tokens" if wrong == "max_tokens" else "stream_options is unknown"
            told = json.dumps({"error": {"message": said}}).encode()
            connection.sendall(answer(told, "application/json", "400 Bad Request"))
        else:
            connection.sendall(answer(stream("a")))
        return True

    with wire(speak) as server, client(server.url) as made:
        assert made.complete(request(), threading.Event()).text == "a"
        assert made.complete(request(), threading.Event()).text == "a"
        assert (len(server.requests), server.connections) == (4, 1)


def test_the_proxy_of_the_environment_is_used_but_where_it_is_bypassed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def speak(connection: socket.socket, request: str, number: int) -> bool:
        closed = request.startswith("CONNECT")
        connection.sendall(answer(b"", status="403 No") if closed else answer(stream("a")))
        return not closed

    with wire(speak) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:pass%20word@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert ask("http://models.test:8000/v1") == ("a", 7)
        assert proxy.requests[0].startswith("POST http://models.test:8000/v1/chat/completions HTTP/1.1")
        assert "Host: models.test:8000" in proxy.requests[0]
        assert "Proxy-Authorization: Basic bWU6cGFzcyB3b3Jk" in proxy.requests[0]
        with wire(saying(answer(stream("b")))) as server:
            monkeypatch.setenv("no_proxy", "127.0.0.1")
            assert ask(server.url) == ("b", 7)
            assert server.requests[0].startswith("POST /v1/chat/completions HTTP/1.1")
        # To a server behind TLS the proxy only opens a tunnel: it sees no path, no key and no prompt.
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.port}")
        failed = failure("https://models.test/v1")
        assert (failed.outcome, failed.billed) == (CallOutcome.UNREACHABLE, False)
        assert proxy.requests[1].startswith("CONNECT models.test:443 HTTP/1.")
        assert "Bearer" not in proxy.requests[1]
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    with pytest.raises(UsageError, match="NO_PROXY"):
        Client("http://models.test/v1", Redaction({}))


@pytest.mark.parametrize(
    "url", ["localhost:1/v1", "ftp://a/v1", "http:///v1", "http://a:b/v1", "http://a:99999"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="base URL"):
        Connections(url, {})


@pytest.mark.parametrize("host", [".example", f"{'a' * 70}.example"])
def test_a_host_that_cannot_be_named_is_not_connected(host: str) -> None:
    with pytest.raises(NotConnected, match="label"):
        Connections(f"http://{host}/v1", {}).send("GET", "/models", None, 5.0)


def test_nothing_is_sent_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    connections = Connections(f"http://127.0.0.1:{port}/v1", {})
    with pytest.raises(NotConnected):
        connections.send("GET", "/models", None, 5.0)


# The threads ----------------------------------------------------------------------------------------------


def test_a_crew_has_a_thread_for_all_that_is_under_way_and_uses_them_again() -> None:
    crew, gate, done = Crew(), threading.Barrier(5), queue.SimpleQueue[int]()

    def together() -> None:
        gate.wait(DEADLINE)  # passes only if all are under way at a time
        done.put(threading.get_ident())

    for _ in range(4):
        crew.start(together)
    gate.wait(DEADLINE)
    first = {done.get() for _ in range(4)}
    assert len(first) == 4
    crew.close()
    for thread in threading.enumerate():
        if thread.ident in first:
            thread.join()


def test_a_crew_starts_no_thread_for_work_after_work() -> None:
    crew, done = Crew(), queue.SimpleQueue[threading.Thread]()
    seen = set()
    for _ in range(20):
        crew.start(lambda: done.put(threading.current_thread()))
        seen.add(done.get())
        while not crew.free:  # the thread is about to be
            pass
    assert len(seen) == 1
    crew.close()
    seen.pop().join()
