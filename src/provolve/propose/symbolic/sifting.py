"""Learning which items of a list are worth nothing, by leaving blocks of them out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from provolve.record import Verdict


class Sifting(msgspec.Struct):
    """A list of which blocks of items are left out to learn which are worth nothing."""

    digest: str
    loss: float
    waiting: list[list[int]]
    """Blocks to be left out yet."""
    idle: list[list[int]] = []
    """Blocks that made no difference."""
    asks: dict[int, list[list[int]]] = {}
    """The blocks of outstanding asks; those without any propose the list without what is idle."""
    result: str = ""
    """Digest of the list without all idle blocks, once it is proposed."""

    @property
    def left(self) -> bool:
        """Whether anything is left to do."""
        return bool(self.waiting or self.asks or (self.idle and not self.result))

    @property
    def ready(self) -> bool:
        """Whether all idle blocks are known, and are to be left out together."""
        return bool(self.idle) and not (self.waiting or self.asks or self.result)

    def learn(self, blocks: list[list[int]], verdicts: Sequence[Verdict]) -> None:
        """Take note of what leaving out each block did; those that matter are halved and left out again."""
        for verdict, block in zip(verdicts, blocks, strict=False):
            if verdict.loss is not None and verdict.loss <= self.loss:
                self.idle.append(block)
            elif len(block) > 1:
                self.waiting += [block[: len(block) // 2], block[len(block) // 2 :]]
