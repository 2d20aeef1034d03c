"""The one writer of a run's record."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from provolve.errors import StoreError
from provolve.record import Budget, Proposal, Template, Verdict
from provolve.store.database import connect_to_write, explained
from provolve.store.lock import RunLock
from provolve.store.reader import RunReader
from provolve.store.rows import (
    ASK_PLACES,
    CALL_PLACES,
    VERDICT_PLACES,
    Row,
    pack_ask,
    pack_call,
    pack_verdict,
)
from provolve.store.spec import AskRecord, RunSpec
from provolve.store.values import pack_template

SNAPSHOTS_KEPT = 2
_TEMPLATES_REMEMBERED = 8192

# A commit that is tried again writes the same rows to the same places, so replacing is harmless even
# where an interruption came between the commit and its acknowledgement.
_INSERTS = {
    "template": "INSERT OR REPLACE INTO template VALUES (?, ?, ?, ?)",
    "ask": f"INSERT OR REPLACE INTO ask VALUES ({ASK_PLACES})",
    "verdict": f"INSERT OR REPLACE INTO verdict VALUES ({VERDICT_PLACES})",
    "call": f"INSERT OR REPLACE INTO call VALUES ({CALL_PLACES})",
    "stage": "INSERT OR REPLACE INTO stage VALUES (?, ?)",
    "snapshot": "INSERT OR REPLACE INTO snapshot VALUES (?, ?)",
    "budget": "INSERT OR REPLACE INTO budget VALUES (?, ?, ?)",
}
_FORGET_SNAPSHOTS = (
    "DELETE FROM snapshot WHERE told NOT IN "
    f"(SELECT told FROM snapshot ORDER BY told DESC LIMIT {SNAPSHOTS_KEPT})"
)


def spec_to_json(spec: RunSpec) -> str:
    """Return the spec as the file keeps it.

    Raises:
        ValueError: if an option is not finite.
        TypeError: if an option is not plain data.
    """
    return json.dumps(msgspec.to_builtins(spec), allow_nan=False)


class RunWriter:
    """Appends to a run's record: what is added waits in a group until ``commit`` makes it durable.

    Made by ``create_run`` and ``open_writer``. Not for use from several threads.
    """

    def __init__(self, path: Path, lock: RunLock) -> None:
        """Open the run at ``path``, whose ``lock`` the writer takes over.

        Raises:
            StoreError: if the file is no run, of a newer format, damaged, or may not be written.
        """
        self.path = path
        self.name = path.stem
        with RunReader(path) as reader:
            self.spec = reader.spec
            self._last_ask = reader.told()
            self._turn = reader.turns()
            self._live_told = set(reader.order()) if reader.spec.live else set()
            self._stages = set(reader.stages())
            self._searched = self._last_ask >= 1
            self._budgets = len(reader.budgets())
            best = reader.best()
        self._best = math.inf if best is None or best.verdict.loss is None else best.verdict.loss
        self._connection = connect_to_write(path)
        self._lock = lock
        with explained(path, "read"):
            self._next_verdict = self._next("verdict")
            self._next_template = self._next("template")
            self._next_call = self._next("call")
        self._templates: dict[Template, int] = {}
        self._group: dict[str, list[Row]] = {table: [] for table in _INSERTS}
        self._opened: float | None = None

    def _next(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])

    @property
    def pending(self) -> int:
        """Rows that wait for ``commit``: asks, verdicts, calls, stages, snapshots and budgets."""
        return sum(len(rows) for table, rows in self._group.items() if table != "template")

    def since_commit(self, now: float) -> float:
        """Return the age of the open group in seconds, from the first time that this was asked about it.

        ``now`` is any clock that only goes forward. 0.0 where nothing waits.
        """
        if not self.pending:
            return 0.0
        if self._opened is None:
            self._opened = now
        return now - self._opened

    def add_ask(self, ask: AskRecord, verdicts: Sequence[Verdict]) -> None:
        """Add an ask with one verdict a proposal, in their order.

        Raises:
            ValueError: if proposals and verdicts are not equally many, or a digest is malformed.
            StoreError: if the ask was recorded before, or, where the run is not live, a later one was.
        """
        self._check_order(ask.ask)
        first, best = self._next_verdict, self._best
        if ask.begins_epoch:
            # Losses of before are on other instances. Of those judged anew the audited one is the best.
            best = math.inf if any(verdict.audited for verdict in verdicts) else best
        rows = []
        for place, (proposal, verdict) in enumerate(zip(ask.proposals, verdicts, strict=True)):
            improved = verdict.accepted and verdict.loss is not None and verdict.loss < best
            improved = improved and (verdict.audited or not ask.begins_epoch)
            if improved and verdict.loss is not None:
                best = float(verdict.loss)
            rows.append(self._pack((first + place, ask.ask, place), improved, proposal, verdict))
        self._group["ask"].append(pack_ask(ask, first, self._turn))
        self._group["verdict"] += rows
        self._group["call"] += [
            pack_call(self._next_call + place, ask.ask, call) for place, call in enumerate(ask.calls)
        ]
        self._next_verdict, self._best, self._last_ask = first + len(rows), best, ask.ask
        self._next_call += len(ask.calls)
        self._searched |= ask.ask >= 1 and bool(ask.proposals or any(call.tokens for call in ask.calls))
        self._turn += 1
        if self.spec.live:
            self._live_told.add(ask.ask)

    def _check_order(self, ask: int) -> None:
        told = ask in self._live_told if self.spec.live else ask <= self._last_ask
        if told:
            order = "once" if self.spec.live else "once, in the order of the asks"
            raise StoreError(
                f"ask {ask} of run {self.name} comes after ask {self._last_ask}: "
                f"verdicts are recorded {order}"
            )

    def _pack(self, key: tuple[int, int, int], improved: bool, proposal: Proposal, verdict: Verdict) -> Row:
        return pack_verdict(key, improved, proposal, verdict, self._template_id)

    def _template_id(self, template: Template) -> int:
        known = self._templates.get(template)
        if known is None:
            known = self._templates[template] = self._find_or_add(template)
        return known

    def _find_or_add(self, template: Template) -> int:
        digest, body = bytes.fromhex(template.digest), pack_template(template)
        # Templates that differ in comments or layout alone share a digest, and are kept apart.
        fingerprint = blake2b(digest + body, digest_size=16).digest()
        with explained(self.path, "read"):
            query = "SELECT id FROM template WHERE fingerprint = ?"
            row = self._connection.execute(query, (fingerprint,)).fetchone()
        if row is not None:
            return int(row[0])
        number = self._next_template
        self._next_template += 1
        self._group["template"].append((number, digest, fingerprint, body))
        return number

    def add_stage(self, name: str, data: bytes) -> None:
        """Add a milestone of the run: ``started``, ``champion``, ``claim`` or ``finished``.

        Raises:
            StoreError: if the run has that milestone already; it is never replaced.
        """
        if name in self._stages:
            raise StoreError(
                f"run {self.name} already has its {name!r}, and a record is never rewritten: begin a new run"
            )
        self._stages.add(name)
        self._group["stage"].append((name, data))

    def put_snapshot(self, told: int, data: bytes) -> None:
        """Keep the state of strategy and proposer after ask ``told``; the last two snapshots are kept."""
        waiting = [row for row in self._group["snapshot"] if row[0] != told]
        self._group["snapshot"] = [*waiting, (told, data)][-SNAPSHOTS_KEPT:]

    def set_budget(self, budget: Budget) -> None:
        """Record that the run goes on under another budget; ``spec`` has it from now on."""
        if budget == self.spec.budget:
            return
        self._budgets += 1
        text = msgspec.json.encode(budget).decode()
        self._group["budget"].append((self._budgets, self._last_ask, text))
        self.spec = msgspec.structs.replace(self.spec, budget=budget)

    def commit(self) -> None:
        """Make all that waits durable, as one transaction: it outlives the process, however that ends.

        Raises:
            StoreError: if it cannot be written (disk full). All stays in memory: commit can be tried again.
        """
        if not self.pending:
            return
        with explained(self.path, "written"):
            try:
                self._write()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self._group = {table: [] for table in _INSERTS}
        self._opened = None
        if len(self._templates) > _TEMPLATES_REMEMBERED:
            self._templates.clear()

    def _write(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, rows in self._group.items():
            if rows:
                self._connection.executemany(_INSERTS[table], rows)
        if self._group["snapshot"]:
            self._connection.execute(_FORGET_SNAPSHOTS)
        self._connection.execute("COMMIT")

    @property
    def searched(self) -> bool:
        """Whether something of a search was recorded: a proposal, or a call that may have cost something."""
        return self._searched

    def discard(self) -> None:
        """Remove the run, and close: for one of which there is nothing to keep. Twice is harmless."""
        self._group = {table: [] for table in _INSERTS}
        self._connection.close()
        for part in (self.path, Path(f"{self.path}-wal"), Path(f"{self.path}-shm")):
            part.unlink(missing_ok=True)
        self._lock.release()

    def close(self) -> None:
        """Commit what waits, close the file and let other writers in. Twice is harmless.

        Raises:
            StoreError: if what waits cannot be written; the file is closed all the same.
        """
        try:
            self.commit()
        finally:
            self._group = {table: [] for table in _INSERTS}
            try:
                self._connection.close()
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
