"""Linear algebra on one thread: small matrices lose by more, and sums in another order end otherwise."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

_NAMES = ("scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads64_", "openblas_{}_num_threads")


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep the OpenBLAS that numpy has loaded to one thread; where there is another library, do nothing."""
    found = _controls()
    before = [read() for read, _ in found]
    for _, write in found:
        write(1)
    try:
        yield
    finally:
        for (_, write), count in zip(found, before, strict=True):
            write(count)


@functools.cache
def _controls() -> list[tuple[Callable[[], int], Callable[[int], None]]]:
    """Return how the threads of each OpenBLAS of this process are counted and set."""
    import numpy.linalg  # noqa: F401 - loads the library

    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    paths = {line.split(None, 5)[5] for line in maps.splitlines() if "openblas" in line.lower()}
    found = []
    for path in sorted(paths):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for name in _NAMES:
            if hasattr(library, name.format("set")) and hasattr(library, name.format("get")):
                found.append((getattr(library, name.format("get")), getattr(library, name.format("set"))))
                break
    return found
