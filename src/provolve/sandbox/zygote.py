"""The warm process that children are forked from. It runs apart, and never imports provolve.

It takes orders on one socket: fork a child onto the socket that comes along, end a child, await a child's
end. It holds no secret, and when the judge's end of its socket closes it ends its children and itself.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import random
import signal
import socket
import struct
import sys
import time
from typing import Any

from . import confinement, devices, doors, frames, holes, libc, libraries, service

_LENGTH = struct.Struct("<Q")
_PRELOADED = (
    "bisect", "collections", "dataclasses", "functools", "heapq", "itertools", "math", "numpy", "operator",
    "random", "typing",
)  # fmt: skip
_FOR_SEALED = (
    "abc", "array", "base64", "binascii", "calendar", "cmath", "copy", "datetime", "decimal", "enum",
    "fractions", "graphlib", "hashlib", "json", "numbers", "numpy.fft", "numpy.linalg", "numpy.ma",
    "numpy.polynomial", "numpy.random", "queue", "re", "statistics", "string", "struct", "textwrap", "time",
    "traceback", "unicodedata", "warnings", "zlib",
)  # fmt: skip
"""What children who can open no file find ready besides: the library's modules for computing."""
_GRACE = 0.1
"""Seconds that a child which closed its pipe has to end by itself."""
_CHILD_SOCKET = 3


class ProfileFailed(Exception):
    """The profile cannot be loaded; the text says what to do."""


def main(control: int) -> None:
    """Load the profile that comes over the descriptor ``control``, then serve until it closes."""
    link = socket.socket(fileno=control)
    settings = json.loads(_take(link, _LENGTH.unpack(_take(link, _LENGTH.size))[0]))
    children: set[int] = set()
    _end_with_judge(settings["judge"], children)
    try:
        zygote = Zygote(link, settings, children)
    except ProfileFailed as error:
        _say(link, {"error": str(error)})
        return
    except Exception as error:  # noqa: BLE001 - there is nobody else to tell
        _say(link, {"error": f"the sandbox cannot start: {service.explain(error)}"})
        return
    _say(link, {"error": "", **zygote.state})
    zygote.hand_over_doors()
    zygote.serve()


class Zygote:
    """The loaded profile, the prepared confinement and the children alive."""

    def __init__(self, link: socket.socket, settings: dict[str, Any], children: set[int]) -> None:
        self._link = link
        self._settings = settings
        self._children = children
        allowed = [holes.Hole(**hole) for hole in settings["allow"]]
        wall = confinement.Confinement(
            settings["layers"], settings["user"], settings["without"], settings["scratch"], allowed
        )
        wall.leave_namespaces(settings["namespaces"])
        self._doors = self._open_doors(allowed, wall)
        standard = list(sys.path)
        _preload(settings["path"], [*(_FOR_SEALED if wall.sealed else ()), *settings["imports"]])
        opened = [hole.path for hole in allowed if hole.kind == holes.READ]
        paths = libraries.readable(standard) + settings["readable"] + opened
        closed = not libraries.open_to_all(paths) or (os.geteuid() == 0 and any(map(holes.not_open, opened)))
        wall.close_files(paths, open_to_all=not closed)
        # Again: every change of user or capabilities may have cleared it.
        _end_with_judge(settings["judge"], children)
        os.chdir(settings["folder"])
        self._functions = _harness(settings["harness"])
        _check_untouched(wall.devices)
        wall.prepare(settings["memory"])
        self._wall = wall
        names = [name for name, value in self._functions.items() if callable(value)]
        self.state = {"pid": os.getpid(), "functions": names, "doors": len(self._doors), **wall.state()}
        gc.collect()
        gc.freeze()
        gc.disable()

    @staticmethod
    def _open_doors(allowed: list[holes.Hole], wall: confinement.Confinement) -> list[socket.socket]:
        places = [(hole.host, hole.port) for hole in allowed if hole.kind == holes.NET]
        apart = "namespaces" in wall.wanted and "namespaces" not in wall.missing
        return doors.open_doors(places) if places and apart else []

    def hand_over_doors(self) -> None:
        """Give the listening sockets to the judge: children must not hold them."""
        if self._doors:
            socket.send_fds(self._link, [b"."], [door.fileno() for door in self._doors])
        for door in self._doors:
            door.close()

    def serve(self) -> None:
        """Carry out orders until the judge is gone, then end all children."""
        try:
            while True:
                data, descriptors, _, _ = socket.recv_fds(self._link, frames.ORDER.size, 1)
                if len(data) < frames.ORDER.size:
                    break
                order, process = frames.ORDER.unpack(data)
                self._link.sendall(self._carry_out(order, process, descriptors))
        except ConnectionError:
            pass
        for process in self._children:
            _kill(process)

    def _carry_out(self, order: int, process: int, descriptors: list[int]) -> bytes:
        if order == frames.FORK:
            return self._fork(descriptors[0], process)
        return self._end(process, _GRACE if order == frames.AWAIT else 0.0)

    def _fork(self, descriptor: int, number: int) -> bytes:
        try:
            process = os.fork()
        except OSError as error:
            os.close(descriptor)
            return frames.REPORT.pack(0, error.errno or 1, 0, 0, 0.0)
        if process == 0:
            self._become_child(descriptor, number)
        os.close(descriptor)
        self._children.add(process)
        return frames.REPORT.pack(process, 0, 0, 0, 0.0)

    def _become_child(self, descriptor: int, number: int) -> None:
        code = frames.EXIT_CONFINEMENT
        try:
            os.dup2(descriptor, _CHILD_SOCKET)
            self._wall.put_on(number)
            if "descriptors" not in self._settings["without"]:
                os.closerange(_CHILD_SOCKET + 1, 2**16)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            random.seed(0)
            gc.enable()
            code = frames.EXIT_PIPE
            service.Service(
                _CHILD_SOCKET, self._functions, self._settings["max_message"], self._wall.liftable()
            ).run()
        finally:
            # Nothing may unwind into the zygote's own loop.
            os._exit(code)

    def _end(self, process: int, grace: float) -> bytes:
        if process not in self._children:
            return frames.REPORT.pack(process, 3, 0, 0, 0.0)
        killed = not _ended_within(process, grace)
        _kill(process)
        _, status, usage = os.wait4(process, 0)
        self._children.discard(process)
        if self._wall.leaky:
            _reap_group(process)
            self._end_orphans()
        return frames.REPORT.pack(process, 0, status, killed, usage.ru_utime + usage.ru_stime)

    def _end_orphans(self) -> None:
        """End what a child at a weak level left behind: the kernel has made the zygote its parent."""
        for process in _own_children():
            if process not in self._children:
                _kill(process)
                os.waitpid(process, 0)


