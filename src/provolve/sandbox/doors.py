"""Listening sockets in the zygote's own network, one for each port that candidates may connect to.

That network has no other way out: what arrives here is carried to the same port of the machine by the judge
(``relay.py``), so that a hole leads to one port of one host, which Landlock alone could not ensure.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterable

_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914
_UP = 1
_REQUEST = struct.Struct("16sh22x")
_ADDRESSES = {
    "127.0.0.1": ((socket.AF_INET, "127.0.0.1"),),
    "::1": ((socket.AF_INET6, "::1"),),
    "localhost": ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")),
}


def open_doors(places: Iterable[tuple[str, int]]) -> list[socket.socket]:
    """Return sockets that listen on ``places``, pairs of host and port, in this network namespace.

    Raises:
        OSError: if the loopback interface cannot be brought up, or a place not be listened on.
    """
    _bring_up()
    doors = []
    for host, port in places:
        for number, (family, address) in enumerate(_ADDRESSES[host]):
            door = socket.socket(family, socket.SOCK_STREAM)
            try:
                door.bind((address, port))
            except OSError:
                door.close()
                # For localhost the older of the two families has to do where there is no other.
                if number == 0:
                    raise
                continue
            door.listen()
            doors.append(door)
    return doors


def _bring_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _GET_FLAGS, _REQUEST.pack(b"lo", 0))
        flags = _REQUEST.unpack(answer)[1]
        if not flags & _UP:
            fcntl.ioctl(any_socket, _SET_FLAGS, _REQUEST.pack(b"lo", flags | _UP))
