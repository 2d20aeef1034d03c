"""What a child tries of the holes in its wall: what they open must work, what lies beside them must not."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from . import holes

RUN_INTERPRETER = "start the interpreter"
_SECONDS = 10
_RANGE = range(1, 2**16)
_OTHER_DEVICES = ("/dev/null", "/dev/zero")
_OWN_SOCKET = 3
_LIST_INTERFACES = 0x8912
"""SIOCGIFCONF."""


def works(allowed: Sequence[Mapping[str, Any]]) -> dict[str, Callable[[], object]]:
    """Return by name of the hole what must succeed."""
    tries: dict[str, Callable[[], object]] = {}
    for each in allowed:
        hole = holes.Hole(**each)
        if hole.kind == holes.READ:
            tries[hole.name] = partial(_look_into, hole.path)
        elif hole.kind == holes.NET:
            tries[hole.name] = partial(_connect, hole.host, hole.port)
        elif hole.kind == holes.GPU:
            tries[hole.name] = partial(_open_one, hole.devices)
        else:
            tries[hole.name] = _start
    return tries


def beside(allowed: Sequence[Mapping[str, Any]]) -> dict[str, Callable[[], object]]:
    """Return by name what must fail all the same."""
    found = [holes.Hole(**each) for each in allowed]
    tries: dict[str, Callable[[], object]] = {}
    for hole in found:
        if hole.kind == holes.READ:
            tries[f"write to {hole.path}"] = partial(_write, hole.path)
        if hole.kind == holes.GPU:
            device_beside = next(device for device in _OTHER_DEVICES if device not in hole.devices)
            tries["open a device that is no GPU"] = partial(_open_one, [device_beside])
            tries["control a socket"] = partial(fcntl.ioctl, _OWN_SOCKET, _LIST_INTERFACES, bytes(16))
        if hole.kind == holes.PROCESSES:
            tries["leave its group of processes"] = partial(_in_process, os.setsid)
            tries["make a group of processes"] = partial(_in_process, partial(os.setpgid, 0, 0))
            tries["signal its parent from a process of its own"] = partial(
                _in_process, partial(os.kill, os.getppid(), 0)
            )
    ports = {hole.port for hole in found if hole.kind == holes.NET}
    if ports:
        other = next(port for port in _RANGE if port not in ports)
        tries["connect to another port"] = partial(_reach, other)
        tries["listen"] = partial(_listen, other)
    return tries


def run_interpreter() -> None:
    """Start this interpreter anew.

    Raises:
        OSError: if it cannot be started, or does not run.
    """
    process = os.fork()
    if process == 0:
        try:
            os.execv(os.path.realpath(sys.executable), ["python", "-I", "-S", "-c", ""])
        finally:
            os._exit(1)
    if os.waitpid(process, 0)[1]:
        raise PermissionError(errno.EACCES, "the interpreter does not start")


def _look_into(path: str) -> None:
    if os.path.isdir(path):  # noqa: PTH112
        os.listdir(path)  # noqa: PTH208
    else:
        os.close(os.open(path, os.O_RDONLY))


def _write(path: str) -> None:
    if os.path.isdir(path):  # noqa: PTH112
        path = os.path.join(path, f"provolve-{os.getpid()}")  # noqa: PTH118
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink(path)  # noqa: PTH108
    else:
        os.close(os.open(path, os.O_WRONLY))


def _open_one(devices: Sequence[str]) -> None:
    """Open one of them to read and write: of several, some may be kept from this container."""
    refused: OSError | None = None
    for device in devices:
        try:
            os.close(os.open(device, os.O_RDWR | os.O_CLOEXEC))
        except OSError as error:
            refused = error
        else:
            return
    raise refused or FileNotFoundError(errno.ENOENT, "no device")


def _start() -> None:
    _in_process(lambda: None)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    process = os.fork()
    if process == 0:
        signal.pause()
        os._exit(0)
    # Where signals cannot be kept within, none can be sent; then it ends with the child.
    try:
        os.kill(process, signal.SIGKILL)
    except PermissionError:
        return
    os.waitpid(process, 0)


def _in_process(action: Callable[[], object]) -> None:
    """Carry ``action`` out in a process of its own; raise its error number here."""
    process = os.fork()
    if process == 0:
        code = 255
        try:
            action()
            code = 0
        except OSError as error:
            code = error.errno or 255
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if code:
        raise OSError(abs(code), "in a process of its own")


def _connect(host: str, port: int) -> None:
    numeric = "::1" if host == "::1" else "127.0.0.1"
    socket.create_connection((numeric, port), _SECONDS).close()


def _reach(port: int) -> None:
    """Try to connect: only a refusal of permission stops it, for whoever is refused by nobody got through."""
    try:
        socket.create_connection(("127.0.0.1", port), _SECONDS).close()
    except PermissionError:
        raise
    except OSError:
        return


def _listen(port: int) -> None:
    with socket.socket() as own:
        own.bind(("127.0.0.1", port))
