"""The strategy that learns nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.record import Ask, Elite, Verdict
from provolve.search.ledger import Ledger
from provolve.search.snapshots import read, write


class RandomSampling:
    """Asks for changes of the starts alone, each as likely as the others: what every method is measured by.

    Args:
        starts: accepted elites of the seed program and the baselines; at least one.
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
        if not starts or batch < 1:
            raise ValueError(f"{len(starts)} starts and batch {batch}: both must be at least 1")
        self._starts = tuple(starts)
        self._batch = batch
        self._ledger: Ledger[None] = Ledger(seed, window)

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        number = self._ledger.open(None)
        start = self._ledger.generator(number).integers(len(self._starts))
        return Ask(number, (self._starts[start],), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Note that the ask was told; see `Strategy.tell`."""
        self._ledger.close(ask_id)

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        return write(_Saved(self._ledger.asked, self._ledger.waiting))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._ledger.resume(saved.asked, saved.waiting)


class _Saved(msgspec.Struct, frozen=True, tag="random/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, None]
