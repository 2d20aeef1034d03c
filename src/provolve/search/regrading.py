"""What strategies are made of that go on when train grows."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from provolve.record import Ask, Elite
from provolve.search.archive import order
from provolve.search.base import Base

T = TypeVar("T")


class Regrading(Base[T], ABC):
    """A strategy that tells which elites it keeps and can put others in their place: see `Regradable`."""

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
        self._starts = renewed_starts(self._starts, known)
        self._renew(known)

    @abstractmethod
    def _kept(self) -> Iterator[Elite]:
        """Yield the elites kept besides the starts, those first that matter most."""

    @abstractmethod
    def _renew(self, known: Mapping[str, Elite]) -> None:
        """Put the elites in ``known``, by digest, in place of those kept; the starts have been renewed."""


def renewed_starts(starts: Sequence[Elite], known: Mapping[str, Elite]) -> tuple[Elite, ...]:
    """Return the starts as they are in ``known``, by digest; without those that are not there.

    Raises:
        ValueError: if the seed program, the first of them, is not there.
    """
    if starts[0].candidate.digest not in known:
        raise ValueError("the seed program is not among the elites that were judged anew")
    return tuple(again(starts, known))


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
