"""The lock that keeps a run to one writer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path

from provolve.errors import StoreError

_TRIES = 5
_PAUSE = 0.02


class RunTaken(StoreError):
    """A live process writes the run. Wait until it ends, or stop it."""


class RunLock:
    """An exclusive lock on ``NAME.lock`` beside the run.

    It is a POSIX record lock: the system drops it when the process ends in any way, and a forked child
    does not inherit it, so that a worker which outlives its parent cannot keep a run locked. Such locks
    say nothing within one process, so the process remembers its own (``_own``).
    """

    _own: dict[Path, int] = {}  # noqa: RUF012 - the locks of the process, whoever asks

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            RunTaken: if a live process has it; its pid is in the message.
            StoreError: if the file cannot be made.
        """
        self.path = path.resolve()
        if self._own.get(self.path) == os.getpid():
            raise _taken(self.path, os.getpid())
        try:
            self._descriptor = _acquire(self.path)
        except OSError as error:
            raise StoreError(
                f"cannot make {self.path} ({error.strerror}): "
                "make its folder writable or free some space, or choose another folder with --runs"
            ) from error
        self._own[self.path] = os.getpid()

    def release(self) -> None:
        """Give the lock up. Twice is harmless; in a forked child it does nothing."""
        if self._own.get(self.path) != os.getpid():
            return
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        os.close(self._descriptor)
        del self._own[self.path]

    @classmethod
    def holder(cls, path: Path) -> int | None:
        """Return the pid of the live process that has the lock, 0 if it cannot be told, None if none has."""
        path = path.resolve()
        if cls._own.get(path) == os.getpid():
            return os.getpid()
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError:
            return 0
        try:
            return None if _try_lock(descriptor, fcntl.LOCK_SH) else _written_pid(descriptor)
        finally:
            os.close(descriptor)


def _acquire(path: Path) -> int:
    for attempt in range(_TRIES):
        if attempt:
            # Somebody who lists runs may be probing the lock: that takes microseconds.
            time.sleep(_PAUSE)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if _try_lock(descriptor, fcntl.LOCK_EX) and _still_there(path, descriptor):
            return _signed(path, descriptor)
        pid = _written_pid(descriptor)
        os.close(descriptor)
    raise _taken(path, pid)


def _signed(path: Path, descriptor: int) -> int:
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    except OSError:
        path.unlink(missing_ok=True)
        os.close(descriptor)
        raise
    return descriptor


def _try_lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.lockf(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def _still_there(path: Path, descriptor: int) -> bool:
    """Whether the locked file is still the one at ``path``: its last owner may have just removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _written_pid(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0


def _taken(path: Path, pid: int) -> RunTaken:
    who = f"process {pid}" if pid else "another process"
    return RunTaken(f"run {path.stem} is being written by {who}: wait until it ends, or stop it first")
