"""What a run demands of a strategy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from provolve.record import Ask, Elite, Verdict


@runtime_checkable
class Strategy(Protocol):
    """Decides what to try next, by asking for candidates and being told their verdicts.

    Asks may run ahead of tells, by as many as the window the strategy was built with. Tells come in the
    order of the asks, or, where models or programs propose, in that of arrival. The same sequence of calls
    from the same start gives the same asks: a strategy takes its randomness from its seed and the number of
    the ask alone.
    """

    def ask(self) -> Ask:
        """Return the next request; its ``id`` is one more than that of the request before, from 1.

        Raises:
            ValueError: if a whole window of asks has not been told yet.
        """
        ...

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Learn from the verdicts on the proposals that answered one ask.

        Args:
            ask_id: the ``id`` of the ask.
            verdicts: one a proposal, in the order of the proposals; any number, none included.

        Raises:
            ValueError: if the id was never asked, or was told before.
        """
        ...


@runtime_checkable
class Thinking(Protocol):
    """Searches among thoughts too: plans in words, of which programs are made."""

    def think(self, ask_id: int, thought: str) -> None:
        """Take the thought that the answer to an ask carried out; called before the ask is told.

        Not called where the proposer heeded none. Then the ask is told as any other.

        Raises:
            ValueError: if the id was never asked, or was told before.
        """
        ...


@runtime_checkable
class Regradable(Protocol):
    """Can go on when train grows, so that what its elites are worth is another thing.

    A run whose strategy cannot do so keeps the train instances that it began with.
    """

    def regrade(self, most: int) -> Ask:
        """Return a request to have elites judged anew: its parents, of which it wants no changes.

        Its ``id`` counts like that of any other ask. It is answered by `regraded` before anything else is
        called, and never told.

        Args:
            most: elites at most, the starts not counted where there are more; those first that matter most.

        Raises:
            ValueError: if an ask has not been told yet.
        """
        ...

    def regraded(self, elites: Sequence[Elite]) -> None:
        """Take the elites of the last `regrade` as they are judged now, in place of all that was kept.

        Args:
            elites: those that were accepted, in the order of the request, the seed program among them.

        Raises:
            ValueError: if the seed program is missing.
        """
        ...


@runtime_checkable
class Resumable(Protocol):
    """Can be written down and taken up again."""

    def snapshot(self) -> bytes:
        """Return the whole state, asks that are not told yet among it."""
        ...

    def restore(self, data: bytes) -> None:
        """Take the state of ``data``, a snapshot from an object built with the same arguments.

        What follows is what would have followed the snapshot in the unbroken run.

        Raises:
            StoreError: if ``data`` is not such a snapshot.
        """
        ...
