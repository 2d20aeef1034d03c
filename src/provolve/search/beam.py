"""Beam search over programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import Archive
from provolve.search.base import at_least_one, elites_of
from provolve.search.regrading import Regrading, again, best_first, by_rank
from provolve.search.snapshots import read, write


class Beam(Regrading[None]):
    """Asks for changes of each program of the beam in turn; the best of these and those are the next beam.

    The search of Lowerre (1976), "The Harpy speech recognition system". A beam has one program a behaviour
    and at most two of one template. It is over when each of its programs had its ``turns``, told; verdicts on
    asks that were open then count to the next one. Memory and the cost of a candidate depend on ``width``.

    Args:
        width: most programs of a beam; at least 1.
        turns: asks for each of its programs; at least 1.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start or a number is below 1.
    """

    def __init__(self, *, width: int = 12, turns: int = 2, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(width=width, turns=turns)
        self._width = width
        self._turns = turns
        self._next = self._archive(self._starts)
        self._beam = tuple(self._next)
        self._told = 0
        self._begun = 0

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        number = self._ledger.open(None)
        return Ask(number, (self._beam[(number - 1 - self._begun) % len(self._beam)],), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Sort the verdicts into the next beam; see `Strategy.tell`."""
        self._ledger.close(ask_id)
        for elite in reversed(elites_of(verdicts)):
            self._next.insert(elite)
        self._told += ask_id > self._begun
        if self._told >= self._turns * len(self._beam):
            self._beam = tuple(self._next)
            self._told = 0
            self._begun = self._ledger.asked

    @property
    def beam(self) -> tuple[Elite, ...]:
        """The programs that are changed now, best first."""
        return self._beam

    def _archive(self, elites: Sequence[Elite]) -> Archive:
        archive = Archive(self._width, per_template=2)
        archive.fill(elites)
        return archive

    def _kept(self) -> Iterator[Elite]:
        return by_rank(self._beam, tuple(self._next))

    def _renew(self, known: Mapping[str, Elite]) -> None:
        """The next beam is what is left of both; the turns of the one now begin anew."""
        self._next = self._archive(best_first([*again((*self._beam, *self._next), known), *self._starts]))
        self._beam = tuple(self._next)
        self._told = 0
        self._begun = self._ledger.asked

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        ledger = self._ledger
        beams = self._beam, tuple(self._next)
        return write(_Saved(ledger.asked, ledger.waiting, *beams, self._told, self._begun, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._beam, self._told, self._begun = saved.beam, saved.told, saved.begun
        self._next = self._archive(saved.following)


class _Saved(msgspec.Struct, frozen=True, tag="beam/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, None]
    beam: tuple[Elite, ...]
    following: tuple[Elite, ...]
    told: int
    begun: int
    starts: tuple[Elite, ...] = ()
