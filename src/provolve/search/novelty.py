"""Novelty by behaviour: programs that do otherwise than the rest are changed beside the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from provolve.record import Ask, Elite, Verdict
from provolve.search.archive import Archive
from provolve.search.base import at_least_one, elites_of
from provolve.search.regrading import Regrading, again, best_first
from provolve.search.snapshots import read, write

NEAREST = 5
"""Neighbours to which the distance of an elite is its novelty."""
RIVALS = 6
"""Elites drawn, of which the most novel is changed."""


class Novelty(Regrading[None]):
    """Asks in turn for changes of the best, and of those whose scores are unlike those of the others.

    What a program does is known by its hash and by its scores, one an instance: two that are as good on the
    whole may be good on other instances. The novelty of an elite is its mean distance, in ranks of scores, to
    its nearest in the population. After Lehman and Stanley (2011), "Abandoning objectives: evolution through
    the search for novelty alone"; here a share of the asks still goes to the best, as novelty alone loses it.

    Args:
        capacity: elites kept; at least 2.
        novel_share: part of the asks that go to the novel, from 0 to 1.
        given: as of `Base`.

    Raises:
        ValueError: if there is no start or a number is out of its range.
    """

    def __init__(self, *, capacity: int = 128, novel_share: float = 0.5, **given: Any) -> None:
        super().__init__(**given)
        at_least_one(capacity=capacity)
        if not 0 <= novel_share <= 1:
            raise ValueError(f"novel_share is {novel_share}: it must lie between 0 and 1")
        self._capacity = capacity
        self._novel_share = novel_share
        self._archive = self._filled(self._starts)

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        rng = self._ledger.generator(self._ledger.number())
        drawn = [self._archive[int(rank)] for rank in rng.integers(len(self._archive), size=RIVALS)]
        first = drawn[0] if len(self._archive) < NEAREST else self._most_novel(drawn)
        if rng.random() >= self._novel_share:
            first = min(drawn, key=lambda elite: elite.loss)
        other = self._archive[int(rng.integers(len(self._archive)))]
        parents = {elite.candidate.digest: elite for elite in (first, other, self._archive[0])}
        return Ask(self._ledger.open(None), tuple(parents.values()), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Keep what is worth keeping; see `Strategy.tell`."""
        self._ledger.close(ask_id)
        for elite in reversed(elites_of(verdicts)):
            self._archive.insert(elite)

    def __len__(self) -> int:
        return len(self._archive)

    def _most_novel(self, drawn: Sequence[Elite]) -> Elite:
        worth = novelty(drawn, tuple(self._archive))
        return drawn[int(np.argmax(worth))]

    def _filled(self, elites: Sequence[Elite]) -> Archive:
        archive = Archive(self._capacity, per_template=4)
        archive.fill(elites)
        return archive

    def _kept(self) -> Iterator[Elite]:
        return iter(self._archive)

    def _renew(self, known: Mapping[str, Elite]) -> None:
        self._archive = self._filled(best_first([*again(self._archive, known), *self._starts]))

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        ledger = self._ledger
        return write(_Saved(ledger.asked, ledger.waiting, tuple(self._archive), self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._archive = self._filled(saved.elites)


def novelty(some: Sequence[Elite], among: Sequence[Elite]) -> list[float]:
    """Return the mean distance of each of ``some`` to its nearest ``among`` others.

    The distance of two elites is the mean difference of their ranks over the instances, a score's rank being
    the number of better scores on its instance: so neither the scale of an instance nor its outliers count.
    """
    table = np.array([elite.scores for elite in among])
    ordered = np.sort(table, axis=0)

    def ranks(scores: Sequence[float]) -> np.ndarray:
        return np.array([np.searchsorted(ordered[:, k], score) for k, score in enumerate(scores)])

    ranked = np.array([ranks(elite.scores) for elite in among])
    found = []
    for elite in some:
        distances = np.sort(np.abs(ranked - ranks(elite.scores)).mean(axis=1))
        found.append(float(distances[1 : NEAREST + 1].mean()) if len(among) > 1 else 0.0)
    return found


class _Saved(msgspec.Struct, frozen=True, tag="novelty/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, None]
    elites: tuple[Elite, ...]
    starts: tuple[Elite, ...]
