"""Which hole would have let a candidate do what it was refused: a hint for people, and no more.

Loaded inside children: it looks at exceptions whose own methods may fail or lie.
"""

from __future__ import annotations

import os
import types
from collections.abc import Container

from . import devices

_STARTS = frozenset(("fork", "forkpty", "vfork", "posix_spawn", "posix_spawnp", "_fork_exec", "fork_exec"))
_SOCKETS = frozenset(("socket", "socketpair", "connect", "create_connection"))
_NO_THREAD = "can't start new thread"
_LONGEST = 200


def hint(error: BaseException, possible: Container[str]) -> str:
    """Return `` (allow = […] would permit it)`` for an error that a hole would lift, else nothing.

    ``possible``: kinds of holes that are not open and could be.
    """
    try:
        refused = "processes" in possible
        wanted = _wanted(error, starts_refused=refused)
        if not wanted and error.__cause__ is not None:
            # An evaluator's error tells of the one that it was raised from.
            wanted = _wanted(error.__cause__, starts_refused=refused)
        if not wanted or wanted.partition(":")[0] not in possible:
            return ""
        return f' (allow = ["{wanted}"] would permit {"reading it" if wanted[0] == "r" else "it"})'
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - the error and its parts are the candidate's
        return ""


def _wanted(error: BaseException, *, starts_refused: bool) -> str:
    if isinstance(error, RuntimeError):
        return "processes" if str(error).startswith(_NO_THREAD) else ""
    if not isinstance(error, OSError) or not isinstance(error, PermissionError | BlockingIOError):
        return ""
    frame = _last(error.__traceback__)
    names = frame.f_code.co_names if frame is not None else ()
    if starts_refused and _STARTS.intersection(names):
        return "processes"
    file = error.filename
    if type(file) is bytes:
        file = os.fsdecode(file)
    if type(file) is str and file.isprintable() and '"' not in file and len(file) < _LONGEST:
        return "gpu" if devices.is_of_gpu(file) else f"read:{file}"
    in_module = frame is not None and frame.f_code.co_filename.endswith("socket.py")
    return "net:localhost:PORT" if in_module or _SOCKETS.intersection(names) else ""


def _last(step: types.TracebackType | None) -> types.FrameType | None:
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return None if step is None else step.tb_frame
