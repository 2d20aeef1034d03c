"""What all strategies here are made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import elite_of, order
from provolve.search.ledger import Ledger

T = TypeVar("T")


class Base(Generic[T]):
    """Holds the starts, the size of a batch and the ledger of asks, whose notes are of type ``T``.

    Args:
        starts: accepted elites of the seed program (first) and the baselines; at least one.
        seed: root of all randomness.
        batch: candidates asked for at a time; at least 1.
        window: asks that may wait for their verdicts; at least 1.

    Raises:
        ValueError: if there is no start or a number is below 1.
    """

    def __init__(
        self,
        *,
        starts: Sequence[Elite],
        seed: np.random.SeedSequence,
        batch: int = 32,
        window: int = 8,
    ) -> None:
        at_least_one(starts=len(starts), batch=batch)
        self._starts = tuple(starts)
        self._batch = batch
        self._ledger: Ledger[T] = Ledger(seed, window)

    def regrade(self, most: int) -> Ask:
        """Return a request to have elites judged anew; see `Regradable.regrade`."""
        number = self._ledger.skip()
        found = {elite.candidate.digest: elite for elite in self._starts}
        for elite in self._kept():
            if len(found) >= most:
                break
            found.setdefault(elite.candidate.digest, elite)
        return Ask(number, tuple(found.values()), len(found))

    def regraded(self, elites: Sequence[Elite]) -> None:
        """Go on from elites as they are judged now; see `Regradable.regraded`."""
        known = {elite.candidate.digest: elite for elite in elites}
        if self._starts[0].candidate.digest not in known:
            raise ValueError("the seed program is not among the elites that were judged anew")
        self._starts = tuple(again(self._starts, known))
        self._renew(known)

    def _kept(self) -> Iterator[Elite]:
        """Yield the elites kept besides the starts, those first that matter most."""
        raise NotImplementedError

    def _renew(self, known: Mapping[str, Elite]) -> None:
        """Put the elites in ``known``, by digest, in place of those kept; the starts have been renewed."""
        raise NotImplementedError

    def _take_up(self, asked: int, waiting: dict[int, T], starts: Sequence[Elite]) -> None:
        """Take up what every snapshot holds; the starts are those of the run where it holds none."""
        self._ledger.resume(asked, waiting)
        self._starts = tuple(starts) or self._starts


def again(elites: Iterable[Elite], known: Mapping[str, Elite]) -> list[Elite]:
    """Return elites as they are in ``known``, by digest; without those that are not there."""
    return [known[elite.candidate.digest] for elite in elites if elite.candidate.digest in known]


def by_rank(*archives: Sequence[Elite]) -> Iterator[Elite]:
    """Yield the first of each archive, then the second of each, and so on."""
    for rank in itertools.zip_longest(*archives):
        yield from (elite for elite in rank if elite is not None)


def best_first(elites: Iterable[Elite]) -> list[Elite]:
    """Return elites in the order of an archive."""
    return sorted(elites, key=order)


def at_least_one(**numbers: int) -> None:
    """Check settings that count something.

    Raises:
        ValueError: if one is below 1; it is named.
    """
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} {number}: it must be at least 1")


def elites_of(verdicts: Sequence[Verdict]) -> list[Elite]:
    """Return what there is to keep of some verdicts, the last first: of equals the newest is taken."""
    return [elite for elite in map(elite_of, reversed(verdicts)) if elite is not None]
