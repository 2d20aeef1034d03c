"""The judge's end of the conversation with one zygote."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from provolve.sandbox import frames, namespaces
from provolve.sandbox.failures import SandboxError
from provolve.sandbox.relay import Relay

_START_SECONDS = 120.0
_ORDER_SECONDS = 30.0
_LENGTH = struct.Struct("<Q")
_LARGEST_STATE = 2**24
_BOOT = (
    "import sys, types\n"
    "package = types.ModuleType('provolve_sandbox')\n"
    "package.__path__ = [sys.argv[1]]\n"
    "sys.modules['provolve_sandbox'] = package\n"
    "standard = list(sys.path)\n"
    "sys.path.append(sys.argv[3])\n"
    "from provolve_sandbox.zygote import main\n"
    "sys.path[:] = standard\n"
    "main(int(sys.argv[2]))\n"
)
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    # The order of sets of text must not differ from run to run.
    "PYTHONHASHSEED": "0",
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
            "NUMBA_NUM_THREADS",
        ),
        "1",
    ),
}


class ZygoteGone(Exception):
    """The zygote has died or does not answer."""


class Report(NamedTuple):
    """What the zygote says of a child."""

    process: int
    error: int
    status: int
    """As of ``os.wait4``."""
    killed: bool
    """Whether the zygote had to end it."""
    cpu: float
    """CPU seconds, of a child that has ended."""


class Link:
    """One zygote, started with ``settings``; ``state`` is what it says of itself.

    Raises:
        SandboxError: if it cannot start, or cannot load the profile.
    """

    def __init__(self, settings: dict[str, Any], *, wrapper: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._socket, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with far:
            self._process = self._start(far, wrapper, _environment(settings["without"]))
        self._relay: Relay | None = None
        try:
            self.state = self._introduce(settings, wrapped=bool(wrapper))
            if self.state["doors"]:
                self._relay = self._take_over(self.state["doors"], settings["allow"])
        except BaseException:
            self.close()
            raise

    def _start(
        self, far: socket.socket, wrapper: tuple[str, ...], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        folder = str(Path(__file__).parent)
        # Not -I, which would ignore the hash seed: with this environment -P, -s and -S come to the same.
        packages = str(Path(msgspec.__file__).parent.parent)
        python = [sys.executable, "-P", "-s", "-S", "-B"]
        command = [*wrapper, *python, "-c", _BOOT, folder, str(far.fileno()), packages]
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                pass_fds=(far.fileno(),),
                # Ctrl-C in the terminal is for the judge alone.
                start_new_session=True,
            )
        except OSError as error:
            self._socket.close()
            raise SandboxError(
                f"the sandbox cannot start {command[0]!r} ({error}): check the Python installation"
            ) from None

    def _introduce(self, settings: dict[str, Any], *, wrapped: bool) -> dict[str, Any]:
        judge = 0 if wrapped else os.getpid()
        data = json.dumps({**settings, "judge": judge}).encode()
        self._socket.settimeout(_START_SECONDS)
        try:
            self._socket.sendall(_LENGTH.pack(len(data)) + data)
            length = min(_LENGTH.unpack(self._take(_LENGTH.size))[0], _LARGEST_STATE)
            state: dict[str, Any] = json.loads(self._take(length))
        except TimeoutError:
            raise SandboxError(
                f"the sandbox was not ready after {_START_SECONDS:g} s: see whether the harness or an "
                "import of the task takes that long"
            ) from None
        except (OSError, ZygoteGone):
            raise SandboxError(
                "the sandbox ended while it started: see whether the harness or an import of the task "
                "ends the process, and what `provolve doctor` says"
            ) from None
        if state["error"]:
            raise SandboxError(state["error"])
        self._socket.settimeout(_ORDER_SECONDS)
        return state

    def _take_over(self, count: int, allow: list[dict[str, Any]]) -> Relay:
        _, descriptors, _, _ = socket.recv_fds(self._socket, 1, count)
        hosts = {hole["port"]: hole["host"] for hole in allow if hole["port"]}
        return Relay([socket.socket(fileno=descriptor) for descriptor in descriptors], hosts)

    def serve_doors(self) -> None:
        """From here on, connections of children to the ports that they may reach arrive there."""
        if self._relay is not None:
            self._relay.start()

    def _take(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            more = self._socket.recv(length - len(data))
            if not more:
                raise ZygoteGone
            data += more
        return bytes(data)

    def order(self, order: int, process: int = 0, descriptor: int | None = None) -> Report:
        """Have the zygote do something; return its report.

        Raises:
            ZygoteGone: if it is dead, or silent for half a minute.
        """
        data = frames.ORDER.pack(order, process)
        with self._lock:
            try:
                if descriptor is None:
                    self._socket.sendall(data)
                else:
                    socket.send_fds(self._socket, [data], [descriptor])
                answer = frames.REPORT.unpack(self._take(frames.REPORT.size))
            except OSError as error:
                raise ZygoteGone from error
            except BaseException:
                # Interrupted between order and report: the next report would be taken for another's.
                self._socket.close()
                raise
        return Report(answer[0], answer[1], answer[2], bool(answer[3]), answer[4])

    @property
    def pid(self) -> int:
        """Process number of the zygote."""
        return int(self.state["pid"])

    def close(self) -> None:
        """End the zygote and all its children, and reap it."""
        if self._relay is not None:
            self._relay.close()
        self._socket.close()
        if not _ends(self._process, 2.0):
            self._process.kill()
        self._process.wait()


def _environment(without: list[str]) -> dict[str, str]:
    return {**os.environ, **_ENVIRONMENT} if "environment" in without else _ENVIRONMENT


def _ends(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def bubblewrap() -> tuple[str, ...]:
    """Return the command that wraps a zygote in namespaces of its own; empty where there is none."""
    found = shutil.which("bwrap")
    if found is None:
        return ()
    return (
        found, "--dev-bind", "/", "/", "--unshare-user", "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--hostname", namespaces.HOST, "--die-with-parent", "--cap-drop", "ALL", "--",
    )  # fmt: skip
