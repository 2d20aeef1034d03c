"""Carries bytes between the doors in the candidates' network and the ports of this machine they stand for."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping, Sequence

_PIECE = 2**16
_CONNECTIONS = 16
_CONNECT_SECONDS = 5.0


class Relay:
    """Serves ``doors``, listening sockets, until it is closed. ``hosts`` names the host for each port.

    It only moves bytes, at most 16 connections at a time; more wait.
    """

    def __init__(self, doors: Sequence[socket.socket], hosts: Mapping[int, str]) -> None:
        self._doors = doors
        self._hosts = dict(hosts)
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Begin; connections that were made before are dropped: they were made to prove that they can be."""
        for door in self._doors:
            door.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    door.accept()[0].close()
            door.setblocking(True)
            threading.Thread(target=self._serve, args=(door,), daemon=True).start()

    def close(self) -> None:
        """End all connections and take no more."""
        with self._lock:
            self._closed = True
            for one in (*self._doors, *self._open):
                _end(one)
        for door in self._doors:
            door.close()

    def _serve(self, door: socket.socket) -> None:
        port = door.getsockname()[1]
        while not self._closed:
            self._free.acquire()
            try:
                near, _ = door.accept()
            except OSError:
                self._free.release()
                return
            threading.Thread(target=self._carry, args=(near, port), daemon=True).start()

    def _carry(self, near: socket.socket, port: int) -> None:
        try:
            with near, socket.create_connection((self._hosts[port], port), _CONNECT_SECONDS) as far:
                far.settimeout(None)
                if self._enter(near, far):
                    back = threading.Thread(target=_pump, args=(far, near), daemon=True)
                    back.start()
                    _pump(near, far)
                    back.join()
                    self._leave(near, far)
        except OSError:
            # Nobody listens there: the candidate sees its connection end.
            return
        finally:
            self._free.release()

    def _enter(self, *pair: socket.socket) -> bool:
        with self._lock:
            self._open.update(pair)
            return not self._closed

    def _leave(self, *pair: socket.socket) -> None:
        with self._lock:
            self._open.difference_update(pair)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(_PIECE):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        _end(source)
        _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
