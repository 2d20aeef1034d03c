"""The holes that a task asks to have in the sandbox: ``[sandbox] allow``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from provolve.errors import TaskError
from provolve.task.data_files import read_bytes

HOSTS = ("localhost", "127.0.0.1", "::1")
_FORMS = '"read:PATH", "processes", "gpu" and "net:HOST:PORT"'
_LAST_PORT = 65535
_LEFT = frozenset(("__pycache__", ".git", ".provolve", "openevolve_output"))


class Hole(msgspec.Struct, frozen=True):
    """One thing that candidates may do besides computing; ``name`` is how the task writes it."""

    name: str
    path: str = ""
    """Absolute path of the file or folder that ``read`` opens."""
    host: str = ""
    """Host that ``net`` opens, one of ``HOSTS``."""
    port: int = 0
    """TCP port that ``net`` opens, 1 to 65535."""


def read_holes(allow: Iterable[str], folder: Path, file: str, closed: Iterable[Path]) -> tuple[Hole, ...]:
    """Return the holes that ``allow`` names, each once, by name.

    Args:
        allow: entries as the author wrote them.
        folder: the folder that relative paths start from.
        file: the file of the settings, for messages.
        closed: what no candidate may read: the judge, instances.

    Raises:
        TaskError: for an entry of no known form, a path that is not there, or one that opens what is closed.
    """
    hidden = {Path(os.path.realpath(path)) for path in closed}
    found = {entry: _hole(entry, folder, file, hidden) for entry in sorted({*allow})}
    _check_ports(found.values(), file)
    return tuple(found.values())


def _hole(entry: str, folder: Path, file: str, hidden: set[Path]) -> Hole:
    kind, _, rest = entry.partition(":")
    if entry in ("processes", "gpu"):
        return Hole(entry)
    if kind == "read" and rest and rest.isprintable():
        return Hole(entry, path=_readable(entry, folder / rest, file, hidden))
    host, _, port = rest.rpartition(":")
    if kind == "net" and host in HOSTS and _is_port(port):
        return Hole(entry, host=host, port=int(port))
    raise TaskError(
        f'{file}: sandbox.allow has an entry "{entry}" of no known form: there are {_FORMS}, with PATH '
        f"relative to the task's folder or absolute, HOST one of {', '.join(HOSTS)}, "
        f"and PORT from 1 to {_LAST_PORT}"
    )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 6 and int(text) <= _LAST_PORT


def _readable(entry: str, path: Path, file: str, hidden: set[Path]) -> str:
    if not path.is_file() and not path.is_dir():
        raise TaskError(
            f'{file}: sandbox.allow has "{entry}", but there is no file or folder {path}: put it there, or '
            "take the entry out"
        )
    real = Path(os.path.realpath(path))
    for other in sorted(hidden):
        if other == real or real in other.parents:
            raise TaskError(
                f'{file}: sandbox.allow has "{entry}", with which candidates could read {other.name}, the '
                "task's own: put what they may read into a folder of its own"
            )
    return str(real)


def _check_ports(holes: Iterable[Hole], file: str) -> None:
    named: dict[int, str] = {}
    for hole in holes:
        if hole.port and hole.port in named:
            raise TaskError(
                f'{file}: sandbox.allow has "{named[hole.port]}" and "{hole.name}": name a port with one host'
            )
        named[hole.port] = hole.name


def carried(holes: Iterable[Hole], folder: Path) -> dict[str, bytes]:
    """Return the files below ``folder`` that holes let candidates read, by their names relative to it.

    What Python, Git and searches leave behind belongs to no task.
    Files elsewhere belong to the machine and not to the task.
    """
    root = Path(os.path.realpath(folder))
    files = (file for hole in holes if travels(hole, folder) for file in _files(Path(hole.path)))
    return {file.relative_to(root).as_posix(): read_bytes(file) for file in files}


def travels(hole: Hole, folder: Path) -> bool:
    """Whether ``hole`` opens nothing but what the task below ``folder`` brings along."""
    return bool(hole.path) and Path(os.path.realpath(folder)) in Path(hole.path).parents


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        files = (file for file in sorted(path.rglob("*")) if file.is_file() and not file.is_symlink())
        yield from (file for file in files if not _LEFT.intersection(file.relative_to(path).parts))
