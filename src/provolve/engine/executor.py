"""Where requests are carried out: worker processes on this machine."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

import msgspec

import provolve.errors as errors
from provolve.engine.messages import (
    BeginEpoch,
    Failure,
    Open,
    Opened,
    Reference,
    Reply,
    Request,
    read_message,
    reply_decoder,
    write_message,
)
from provolve.errors import ProvolveError, SandboxUnavailable
from provolve.record import LEVELS, strength
from provolve.sandbox import clear

_ATTEMPTS = 3
_LAST_WORDS = 2000
_REMOVALS, _PAUSE = 20, 0.05


class Executor(Protocol):
    """Carries out requests. Replies may come in any order; each request has its own future."""

    def submit(self, request: Request) -> Future[Reply]:
        """Queue ``request``, from any thread. The future raises the error of provolve.errors that it met."""

    def set_reference(self, split: str, scores: tuple[float, ...]) -> None:
        """Tell every worker, before any later request, the seed program's scores on ``split``."""

    def begin_epoch(self, number: int) -> None:
        """Tell every worker, before any later request, to judge train on those of epoch ``number``."""

    def close(self) -> None:
        """Drop what is queued and end all workers."""


class LocalExecutor:
    """``workers`` processes, each with one judge and one sandbox; a worker that dies is replaced.

    ``scratch``: whether candidates write files, which have to go when workers are killed.
    """

    def __init__(self, opening: Open, workers: int, *, scratch: bool = False) -> None:
        self._queue: queue.SimpleQueue[tuple[Request, Future[Reply]] | None] = queue.SimpleQueue()
        self._told: list[Reference | BeginEpoch] = []
        self._folder = _passable_folder() if scratch else None
        self._workers = [
            _WorkerProcess(msgspec.structs.replace(opening, slot=slot), self._folder)
            for slot in range(workers)
        ]
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), daemon=True) for worker in self._workers
        ]

    def open(self) -> Opened:
        """Start the workers; return what the first one's sandbox has proven.

        Raises:
            ProvolveError: what a worker met while it loaded the task or started its sandbox.
        """
        for worker in self._workers:
            worker.start()
        try:
            opened = [worker.await_opened() for worker in self._workers]
        except ProvolveError:
            self.close()
            raise
        for thread in self._threads:
            thread.start()
        return min(opened, key=lambda reply: LEVELS.index(strength(reply.level)))

    def submit(self, request: Request) -> Future[Reply]:
        future: Future[Reply] = Future()
        self._queue.put((request, future))
        return future

    def set_reference(self, split: str, scores: tuple[float, ...]) -> None:
        self._told.append(Reference(split, scores))

    def begin_epoch(self, number: int) -> None:
        self._told.append(BeginEpoch(number))

    def close(self) -> None:
        self._closed = True
        for worker in self._workers:
            worker.kill()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout=5)
        self._remove_folder()

    def _remove_folder(self) -> None:
        """Remove the workers' folder; for a moment, candidates of killed workers may still write there."""
        if self._folder is None:
            return
        for _ in range(_REMOVALS):
            clear(self._folder)
            if not self._folder.exists():
                return
            time.sleep(_PAUSE)

    def _serve(self, worker: _WorkerProcess) -> None:
        while (item := self._queue.get()) is not None:
            request, future = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                reply = self._carry_out(worker, request)
            except ProvolveError as error:
                future.set_exception(error)
            else:
                future.set_result(reply)

    def _carry_out(self, worker: _WorkerProcess, request: Request) -> Reply:
        """Have ``worker`` carry out ``request``, replacing its process if it dies on it."""
        for _ in range(_ATTEMPTS):
            if self._closed:
                raise ProvolveError("the run was stopped")
            try:
                if not worker.alive:
                    worker.start()
                    worker.await_opened()
                for told in self._told[worker.told :]:
                    worker.ask(told)
                    worker.told += 1
                return worker.ask(request)
            except _WorkerDied:
                continue
        raise SandboxUnavailable(
            f"a worker died {_ATTEMPTS} times on the same request. Its last words: "
            f"{worker.last_words() or '(none)'}"
        )


def _error(failure: Failure) -> ProvolveError:
    """Return the error that a worker met, as it would have been raised here."""
    kind = getattr(errors, failure.error, ProvolveError)
    error: ProvolveError = kind(failure.message)
    return error


def _passable_folder() -> Path:
    """Make a folder for temporary files; other users may pass through it, but not look."""
    folder = Path(tempfile.mkdtemp(prefix="provolve-run-"))
    folder.chmod(0o711)
    return folder


class _WorkerDied(Exception):
    """The worker's process ended before it replied."""


class _WorkerProcess:
    """One worker's process and its two streams."""

    def __init__(self, opening: Open, folder: Path | None) -> None:
        self._opening = opening
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self.told = 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and send it its task, without waiting for the reply."""
        self.kill()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "provolve.engine.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=None if self._folder is None else {**os.environ, "TMPDIR": str(self._folder)},
            start_new_session=True,  # a Ctrl-C in the terminal is the engine's to answer
        )
        self.told = 0
        with contextlib.suppress(BrokenPipeError):  # noticed when the reply is awaited
            write_message(cast(BinaryIO, self._process.stdin), self._opening)

    def await_opened(self) -> Opened:
        """Return the reply to the opening request.

        Raises:
            ProvolveError: as the worker failed; SandboxUnavailable if it died without a word.
        """
        try:
            reply = self._read()
        except _WorkerDied:
            raise SandboxUnavailable(
                f"a worker could not start. Its last words: {self.last_words() or '(none)'}"
            ) from None
        if not isinstance(reply, Opened):
            raise SandboxUnavailable(f"a worker answered {type(reply).__name__} to its opening request")
        return reply

    def ask(self, request: Request) -> Reply:
        """Send ``request`` and return its reply.

        Raises:
            ProvolveError: as the worker failed.
            _WorkerDied: the process ended first.
        """
        process = self._process
        if process is None:
            raise _WorkerDied
        try:
            write_message(cast(BinaryIO, process.stdin), request)
        except (BrokenPipeError, ValueError):
            raise _WorkerDied from None
        return self._read()

    def _read(self) -> Reply:
        process = self._process  # kill() from another thread may let go of it meanwhile
        if process is None:
            raise _WorkerDied
        reply: Reply | None
        try:
            reply = read_message(cast(BinaryIO, process.stdout), reply_decoder)
        except ValueError:  # closed while it was read
            reply = None
        if reply is None:
            process.kill()
            process.wait()
            raise _WorkerDied
        if isinstance(reply, Failure):
            raise _error(reply)
        return reply

    def last_words(self) -> str:
        """Return the end of what the process wrote on its standard error."""
        if self._errors is None:
            return ""
        self._errors.seek(0, 2)
        self._errors.seek(max(0, self._errors.tell() - _LAST_WORDS))
        return self._errors.read().decode(errors="replace").strip()

    def kill(self) -> None:
        """End the process at once; its sandbox notices and ends too."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError, OSError):
                    stream.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None
        self._process = None
