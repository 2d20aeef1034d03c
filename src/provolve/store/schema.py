"""The tables of a run's file.

A run is one SQLite file. Asks and verdicts are only ever appended, in the order in which they were told; a
verdict's ``id`` is its running number, ``ask.turn`` that of an ask, and ``ask.first`` and ``ask.verdicts``
say which verdicts belong to an ask. In runs that are not live, an ask's turn is its ``id``.
Floats that SQLite would change (NaN becomes NULL, -0.0 becomes 0.0) stand as 8 bytes, little endian.
Digests stand as 16 bytes, several as their concatenation; scores and measures as 8 bytes each.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from provolve.errors import StoreError

APPLICATION_ID = 0x70766C76
"""Marks a SQLite file as a run of provolve (the letters ``pvlv``)."""

FORMAT = 4
"""Version of the tables, kept as ``PRAGMA user_version``. Raised whenever an older reader would be misled."""

CALL = """CREATE TABLE call (
        id INTEGER PRIMARY KEY,
        ask INTEGER NOT NULL,
        model TEXT NOT NULL,
        purpose TEXT NOT NULL,
        outcome TEXT NOT NULL,
        detail TEXT NOT NULL,
        tokens_in INTEGER NOT NULL,
        tokens_out INTEGER NOT NULL,
        estimated INTEGER NOT NULL,
        usd,
        seconds NOT NULL,
        reply TEXT NOT NULL,
        messages TEXT NOT NULL
    )"""

TABLES = (
    "CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), spec TEXT NOT NULL)",
    "CREATE TABLE budget (id INTEGER PRIMARY KEY, after_ask INTEGER NOT NULL, budget TEXT NOT NULL)",
    "CREATE TABLE stage (name TEXT PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE snapshot (told INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    """CREATE TABLE template (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL,
        fingerprint BLOB NOT NULL UNIQUE,
        body BLOB NOT NULL
    )""",
    """CREATE TABLE ask (
        id INTEGER PRIMARY KEY,
        first INTEGER NOT NULL,
        verdicts INTEGER NOT NULL,
        parents BLOB NOT NULL,
        island INTEGER NOT NULL,
        seconds NOT NULL,
        candidates INTEGER NOT NULL,
        judged INTEGER NOT NULL,
        source_rejections INTEGER NOT NULL,
        at NOT NULL,
        turn INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        usd NOT NULL,
        choice TEXT NOT NULL,
        thought TEXT NOT NULL DEFAULT ''
    )""",
    CALL,
    "CREATE UNIQUE INDEX ask_turn ON ask (turn)",
    # Short columns stand first, so that counting and listing never walk a row's overflow pages.
    """CREATE TABLE verdict (
        id INTEGER PRIMARY KEY,
        ask INTEGER NOT NULL,
        position INTEGER NOT NULL,
        improved INTEGER NOT NULL,
        operator TEXT NOT NULL,
        kind TEXT NOT NULL,
        rejection TEXT,
        loss,
        validation,
        work INTEGER NOT NULL,
        audited INTEGER NOT NULL,
        cpu NOT NULL,
        level TEXT NOT NULL,
        digest BLOB,
        template INTEGER,
        literals BLOB,
        duplicate_of BLOB,
        behaviour TEXT NOT NULL,
        parents BLOB NOT NULL,
        scores BLOB NOT NULL,
        measures BLOB NOT NULL,
        detail TEXT NOT NULL,
        change_template INTEGER,
        change_literals BLOB,
        change TEXT,
        printed TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX verdict_digest ON verdict (digest) WHERE digest IS NOT NULL",
    "CREATE INDEX verdict_improved ON verdict (id) WHERE improved = 1",
    "CREATE INDEX call_ask ON call (ask)",
)

_SINCE_2 = "id AS turn, 0 AS tokens, 0.0 AS usd, '' AS choice"
_SINCE_4 = "'' AS thought"
_EMPTY_CALL = (
    "CREATE TEMP VIEW call AS SELECT 0 AS id, 0 AS ask, '' AS model, '' AS purpose, '' AS outcome, "
    "'' AS detail, 0 AS tokens_in, 0 AS tokens_out, 0 AS estimated, NULL AS usd, 0.0 AS seconds, "
    "'' AS reply, '' AS messages WHERE 0"
)


def create_tables(connection: sqlite3.Connection, spec: str) -> None:
    """Make an empty file a run with the given spec (JSON), in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    for table in TABLES:
        connection.execute(table)
    connection.execute("INSERT INTO run VALUES (1, ?)", (spec,))
    connection.execute("COMMIT")


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that this version cannot read.

    Raises:
        StoreError: if the file is no run of provolve, or was written in a newer format.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    written = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID or written < 1:
        raise StoreError(
            f"{path} is not the record of a run of provolve: name a run that `provolve runs` lists, "
            "or move the file out of the runs folder"
        )
    if written > FORMAT:
        raise StoreError(
            f"{path} was written in format {written} by a newer provolve; this one reads formats up to "
            f"{FORMAT}: upgrade it (pip install --upgrade provolve)"
        )


def show_as_latest(connection: sqlite3.Connection) -> None:
    """Let a connection that may only read see a file of an older format as one of this format."""
    written = _written(connection)
    # A view of the connection's own stands before the table of its name.
    if written < 4:
        since = f"{_SINCE_2}, {_SINCE_4}" if written < 2 else _SINCE_4
        connection.execute(f"CREATE TEMP VIEW ask AS SELECT *, {since} FROM main.ask")
    if written < 2:
        connection.execute(_EMPTY_CALL)
    if written < 3:
        connection.execute("CREATE TEMP VIEW verdict AS SELECT *, '' AS printed FROM main.verdict")


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Give a file of an older format the tables of this one, in one transaction; nothing in it is changed."""
    written = _written(connection)
    if written >= FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    if written < 2:
        _add_calls(connection)
    else:
        connection.execute("ALTER TABLE ask ADD COLUMN thought TEXT NOT NULL DEFAULT ''")
    if written < 3:
        connection.execute("ALTER TABLE verdict ADD COLUMN printed TEXT NOT NULL DEFAULT ''")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")


def _add_calls(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE ask RENAME TO ask_1")
    connection.execute(next(table for table in TABLES if table.startswith("CREATE TABLE ask ")))
    connection.execute(f"INSERT INTO ask SELECT *, {_SINCE_2}, {_SINCE_4} FROM ask_1")
    connection.execute("DROP TABLE ask_1")
    connection.execute(CALL)
    connection.execute("CREATE UNIQUE INDEX ask_turn ON ask (turn)")
    connection.execute("CREATE INDEX call_ask ON call (ask)")


def _written(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
