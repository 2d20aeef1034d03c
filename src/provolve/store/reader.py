"""Reading a run's record, finished or while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from provolve.errors import StoreError, UsageError
from provolve.record import EPOCH, Budget, Call, Candidate, Spent, Template, Verdict
from provolve.store.database import connect_to_read, explained
from provolve.store.entries import CallSum, Entry, Improvement, OperatorCount
from provolve.store.rows import (
    ASK_COLUMNS,
    CALL_COLUMNS,
    DAMAGE,
    VERDICT_COLUMNS,
    AskRow,
    CallRow,
    VerdictRow,
    unpack_ask,
    unpack_call,
    unpack_spent,
    unpack_verdict,
)
from provolve.store.spec import AskRecord, RunSpec
from provolve.store.values import DIGEST_BYTES, unpack_float, unpack_template, unpack_text

_PAGE = 256
_TEMPLATES_REMEMBERED = 8192

T = TypeVar("T")

_Stored = float | bytes


class RunReader:
    """Reads a run and can change nothing in it; works while its writer writes.

    Every method sees what was committed when it was called. Not for use from several threads.
    """

    def __init__(self, path: Path) -> None:
        """Open the run at ``path``.

        Raises:
            StoreError: if the file is missing, no run, of a newer format, or damaged.
        """
        self.path = path
        self.name = path.stem
        self._connection = connect_to_read(path)
        self._templates: dict[int, Template] = {}
        try:
            self.spec = self._spec()
        except BaseException:
            self._connection.close()
            raise

    def _spec(self) -> RunSpec:
        row = self._row("run", tuple[int, str], "SELECT id, spec FROM run")
        if row is None:
            raise StoreError(f"{self.path} is damaged: table run is empty; restore it from a copy")
        spec = self._parsed("run", row[0], lambda: msgspec.json.decode(row[1], type=RunSpec))
        budgets = self.budgets()
        return msgspec.structs.replace(spec, budget=budgets[-1][1]) if budgets else spec

    def _rows(self, table: str, shape: type[T], query: str, *values: object) -> list[T]:
        """Return the rows of a query as ``shape``; the first column names the row where it is damaged."""
        with explained(self.path, "read"):
            rows = self._connection.execute(query, values).fetchall()
        return [self._parsed(table, row[0], partial(msgspec.convert, row, shape)) for row in rows]

    def _row(self, table: str, shape: type[T], query: str, *values: object) -> T | None:
        rows = self._rows(table, shape, query, *values)
        return rows[0] if rows else None

    def _parsed(self, table: str, key: object, parse: Callable[[], T]) -> T:
        try:
            return parse()
        except DAMAGE as error:
            raise StoreError(
                f"{self.path}: row {key} of table {table} is damaged ({error}): restore the file from a copy"
            ) from error

    def verdicts(self, start: int = 0) -> Iterator[tuple[AskRecord, tuple[Verdict, ...]]]:
        """Yield each ask from turn ``start`` on with its verdicts, in the order in which they were told.

        The run's own start is turn 0; in a run that is not live, the turn of an ask is its id.

        It holds one page of asks at a time and no lock, so a slow consumer hinders nobody.

        Raises:
            StoreError: at a damaged row, which the message names.
        """
        after = start - 1
        while asks := self._asks(after):
            entries = iter(self._entries(asks[0].first, asks[-1].first + asks[-1].verdicts))
            for ask in asks:
                yield self._joined(ask, list(islice(entries, ask.verdicts)))
            after = asks[-1].turn

    def _asks(self, after: int) -> list[AskRow]:
        query = f"SELECT {ASK_COLUMNS} FROM ask WHERE turn > ? ORDER BY turn LIMIT {_PAGE}"
        return self._rows("ask", AskRow, query, after)

    def asked(self, ask_id: int) -> tuple[AskRecord, tuple[Verdict, ...]] | None:
        """Return one ask with its verdicts; None if it was not told.

        Raises:
            StoreError: at a damaged row, which the message names.
        """
        row = self._row("ask", AskRow, f"SELECT {ASK_COLUMNS} FROM ask WHERE id = ?", ask_id)
        return None if row is None else self._joined(row, self._entries(row.first, row.first + row.verdicts))

    def order(self) -> Iterator[int]:
        """Yield the ids of the asks in the order in which they were told, the start's 0 first."""
        after = -1
        query = f"SELECT turn, id FROM ask WHERE turn > ? ORDER BY turn LIMIT {_PAGE}"
        while rows := self._rows("ask", tuple[int, int], query, after):
            yield from (ask for _, ask in rows)
            after = rows[-1][0]

    def turns(self) -> int:
        """Return how many asks were told, the run's own start among them."""
        row = self._row("ask", tuple[int], "SELECT count(*) FROM ask")
        return 0 if row is None else row[0]

    def calls(self, ask_id: int) -> tuple[Call, ...]:
        """Return the calls that were made for an ask, in their order."""
        query = f"SELECT {CALL_COLUMNS} FROM call WHERE ask = ? ORDER BY id"
        rows = self._rows("call", CallRow, query, ask_id)
        return tuple(self._parsed("call", row.id, partial(unpack_call, row)) for row in rows)

    def all_calls(self) -> Iterator[tuple[int, Call]]:
        """Yield every call with the id of its ask, in the order of the record, a page at a time.

        Raises:
            StoreError: at a damaged row, which the message names.
        """
        after = 0
        query = f"SELECT {CALL_COLUMNS} FROM call WHERE id > ? ORDER BY id LIMIT {_PAGE}"
        while rows := self._rows("call", CallRow, query, after):
            for row in rows:
                yield row.ask, self._parsed("call", row.id, partial(unpack_call, row))
            after = rows[-1].id

    def call_sums(self) -> list[CallSum]:
        """Return what the calls came to by operator and model, the most tokens first."""
        query = (
            "SELECT substr(purpose, 1, instr(purpose || ':', ':') - 1) AS operator, model, count(*), "
            "sum(outcome = 'answered'), sum(tokens_in), sum(tokens_out), sum(estimated), total(usd), "
            "sum(usd IS NULL AND tokens_in + tokens_out > 0), total(seconds) FROM call "
            "GROUP BY operator, model ORDER BY sum(tokens_in + tokens_out) DESC, operator, model"
        )
        rows = self._rows("call", CallSum, query)
        return [
            one._replace(operator=unpack_text(one.operator), model=unpack_text(one.model)) for one in rows
        ]

    def _entries(self, first: int, end: int) -> list[Entry]:
        return self._select("WHERE id >= ? AND id < ? ORDER BY id", first, end)

    def _select(self, condition: str, *values: object) -> list[Entry]:
        query = f"SELECT {VERDICT_COLUMNS} FROM verdict {condition}"
        return [self._entry(row) for row in self._rows("verdict", VerdictRow, query, *values)]

    def _entry(self, row: VerdictRow) -> Entry:
        def parse() -> Entry:
            proposal, verdict = unpack_verdict(row, self._template)
            # The run says it once for all its verdicts of which something ran.
            if self.spec.self_judged and verdict.level:
                verdict = msgspec.structs.replace(verdict, self_judged=True)
            return Entry(row.ask, row.position, proposal, verdict)

        return self._parsed("verdict", row.id, parse)

    def _joined(self, ask: AskRow, entries: list[Entry]) -> tuple[AskRecord, tuple[Verdict, ...]]:
        if [(entry.ask, entry.position) for entry in entries] != [(ask.id, k) for k in range(ask.verdicts)]:
            raise StoreError(
                f"{self.path}: row {ask.id} of table ask is damaged (not all of its {ask.verdicts} verdicts "
                "are there): restore the file from a copy"
            )
        proposals = tuple([entry.proposal for entry in entries])
        calls = self.calls(ask.id) if self.spec.live else ()
        record = self._parsed("ask", ask.id, lambda: unpack_ask(ask, proposals, calls))
        return record, tuple([entry.verdict for entry in entries])

    def _template(self, number: int) -> Template:
        known = self._templates.get(number)
        if known is None:
            if len(self._templates) >= _TEMPLATES_REMEMBERED:
                self._templates.clear()
            known = self._templates[number] = self._read_template(number)
        return known

    def _read_template(self, number: int) -> Template:
        query = "SELECT id, digest, body FROM template WHERE id = ?"
        row = self._row("template", tuple[int, bytes, bytes], query, number)
        if row is None:
            raise ValueError(f"row {number} of table template is missing")
        return self._parsed("template", number, lambda: unpack_template(row[1], row[2]))

    def candidate(self, digest_or_prefix: str) -> Candidate | None:
        """Return the candidate whose digest begins so; None if there is none.

        Raises:
            UsageError: if several candidates' digests begin so.
        """
        digest = self._digest(digest_or_prefix)
        entry = None if digest is None else self._first(digest)
        return None if entry is None else entry.verdict.candidate

    def candidate_named(self, digest: str) -> Candidate | None:
        """Return the candidate of this whole digest; None if there is none, or it is no digest."""
        try:
            data = bytes.fromhex(digest)
        except ValueError:
            return None
        entry = self._first(data)
        return None if entry is None else entry.verdict.candidate

    def _digest(self, prefix: str) -> bytes | None:
        try:
            low = bytes.fromhex(prefix.ljust(2 * DIGEST_BYTES, "0"))
            high = bytes.fromhex(prefix.ljust(2 * DIGEST_BYTES, "f"))
        except ValueError:
            return None
        query = "SELECT DISTINCT digest FROM verdict WHERE digest BETWEEN ? AND ? ORDER BY digest LIMIT 3"
        found = [row[0] for row in self._rows("verdict", tuple[bytes], query, low, high)]
        if len(found) > 1:
            names = ", ".join(data.hex()[: max(12, len(prefix) + 2)] for data in found[:2])
            raise UsageError(
                f"{prefix!r} begins the digests of several candidates of run {self.name} "
                f"({names}{', …' if len(found) > 2 else ''}): give more of its digits"
            )
        return found[0] if found else None

    def _first(self, digest: bytes, before: tuple[int, int] | None = None) -> Entry | None:
        condition = "WHERE digest = ?"
        values: list[object] = [digest]
        if before is not None:
            condition += " AND (ask, position) < (?, ?)"
            values += before
        entries = self._select(f"{condition} ORDER BY id LIMIT 1", *values)
        return entries[0] if entries else None

    def lineage(self, digest: str) -> list[Entry]:
        """Return the chain of first parents, from the candidate back to one of the run's start.

        The chain ends where a candidate has no parent in this run. Empty for an unknown candidate.

        Raises:
            UsageError: if several candidates' digests begin with ``digest``.
        """
        named = self._digest(digest)
        entry = None if named is None else self._first(named)
        chain = []
        while entry is not None:
            chain.append(entry)
            parents = entry.proposal.parents
            # Only what came earlier can be a parent: so even a damaged file ends the chain.
            place = entry.ask, entry.position
            entry = self._first(bytes.fromhex(parents[0]), place) if parents else None
        return chain

    def best(self) -> Entry | None:
        """Return the accepted candidate of least loss on train, the first of equals; None before any."""
        entries = self._select("WHERE improved = 1 ORDER BY id DESC LIMIT 1")
        return entries[0] if entries else None

    def audited(self, most: int) -> list[Entry]:
        """Return the ``most`` audited candidates of least loss on validation, the best first."""
        return self._select(f"WHERE audited = 1 ORDER BY validation, id LIMIT {int(most)}")

    def progress(self) -> list[Improvement]:
        """Return the new bests on train in the order they came, the run's start first."""
        query = (
            "SELECT verdict.id, ask.candidates, ask.at, verdict.loss, verdict.validation "
            "FROM verdict JOIN ask ON ask.id = verdict.ask WHERE verdict.improved = 1 ORDER BY verdict.id"
        )
        rows = self._rows("verdict", tuple[int, int, _Stored, _Stored, _Stored | None], query)
        return [self._parsed("verdict", row[0], partial(_improvement, *row[1:])) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many verdicts there are of each rejection, and under ``accepted``; most first."""
        query = (
            "SELECT coalesce(rejection, 'accepted') AS outcome, count(*) FROM verdict "
            "GROUP BY outcome ORDER BY count(*) DESC, outcome"
        )
        return dict(self._rows("verdict", tuple[str, int], query))

    def operators(self) -> dict[str, OperatorCount]:
        """Return what each operator brought, in the order of their names."""
        query = (
            "SELECT operator, count(*), sum(rejection IS NULL), sum(improved) FROM verdict "
            "GROUP BY operator ORDER BY operator"
        )
        rows = self._rows("verdict", tuple[str, int, int, int], query)
        return {unpack_text(name): OperatorCount(*numbers) for name, *numbers in rows}

    def identities(self, last_ask: int, epoch: int = 0) -> Iterator[tuple[str, str]]:
        """Yield digest and behaviour of every candidate up to ``last_ask``, in the order of the asks.

        Much cheaper than `verdicts` where nothing else is wanted. The behaviour is empty before the ask
        ``epoch``, with which an epoch began: it was another one's.
        """
        query = (
            "SELECT hex(digest), CASE WHEN ask < ? THEN '' ELSE behaviour END FROM verdict "
            "WHERE digest IS NOT NULL AND ask <= ? ORDER BY id"
        )
        with explained(self.path, "read"):
            for digest, behaviour in self._connection.execute(query, (epoch, last_ask)):
                yield digest.lower(), behaviour

    def epochs(self) -> tuple[int, ...]:
        """Return the asks with which the later epochs began, ascending."""
        query = "SELECT id FROM ask WHERE choice = ? ORDER BY turn"
        return tuple(ask for (ask,) in self._rows("ask", tuple[int], query, EPOCH))

    def stage(self, name: str) -> bytes | None:
        """Return a milestone of the run; None if it was not reached."""
        row = self._row("stage", tuple[str, bytes], "SELECT name, data FROM stage WHERE name = ?", name)
        return None if row is None else row[1]

    def stages(self) -> tuple[str, ...]:
        """Return the names of the milestones reached, in the order they were."""
        return tuple(
            name for (name,) in self._rows("stage", tuple[str], "SELECT name FROM stage ORDER BY rowid")
        )

    def snapshot(self, at_most: int | None = None) -> tuple[int, bytes] | None:
        """Return the last snapshot taken at or before ask ``at_most``, and the ask after which it was."""
        last = 2**63 - 1 if at_most is None else at_most
        query = "SELECT told, data FROM snapshot WHERE told <= ? ORDER BY told DESC LIMIT 1"
        return self._row("snapshot", tuple[int, bytes], query, last)

    def budgets(self) -> list[tuple[int, Budget]]:
        """Return the budgets set after the beginning, each with the last ask told under the one before."""
        query = "SELECT id, after_ask, budget FROM budget ORDER BY id"
        decode = partial(msgspec.json.decode, type=Budget)
        return [
            (after, self._parsed("budget", key, partial(decode, text)))
            for key, after, text in self._rows("budget", tuple[int, int, str], query)
        ]

    def told(self) -> int:
        """Return the id of the ask that was told last; -1 while there is none."""
        ask = self._last_ask()
        return -1 if ask is None else ask.id

    def spent(self) -> Spent:
        """Return what the run had spent after the last ask recorded."""
        ask = self._last_ask()
        return Spent() if ask is None else self._parsed("ask", ask.id, partial(unpack_spent, ask))

    def _last_ask(self) -> AskRow | None:
        return self._row("ask", AskRow, f"SELECT {ASK_COLUMNS} FROM ask ORDER BY turn DESC LIMIT 1")

    def close(self) -> None:
        """Close the file. Twice is harmless."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _improvement(candidates: int, seconds: _Stored, loss: _Stored, validation: _Stored | None) -> Improvement:
    return Improvement(
        candidates,
        unpack_float(seconds),
        unpack_float(loss),
        None if validation is None else unpack_float(validation),
    )
