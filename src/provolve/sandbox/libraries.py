"""Which files a candidate needs to read: the standard library, what was preloaded, shared objects."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_NOT_LIBRARY = frozenset(("site-packages", "dist-packages", "test", "idlelib", "turtledemo", "ensurepip"))
_OWN = frozenset(("provolve", "provolve_sandbox", "msgspec"))
_ARCHITECTURE = "-linux-"
"""In the name of a folder that holds nothing but libraries, as Debian's ``x86_64-linux-gnu``."""
_LOADER = ("/etc/ld.so.cache", "/etc/ld.so.conf")


def readable(standard: Iterable[str]) -> list[str]:
    """Return the files and folders that imports in a candidate read; ``standard``: the library's own.

    Folders that also hold other packages are never among them, only single entries of theirs, so that a
    package that was not declared cannot be read: it may be a judge.
    """
    standard = [os.path.realpath(path) for path in standard]
    found: dict[str, None] = {}
    for path in [*_standard(standard), *_preloaded(standard), *_shared_objects(), *_LOADER]:
        found[path] = None
    return list(found)


def _standard(paths: Iterable[str]) -> Iterator[str]:
    roots = [Path(path) for path in paths]
    # What lies in another of these folders is named with that folder.
    for path in (root for root in roots if not {*root.parents} & {*roots}):
        if path.is_file():
            yield str(path)
        elif path.is_dir():
            yield from (str(entry) for entry in path.iterdir() if entry.name not in _NOT_LIBRARY)


def _preloaded(standard: list[str]) -> Iterator[str]:
    for name, module in list(sys.modules.items()):
        if "." in name or name in _OWN or name == "__main__":
            continue
        folders = list(getattr(module, "__path__", ()))
        file = getattr(module, "__file__", None)
        for path in folders or ([file] if file else []):
            real = os.path.realpath(path)
            if not any(real.startswith(root + os.sep) and not _foreign(real) for root in standard):
                yield real
            # Wheels keep the shared objects they bring beside the package.
            yield f"{path}.libs"


def _foreign(path: str) -> bool:
    return bool(_NOT_LIBRARY.intersection(Path(path).parts))


def _shared_objects() -> Iterator[str]:
    """Every shared object in the folders from which this process has loaded the C library.

    A folder of one architecture's libraries is named whole: each rule costs time in every child.
    """
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return
    mapped = {Path(line.split(None, 5)[5]) for line in maps.splitlines() if " /" in line and ".so" in line}
    folders = {path.parent for path in mapped if path.name.startswith(("libc.", "ld-"))}
    for folder in folders:
        if _ARCHITECTURE in folder.name:
            yield str(folder)
            continue
        with os.scandir(folder) as entries:
            yield from (entry.path for entry in entries if ".so" in entry.name)


def open_to_all(paths: Iterable[str]) -> bool:
    """Whether a user without rights of his own may reach all of ``paths`` and read them."""
    return all(_open_to_all(Path(path)) for path in paths)


def _open_to_all(path: Path) -> bool:
    try:
        passable = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
        return passable and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return True
