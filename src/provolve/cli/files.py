"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file that comes to stand at ``path`` at one stroke, when the context is left without an error.

    Mode and owner of a file that stands there already are kept.

    A link is followed: what it points to is written. Whoever reads meanwhile sees the old file or the new
    one, and a failure leaves the old one.

    Raises:
        OSError: if the folder cannot be written or the disk is full.
    """
    target = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _dress(Path(name), target)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` into the file at ``path``; see `whole`.

    Raises:
        OSError: if the folder cannot be written or the disk is full.
    """
    with whole(path) as file:
        file.write(data)


def _dress(new: Path, target: Path) -> None:
    """Give ``new`` the mode and owner of ``target``, or what a new file has."""
    try:
        status = target.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
        return
    with contextlib.suppress(PermissionError):
        os.chown(new, status.st_uid, status.st_gid)
    new.chmod(stat.S_IMODE(status.st_mode))
