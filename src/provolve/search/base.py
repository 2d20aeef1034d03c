"""What all strategies here are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np

from provolve.record import Elite, Verdict
from provolve.search.archive import elite_of
from provolve.search.ledger import Ledger

WINDOW = 4
"""Asks open at once; where models or programs answer them, calls under way. With more, what is found comes
late to the asks that could build on it; with fewer, workers wait."""

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
        window: int = WINDOW,
    ) -> None:
        at_least_one(starts=len(starts), batch=batch)
        self._starts = tuple(starts)
        self._batch = batch
        self._ledger: Ledger[T] = Ledger(seed, window)

    def _take_up(self, asked: int, waiting: dict[int, T], starts: Sequence[Elite]) -> None:
        """Take up what every snapshot holds; the starts are those of the run where it holds none."""
        self._ledger.resume(asked, waiting)
        self._starts = tuple(starts) or self._starts


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
