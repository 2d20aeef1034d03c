"""The folder of runs: one file a run, ``NAME.db``."""

from __future__ import annotations

import contextlib
import difflib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from provolve.errors import StoreError, UsageError
from provolve.store.database import connect_to_create, explained
from provolve.store.lock import RunLock, RunTaken
from provolve.store.reader import RunReader
from provolve.store.schema import create_tables
from provolve.store.spec import RunSpec
from provolve.store.writer import RunWriter, spec_to_json

_LONGEST_NAME = 100


class RunSummary(msgspec.Struct, frozen=True):
    """One line of the list of runs."""

    name: str
    task: str
    """Name of the task; empty where the file cannot be read."""
    status: str
    """``running``, ``stopped`` (it can be resumed), ``finished`` or ``damaged``."""
    candidates: int
    """Candidates that reached the sandbox."""
    best: float | None
    """Least loss on train; None before any was accepted."""
    when: float
    """When the run was last written, in seconds since 1970."""
    detail: str = ""
    """For ``damaged``: what is wrong and what to do."""
    self_judged: bool = False
    """Whether its scores are the candidates' word."""


def create_run(runs: Path, name: str | None, spec: RunSpec) -> RunWriter:
    """Make a new run in the folder ``runs`` (made too where missing) and return its writer.

    Without a name it is called after the task: ``TASK-1``, ``TASK-2``, … after the highest there is.

    Raises:
        UsageError: if the name is taken or is not a plain file name.
        StoreError: if the folder or the file cannot be made.
    """
    text = spec_to_json(spec)
    _make_folder(runs)
    if name is not None:
        _check_name(name)
        writer = _create(runs, name, text)
        if writer is None:
            raise UsageError(
                f"run {name} is already in {runs}: choose another name, "
                f"or let it go on with `provolve resume {name}`"
            )
        return writer
    for free in _free_names(runs, spec.task_name):
        with contextlib.suppress(RunTaken):
            if (writer := _create(runs, free, text)) is not None:
                return writer
    raise AssertionError("names do not end")


def _make_folder(runs: Path) -> None:
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the runs folder {runs} ({error.strerror}): give a folder that can be written "
            "with --runs"
        ) from error


def _check_name(name: str) -> None:
    odd = not name.isprintable() or re.search(r'[/\\:*?"<>|]', name) or name[:1] in {"", ".", "-", " "}
    if odd or name.endswith((".db", " ")) or len(name.encode()) > _LONGEST_NAME:
        raise UsageError(
            f"{name!r} cannot name a run: take letters, digits, '.', '_' and '-', beginning with a letter or "
            f"digit, at most {_LONGEST_NAME} of them, without .db at the end"
        )


def _free_names(runs: Path, task: str) -> Iterator[str]:
    stem = re.sub(r"[^A-Za-z0-9_.]+", "-", task).strip("-.")[: _LONGEST_NAME - 20] or "run"
    pattern = re.compile(re.escape(stem) + r"-(\d{1,15})")
    taken = [int(match[1]) for path in _files(runs) if (match := pattern.fullmatch(path.stem))]
    number = max(taken, default=0)
    while True:
        number += 1
        yield f"{stem}-{number}"


def _create(runs: Path, name: str, spec: str) -> RunWriter | None:
    """Make the run and return its writer, or None where the name is taken."""
    path = runs / f"{name}.db"
    lock = _lock(path)
    try:
        if path.exists():
            lock.release()
            return None
        _write_new(path, spec)
        return RunWriter(path, lock)
    except BaseException:
        lock.release()
        raise


def _write_new(path: Path, spec: str) -> None:
    """Make the file under another name first, so that a run is there whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    with explained(path, "made"):
        try:
            draft.unlink(missing_ok=True)
            with contextlib.closing(connect_to_create(draft)) as connection:
                create_tables(connection, spec)
            for leftover in (f"{path}-wal", f"{path}-shm"):
                # SQLite would replay the log of a deleted run of that name into the new one.
                Path(leftover).unlink(missing_ok=True)
            draft.rename(path)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def _lock(path: Path) -> RunLock:
    return RunLock(path.with_suffix(".lock"))


def open_writer(runs: Path, name: str) -> RunWriter:
    """Return a writer that goes on with run ``name`` of the folder ``runs``.

    Raises:
        UsageError: if there is no such run; the message has the nearest names.
        StoreError: if it is being written by a live process, was written by a newer version, is no run,
            is damaged, or may not be written.
    """
    path = find_run(runs, name)
    lock = _lock(path)
    try:
        return RunWriter(path, lock)
    except BaseException:
        lock.release()
        raise


def open_reader(runs: Path, name: str) -> RunReader:
    """Return a reader of run ``name`` of the folder ``runs``.

    Raises:
        UsageError: if there is no such run; the message has the nearest names.
        StoreError: if it was written by a newer version, is no run, or is damaged.
    """
    return RunReader(find_run(runs, name))


def find_run(runs: Path, name: str) -> Path:
    """Return the file of run ``name``, which may be written with its ``.db``.

    Raises:
        UsageError: if there is no such run; the message has the nearest names.
    """
    names = [path.stem for path in _files(runs)]
    for wanted in (name, name.removesuffix(".db")):
        if wanted in names:
            return runs / f"{wanted}.db"
    if not names:
        raise UsageError(f"there is no run {name} in {runs}, nor any other: give their folder with --runs")
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`provolve runs` lists those there are"
    raise UsageError(f"there is no run {name} in {runs}: {hint}")


def _files(runs: Path) -> list[Path]:
    return sorted(path for path in runs.glob("*.db") if not path.name.startswith("."))


def list_runs(runs: Path) -> list[RunSummary]:
    """Return the runs of a folder, the one last written first; none where the folder is missing.

    A file that cannot be read is listed as ``damaged``, with the reason.
    """
    summaries = [_summary(path) for path in _files(runs)]
    return sorted(summaries, key=lambda summary: (-summary.when, summary.name))


def _summary(path: Path) -> RunSummary:
    when = _written(path)
    try:
        with RunReader(path) as reader:
            best = reader.best()
            return RunSummary(
                name=reader.name,
                task=reader.spec.task_name,
                status=_status(path, reader),
                candidates=reader.spent().candidates,
                best=None if best is None else best.verdict.loss,
                when=when,
                self_judged=reader.spec.self_judged,
            )
    except StoreError as error:
        return RunSummary(path.stem, "", "damaged", 0, None, when, str(error))


def _status(path: Path, reader: RunReader) -> str:
    # Asked first: a run that finishes in between is then "running", never "stopped".
    holder = RunLock.holder(path.with_suffix(".lock"))
    if reader.stage("finished") is not None:
        return "finished"
    return "stopped" if holder is None else "running"


def _written(path: Path) -> float:
    times = [0.0]
    for part in (path, Path(f"{path}-wal")):
        with contextlib.suppress(OSError):
            times.append(part.stat().st_mtime)
    return max(times)