def _reap_group(group: int) -> None:
    """Wait for all that the child ``group`` had started: its whole group has been killed with it.

    Who loses its parent becomes the zygote's before that parent can be reaped, so none is missed.
    """
    try:
        while True:
            os.waitpid(-group, 0)
    except ChildProcessError:
        return


def _own_children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _ended_within(process: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.0005)


def _kill(process: int) -> None:
    # The group first: as long as the child is not reaped, its number cannot belong to anybody else.
    for end in (os.killpg, os.kill):
        try:
            end(process, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _end_with_judge(judge: int, children: set[int]) -> None:
    """End, and end ``children``, when the judge's process ends.

    The kernel reports the end of the thread that started this process, too: hence a signal with a
    handler that looks, rather than SIGKILL.
    """

    def look(*_: object) -> None:
        if os.getppid() != parent:
            for process in children:
                _kill(process)
            os._exit(0)

    parent = os.getppid()
    signal.signal(signal.SIGTERM, look)
    if sys.platform == "linux":
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGTERM)
    if judge and parent != judge:
        os._exit(0)


def _preload(path: list[str], imports: list[str]) -> None:
    """Import what children will find ready; the further ``path`` is in force only for that."""
    own = list(sys.path)
    sys.path.extend(path)
    for name in (*_PRELOADED, *imports):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ProfileFailed(
                f"the sandbox cannot import {name!r} ({error}): install it, or take it out of the imports"
            ) from None
    sys.path[:] = own
    # One miss fills the caches of all folders, which children may not list.
    sys.path_importer_cache.clear()
    importlib.util.find_spec("provolve_missing")
    numpy = sys.modules["numpy"]
    numpy.random.seed(0)


def _harness(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "harness"}
    try:
        exec(compile(source, frames.HARNESS, "exec", dont_inherit=True), namespace)
    except Exception as error:  # noqa: BLE001 - the task's code: whatever it raises is reported
        raise ProfileFailed(
            f"the harness failed: {service.explain(error)}. Mend the harness; modules that it imports "
            "have to stand in the task's imports"
        ) from None
    return namespace


def _check_untouched(files: list[str]) -> None:
    if early := devices.held(files) if files else []:
        raise ProfileFailed(
            f"the harness or an import of the task opened {', '.join(early)} before candidates are forked, "
            "and what a GPU's driver holds does not survive a fork: use the GPU in functions only"
        )


def _take(link: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = link.recv(length - len(data))
        if not more:
            os._exit(0)
        data += more
    return data


def _say(link: socket.socket, state: dict[str, Any]) -> None:
    data = json.dumps(state).encode()
    link.sendall(_LENGTH.pack(len(data)) + data)
