"""The strategy that takes the best of many, and many of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import order
from provolve.search.base import at_least_one, elites_of
from provolve.search.regrading import Regrading, again
from provolve.search.snapshots import read, write


class BestOfN(Regrading[None]):
    """Asks for ``n`` candidates of one parent; the best of all so far is the next parent.

    With ``n`` at or above the budget it is plain sampling, as in Brown et al. (2024), "Large language
    monkeys: scaling inference compute with repeated sampling"; only the seed program is changed then. A round
    ends when ``n`` verdicts were told. Asks that were open at its end are told later: their verdicts contend
    in the next round, to whose number they do not count.

    Args:
        n: candidates of a round; at least 1.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start or a number is below 1.
    """

    def __init__(self, *, n: int = 256, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(n=n)
        self._n = n
        self._round = _Round(parent=self._starts[0], best=min(self._starts, key=order))

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        return Ask(self._ledger.open(None), (self._round.parent,), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Keep the best, and go on from it when the round is over; see `Strategy.tell`."""
        self._ledger.close(ask_id)
        now = self._round
        best = min([*elites_of(verdicts), now.best], key=order)
        # A round of which nothing comes, as all is refused from the source, ends too.
        drawn, late = now.drawn + max(len(verdicts), 1), ask_id < now.first
        if late or drawn < self._n:
            self._round = msgspec.structs.replace(now, best=best, drawn=now.drawn if late else drawn)
        else:
            self._round = _Round(parent=best, best=best, first=self._ledger.asked + 1)

    def _kept(self) -> Iterator[Elite]:
        yield from (self._round.best, self._round.parent)

    def _renew(self, known: Mapping[str, Elite]) -> None:
        now = self._round
        parent = known.get(now.parent.candidate.digest, self._starts[0])
        best = min([*again((now.best,), known), *self._starts, parent], key=order)
        self._round = msgspec.structs.replace(now, parent=parent, best=best)

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        return write(_Saved(self._ledger.asked, self._ledger.waiting, self._round, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._round = saved.round


class _Round(msgspec.Struct, frozen=True):
    parent: Elite
    best: Elite
    first: int = 1
    """Id of its first ask."""
    drawn: int = 0


class _Saved(msgspec.Struct, frozen=True, tag="best-of-n/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, None]
    round: _Round
    starts: tuple[Elite, ...] = ()
