"""One island: an archive and what is remembered of its past."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from provolve.record import Elite
from provolve.search.archive import Archive


class Island:
    """A population that is bred apart from the others.

    Args:
        empty: makes the empty archive that the island begins with, now and at each founding.
    """

    def __init__(self, empty: Callable[[], Archive]) -> None:
        self._empty = empty
        self.archive = empty()
        self.history = History()

    def found(self, founders: Iterable[Elite], *, born: int) -> None:
        """Begin anew from ``founders``, whose line goes back to the ask ``born``."""
        self.archive = self._empty()
        for founder in founders:
            self.archive.insert(founder)
        self.history = History(epoch=self.history.epoch + 1, born=born)

    def insert(self, elite: Elite) -> None:
        """Offer an elite; if it is better than the best so far, the island is fresh again."""
        better = not len(self.archive) or elite.loss < self.archive[0].loss
        if self.archive.insert(elite) and better:
            self.history = msgspec.structs.replace(self.history, stale=0)

    def receive(self, migrants: Iterable[Elite]) -> None:
        """Take in what comes from elsewhere, if anything, and remember when."""
        for migrant in migrants:
            self.insert(migrant)
        self.history = msgspec.structs.replace(self.history, visited=self.history.turns)

    def resume(self, elites: Iterable[Elite], history: History) -> None:
        """Take up the state of another island."""
        self.archive = self._empty()
        self.archive.fill(elites)
        self.history = history

    def end_turn(self) -> None:
        """Count one ask as told."""
        history = self.history
        self.history = msgspec.structs.replace(history, turns=history.turns + 1, stale=history.stale + 1)


class History(msgspec.Struct, frozen=True):
    """What an island remembers besides its elites."""

    epoch: int = 0
    """How often it was founded; verdicts on asks of an earlier epoch are not its own any more."""
    born: int = 0
    """The ask at which the line of its elites began from a start: larger is younger."""
    turns: int = 0
    """Asks told since it was founded."""
    stale: int = 0
    """Asks told since its best improved."""
    visited: int = 0
    """How many turns it had when elites of another island could last come in."""


def draw(elites: Archive, temperature: float, rng: np.random.Generator) -> Elite:
    """Return an elite drawn by rank: probability proportional to exp(-rank / (temperature * size)).

    Args:
        elites: at least one.
        temperature: more than 0; the scale of the ranks as a share of the size.
        rng: one uniform number is taken.
    """
    total = _cumulated(len(elites), temperature)
    return elites[int(np.searchsorted(total, rng.random() * total[-1], side="right"))]


@lru_cache(maxsize=256)
def _cumulated(size: int, temperature: float) -> NDArray[np.float64]:
    """Return the running sums of the weights of ``size`` ranks, shape ``(size,)``."""
    sums: NDArray[np.float64] = np.cumsum(np.exp(-np.arange(size) / (temperature * size)))
    return sums
