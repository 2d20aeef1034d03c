"""What is planted for attacks to reach for, and how it is seen from outside whether they did."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from provolve.sandbox import libraries

_VARIABLE = "PROVOLVE_HOSTILE_SECRET"
_SIGNALS = (signal.SIGUSR1, signal.SIGIO, signal.SIGHUP)
_OPEN_TO_ALL = ("/dev/shm", "/tmp", "/var/tmp", "/run")


class Surroundings:
    """Files, listeners and secrets that no candidate may get hold of.

    ``value`` is what attacks are told of them: paths, numbers and names, never a secret.
    """

    def __init__(
        self,
        folder: Path,
        listeners: Mapping[str, socket.socket],
        tokens: tuple[str, ...],
        value: dict[str, Any],
    ) -> None:
        self.value = value
        self._folder = folder
        self._listeners = listeners
        self._tokens = tuple(token.encode() for token in tokens)
        self.signals: list[int] = []
        """Numbers of the signals that this process got."""
        self._before = self._seen()

    def disturbed(self) -> list[str]:
        """Return what has changed since the last time this was asked, in words."""
        before, self._before = self._before, self._seen()
        changed = [name for name, seen in self._before.items() if seen != before[name]]
        changed += [f"{name} was reached" for name, listener in self._listeners.items() if _heard(listener)]
        if self.signals:
            changed.append(f"signals {self.signals} came")
            self.signals.clear()
        return changed

    def betrayed(self, data: bytes) -> bool:
        """Whether ``data``, what came of an attack, holds a planted secret."""
        return any(token in data for token in self._tokens)

    def _seen(self) -> dict[str, object]:
        places = [Path(folder) for folder in _OPEN_TO_ALL if Path(folder).is_dir()]
        mark = self.value["mark"]
        return {
            "planted files": [_file(path) for path in sorted(self._folder.rglob("*"))],
            "files open to all": [str(path / mark) for path in places if (path / mark).exists()],
            "System V objects": _system_v(self.value["key"]),
            "limits of the judge": [resource.getrlimit(kind) for kind in _LIMITS],
            "priority of the judge": os.getpriority(os.PRIO_PROCESS, 0),
            "name of the machine": socket.gethostname(),
        }


_LIMITS = (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)


def _file(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    text = path.read_bytes() if path.is_file() else b""
    return str(path), status.st_mode, status.st_uid, status.st_dev, status.st_mtime_ns, text


def _system_v(key: int) -> list[str]:
    found = []
    for kind in ("shm", "msg", "sem"):
        try:
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()
        except OSError:
            continue
        found += [kind for line in lines if line.split()[0] == str(key)]
    return found


def _heard(listener: socket.socket) -> bool:
    try:
        if listener.type == socket.SOCK_DGRAM:
            listener.recv(16)
        else:
            listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def planted() -> Iterator[Surroundings]:
    """Plant files, listeners and secrets, and take them away again.

    A sandbox that is to be attacked is made within: one of the secrets is in this process's environment.
    """
    tokens = tuple(f"provolve-secret-{secrets.token_hex(16)}" for _ in range(3))
    with contextlib.ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="provolve-hostile-")))
        folder.chmod(0o755)
        _plant_files(folder, tokens[0])
        os.environ[_VARIABLE] = tokens[1]
        undo.callback(os.environ.pop, _VARIABLE, None)
        listeners = _listeners(undo, folder, name := f"provolve-{secrets.token_hex(4)}")
        judged = np.random.default_rng(np.random.SeedSequence())
        value = {
            "secret": str(folder / "open" / "secret"), "folder": str(folder / "open"),
            "private": str(folder / "private"), "elevated": str(folder / "elevated"), "pid": os.getpid(),
            "port": listeners["TCP"].getsockname()[1], "local": str(folder / "open" / "local"),
            "abstract": name, "mark": name, "key": secrets.randbelow(2**30) + 1,
            "code": libraries.__file__, "host": socket.gethostname(), "user": os.geteuid(),
            "drawn": [int(judged.integers(2**62)) for _ in range(2)],
        }  # fmt: skip
        surroundings = Surroundings(folder, listeners, tokens, value)
        undo.enter_context(_caught(surroundings.signals))
        yield surroundings


def _plant_files(folder: Path, token: str) -> None:
    for name, mode in (("open", 0o777), ("private", 0o700)):
        (folder / name).mkdir()
        (folder / name).chmod(mode)
    (folder / "open" / "secret").write_text(token)
    (folder / "open" / "secret").chmod(0o666)
    (folder / "private" / "kept").write_text(token)
    touch = shutil.which("touch")
    if touch:
        shutil.copyfile(touch, folder / "elevated")
        # With the rights of this user for whoever runs it.
        (folder / "elevated").chmod(0o4755)


def _listeners(undo: contextlib.ExitStack, folder: Path, name: str) -> dict[str, socket.socket]:
    found = {
        "TCP": undo.enter_context(socket.socket()),
        "UDP": undo.enter_context(socket.socket(type=socket.SOCK_DGRAM)),
        "a local socket": undo.enter_context(socket.socket(socket.AF_UNIX)),
    }
    found["TCP"].bind(("127.0.0.1", 0))
    found["UDP"].bind(found["TCP"].getsockname())
    found["a local socket"].bind(str(folder / "open" / "local"))
    (folder / "open" / "local").chmod(0o777)
    if sys.platform == "linux":
        found["an abstract socket"] = undo.enter_context(socket.socket(socket.AF_UNIX))
        found["an abstract socket"].bind("\0" + name)
    for kind, listener in found.items():
        listener.setblocking(False)
        if kind != "UDP":
            listener.listen()
    return found


@contextlib.contextmanager
def _caught(signals: list[int]) -> Iterator[None]:
    """Note the signals that come, where this is the thread that gets them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [signal.signal(number, lambda got, _: signals.append(got)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)
