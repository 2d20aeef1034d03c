"""Connections to a run's file, and what SQLite's failures mean to a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from provolve.errors import StoreError
from provolve.store.schema import bring_up_to_date, check_format, show_as_latest

_BUSY_SECONDS = 5.0
_CACHE_KIB = 32 * 1024
_LOG_PAGES = 4000  # 16 MiB: fewer, larger checkpoints write an index page once for many rows
_LOG_LIMIT = 16 * 2**20

_REMEDIES = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space, then try again; what was committed is safe",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only: change its permissions, or copy the run "
    "to another folder and give that with --runs",
    sqlite3.SQLITE_PERM: "permission is denied: change the file's permissions",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that the folder exists and may be read and written",
    sqlite3.SQLITE_BUSY: "another process holds it: wait for that process, or end it",
    sqlite3.SQLITE_LOCKED: "another connection holds it: close that one first",
    sqlite3.SQLITE_CORRUPT: "it is damaged: restore it from a copy, or save what can be saved with "
    "`sqlite3 FILE .recover`",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite file, so not a run: move it out of the runs folder",
    sqlite3.SQLITE_IOERR: "reading or writing failed: check the disk, its free space and its quota",
}
_DAMAGED = "a table or column is missing or altered: restore it from a copy"


@contextmanager
def explained(path: Path, doing: str) -> Iterator[None]:
    """Turn SQLite's errors inside the block into StoreErrors that name the file and say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the sort of error, the rest its shade.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        remedy = _REMEDIES.get(code, _DAMAGED)
        raise StoreError(f"{path} could not be {doing} ({error}): {remedy}") from error


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None, timeout=_BUSY_SECONDS
    )
    # Text that is not UTF-8 must reach the row's own check, which can name the row.
    connection.text_factory = lambda data: str(data, "utf-8", "surrogateescape")
    return connection


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        check_format(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_create(path: Path) -> sqlite3.Connection:
    """Return a connection to a file that may not exist yet."""
    return _connect(path, "mode=rwc")


def connect_to_write(path: Path) -> sqlite3.Connection:
    """Return the writer's connection, in write-ahead mode.

    Commits reach the operating system before they return, so they outlive a killed process; a loss of
    power may take the last ones, never the file.

    Raises:
        StoreError: if the file is no run, of a newer format, damaged, or may not be written.
    """
    with explained(path, "opened for writing"):
        connection = _checked(_connect(path, "mode=rw"), path)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that can change nothing in the record, beside a writer or without one.

    Raises:
        StoreError: if the file is missing, no run, of a newer format, or damaged.
    """
    with explained(path, "opened"):
        connection = _open_readable(path)
        show_as_latest(connection)
        connection.execute("PRAGMA query_only = ON")
    return connection


def _open_readable(path: Path) -> sqlite3.Connection:
    if Path(f"{path}-wal").exists():
        return _checked(_connect(path, "mode=ro"), path)
    # A connection with mode=ro would make a log and shared memory here, and could not clear them away.
    try:
        return _checked(_connect(path, "mode=rw"), path)
    except sqlite3.OperationalError:
        # In a read-only folder shared memory cannot be made; without a log there is nothing to share.
        if not path.exists():
            raise
        return _checked(_connect(path, "immutable=1"), path)
