"""The strategy that always improves the best so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import order
from provolve.search.base import at_least_one, elites_of
from provolve.search.regrading import Regrading
from provolve.search.snapshots import read, write


class HillClimb(Regrading[int]):
    """Asks for improvements of the best since the last restart, and restarts on a plateau.

    A candidate of the same loss and size takes the place of the best, so that a plateau is walked upon.
    A restart begins from another start than the one before, drawn at random; from the same one if there
    is no other.

    Args:
        patience: asks told without a smaller loss after which the climb restarts; at least 1.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start or a number is below 1.
    """

    def __init__(self, *, patience: int = 200, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(patience=patience)
        self._patience = patience
        self._climb = _Climb(top=self._starts[0])

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        number = self._ledger.number()
        if self._climb.stale >= self._patience:
            self._restart(self._ledger.generator(number))
        self._ledger.open(self._climb.count)
        return Ask(number, (self._climb.top,), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Climb to the best of the verdicts; see `Strategy.tell`.

        Verdicts on asks from before the last restart are passed over: they lead back up the old hill.
        """
        climb = self._climb
        if self._ledger.close(ask_id) != climb.count:
            return
        top = min([*elites_of(verdicts), climb.top], key=order)
        stale = 0 if top.loss < climb.top.loss else climb.stale + 1
        self._climb = msgspec.structs.replace(climb, top=top, stale=stale)

    def _kept(self) -> Iterator[Elite]:
        yield self._climb.top

    def _renew(self, known: Mapping[str, Elite]) -> None:
        top = known.get(self._climb.top.candidate.digest, self._starts[0])
        self._climb = msgspec.structs.replace(self._climb, top=top, start=0, stale=0)

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        return write(_Saved(self._ledger.asked, self._ledger.waiting, self._climb, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._climb = saved.climb

    def _restart(self, rng: np.random.Generator) -> None:
        last = self._climb.start
        others = [place for place in range(len(self._starts)) if place != last] or [last]
        start = others[rng.integers(len(others))]
        self._climb = _Climb(top=self._starts[start], start=start, count=self._climb.count + 1)


class _Climb(msgspec.Struct, frozen=True):
    top: Elite
    start: int = 0
    count: int = 0
    stale: int = 0


class _Saved(msgspec.Struct, frozen=True, tag="hill-climb/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, int]
    climb: _Climb
    starts: tuple[Elite, ...] = ()
