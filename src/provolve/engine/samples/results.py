"""The results file: one JSON line for each thing found, so that a killed scoring goes on where it was."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from provolve.engine.samples.judging import SampleVerdict
from provolve.engine.samples.timing import ReferenceTimes, SampleTimes
from provolve.errors import UsageError

SYNC_SECONDS = 0.1
SYNC_LINES = 50
_VERSION = 1


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="scores"):
    """The first line: what the results are of."""

    samples: str
    """Digest of the file of samples."""
    tests: str
    """Digest of the file of tests."""
    cpu_seconds: float
    memory_mb: int
    repetitions: int
    level: str
    """How strongly the sandbox confined the samples."""
    version: int = _VERSION


Found = SampleVerdict | ReferenceTimes | SampleTimes
_decoder: msgspec.json.Decoder[Header | Found] = msgspec.json.Decoder(
    Header | SampleVerdict | ReferenceTimes | SampleTimes
)


class Results:
    """What was found so far, read from a file and appended to it. A context manager.

    A kill of the process loses nothing that was added, a failure of the machine at most 50 lines or those
    of a tenth of a second. A torn last line is cut off.
    """

    def __init__(self, path: Path, header: Header, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the file at ``path``, or make it.

        Raises:
            UsageError: if it is of other samples, tests or limits, is no results file, or in use.
        """
        self.verdicts: dict[int, SampleVerdict] = {}
        self.references: dict[str, ReferenceTimes] = {}
        self.times: dict[int, SampleTimes] = {}
        self._path = path
        self._clock = clock
        self._unsynced, self._synced_at = 0, clock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            self._lock()
            self._read(header)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            os.fsync(self._descriptor)
        os.close(self._descriptor)

    def add(self, found: Found) -> None:
        """Take in and append one thing found."""
        self._keep(found)
        self._append(found)

    def _keep(self, found: Found) -> None:
        match found:
            case SampleVerdict():
                self.verdicts[found.index] = found
            case ReferenceTimes():
                self.references[found.task] = found
            case SampleTimes():
                self.times[found.index] = found

    def _append(self, line: Header | Found) -> None:
        data = msgspec.json.encode(line) + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._unsynced += 1
        if self._unsynced >= SYNC_LINES or self._clock() - self._synced_at >= SYNC_SECONDS:
            os.fsync(self._descriptor)
            self._unsynced, self._synced_at = 0, self._clock()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"{self._path} is in use by another `provolve score`: wait for it, or choose another --out"
            ) from error

    def _read(self, header: Header) -> None:
        data = self._path.read_bytes()
        end = data.rfind(b"\n") + 1
        lines = data[:end].splitlines()
        if not lines:
            if data and not msgspec.json.encode(header).startswith(data):
                raise self._no_results()
            os.ftruncate(self._descriptor, 0)
            self._append(header)
            return
        self._compare(self._decoded(lines[0], 1), header)
        for number, line in enumerate(lines[1:], start=2):
            found = self._decoded(line, number)
            if isinstance(found, Header):
                raise self._no_results()
            self._keep(found)
        os.ftruncate(self._descriptor, end)

    def _decoded(self, line: bytes, number: int) -> Header | Found:
        try:
            return _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if number == 1:
                raise self._no_results() from error
            raise UsageError(
                f"{self._path}, line {number}: damaged ({error}): remove this line and those after it, "
                "or choose another --out"
            ) from error

    def _compare(self, found: Header | Found, wanted: Header) -> None:
        if not isinstance(found, Header):
            raise self._no_results()
        for field, what in _FIELDS.items():
            old, new = getattr(found, field), getattr(wanted, field)
            if old != new:
                raise UsageError(
                    f"{self._path} holds results of {what} ({old}, now {new}): choose another --out, "
                    "or remove it to score anew"
                )

    def _no_results(self) -> UsageError:
        return UsageError(
            f"{self._path} is no results file of `provolve score`, and it is not overwritten: "
            "choose another --out"
        )


_FIELDS = {
    "version": "another version of provolve",
    "samples": "other samples",
    "tests": "other tests",
    "cpu_seconds": "another limit of CPU seconds",
    "memory_mb": "another limit of memory",
    "repetitions": "another number of repetitions",
    "level": "another level of the sandbox",
}
