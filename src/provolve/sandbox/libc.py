"""The few calls of the C library that Python does not offer, through ctypes.

Loaded on both sides of the wall, and so free of imports from the rest of the project.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any

_LIBRARY = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 1, 8, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call by number; arguments are ints or ctypes pointers.

    Raises:
        OSError: if the kernel refuses.
    """
    return prepared(number, *arguments)()


def prepared(number: int, *arguments: Any) -> Callable[[], int]:
    """Return a system call made ready: converting its arguments costs more than most calls.

    Raises:
        OSError: when it is made, if the kernel refuses.
    """
    converted = [ctypes.c_long(item) if isinstance(item, int) else item for item in (number, *arguments)]
    return lambda: _checked(_LIBRARY.syscall(*converted))


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process.

    Raises:
        OSError: if the kernel refuses.
    """
    prepared_prctl(option, value)()


def prepared_prctl(option: int, value: int) -> Callable[[], int]:
    """Return ``prctl`` made ready, as ``prepared`` does."""
    converted = (ctypes.c_int(option), *map(ctypes.c_ulong, (value, 0, 0, 0)))
    return lambda: _checked(_LIBRARY.prctl(*converted))


def unshare(flags: int) -> None:
    """Leave the namespaces that ``flags`` names for new ones.

    Raises:
        OSError: if this process may not.
    """
    _checked(_LIBRARY.unshare(ctypes.c_int(flags)))


def _checked(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
