"""The asks of a strategy that wait for their verdicts."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Ledger(Generic[T]):
    """Numbers the asks, holds a note on each until it is told, and derives its generator.

    Args:
        seed: root of all randomness of the strategy.
        window: how many asks may wait at a time; at least 1.
    """

    def __init__(self, seed: np.random.SeedSequence, window: int) -> None:
        if window < 1:
            raise ValueError(f"window is {window}: at least one ask must be allowed ahead of its verdicts")
        self._seed = seed
        self._window = window
        self.asked = 0
        self.waiting: dict[int, T] = {}

    def number(self) -> int:
        """Return the id of the next ask without opening it.

        Raises:
            ValueError: if the window is full.
        """
        if len(self.waiting) >= self._window:
            raise ValueError(
                f"{len(self.waiting)} asks wait for their verdicts and the window is {self._window}: "
                f"tell ask {min(self.waiting)} first"
            )
        return self.asked + 1

    def open(self, note: T) -> int:
        """Open the next ask, keep ``note`` until it is told, and return its id.

        Raises:
            ValueError: if the window is full.
        """
        self.asked = self.number()
        self.waiting[self.asked] = note
        return self.asked

    def skip(self) -> int:
        """Return the id of the next ask, one that nobody will tell.

        Raises:
            ValueError: if an ask waits for its verdicts.
        """
        if self.waiting:
            raise ValueError(
                f"ask {min(self.waiting)} waits for its verdicts: tell it before an epoch begins"
            )
        self.asked += 1
        return self.asked

    def close(self, ask_id: int) -> T:
        """Return the note on an ask that is told now.

        Raises:
            ValueError: if the ask was never opened, or is closed already.
        """
        note = self.noted(ask_id)
        del self.waiting[ask_id]
        return note

    def noted(self, ask_id: int) -> T:
        """Return the note on an ask that waits.

        Raises:
            ValueError: if the ask was never opened, or is closed already.
        """
        if ask_id in self.waiting:
            return self.waiting[ask_id]
        if 1 <= ask_id <= self.asked:
            raise ValueError(f"ask {ask_id} was told before: tell each ask once")
        raise ValueError(f"ask {ask_id} was never asked: asks so far are 1 to {self.asked}")

    def generator(self, ask_id: int) -> np.random.Generator:
        """Return the generator of one ask: the same for the same seed and id, whenever it is made."""
        return np.random.default_rng(
            np.random.SeedSequence(self._seed.entropy, spawn_key=(*self._seed.spawn_key, ask_id))
        )

    def resume(self, asked: int, waiting: dict[int, T]) -> None:
        """Take up the state of another ledger."""
        self.asked = asked
        self.waiting = dict(waiting)
