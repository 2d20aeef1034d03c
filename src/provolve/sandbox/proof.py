"""What a child tries, and must fail at, to prove how strongly it is confined."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import holes, openings

_PTRACE_ATTACH = 16
_USER_NAMESPACE = 0x10000000


def attempt(secret: str, folder: str, allow: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Try what confinement forbids; return by attempt what stopped it, or nothing where nothing did.

    ``secret``: a file that everybody may read. ``folder``: a folder that everybody may write to.
    What the holes ``allow`` open is found under ``holes``, by name of the hole; there nothing may stop it.
    """
    parent = os.getppid()
    tries: dict[str, Callable[[], object]] = {
        "read a file of the judge": lambda: _read(secret),
        "read /etc/passwd": lambda: _read("/etc/passwd"),
        "list a folder of the judge": lambda: list(Path(folder).iterdir()),
        "write a file": lambda: _write(os.path.join(folder, "written")),  # noqa: PTH118
        "rename a file": lambda: os.rename(secret, secret + ".moved"),  # noqa: PTH104
        "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "open a local socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "start a process": _fork,
        "signal its parent": lambda: os.kill(parent, 0),
        "trace its parent": lambda: _call("ptrace", _PTRACE_ATTACH, parent, 0, 0),
        "enter a namespace": lambda: _call("unshare", _USER_NAMESPACE),
    }
    starts = any(hole["name"] == holes.PROCESSES for hole in allow)
    if starts:
        del tries["start a process"]
    tries |= openings.beside(allow)
    outcomes: dict[str, Any] = {name: _outcome(action) for name, action in tries.items()}
    outcomes["open a library"] = _outcome(lambda: _read(os.__file__))
    outcomes["look at a file"] = _outcome(lambda: os.stat("/"))  # noqa: PTH116
    outcomes["import late"] = _outcome(lambda: __import__("colorsys"))
    outcomes["holes"] = {name: _outcome(action) for name, action in openings.works(allow).items()}
    outcomes[openings.RUN_INTERPRETER] = _outcome(openings.run_interpreter) if starts else ""
    return outcomes


def _read(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666))


def _fork() -> None:
    # Through the C library: os.fork would run the hooks of other modules in this child.
    process = ctypes.CDLL(None, use_errno=True).fork()
    if process == 0:
        os._exit(0)
    if process < 0:
        raise OSError(ctypes.get_errno(), "fork")
    os.waitpid(process, 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), name)


def _outcome(action: Callable[[], object]) -> str:
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "refused")
    except Exception as error:  # noqa: BLE001 - whatever stopped it is the finding
        return type(error).__name__
    return ""
