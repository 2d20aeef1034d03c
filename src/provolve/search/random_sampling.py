"""The strategy that learns nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.regrading import Regrading
from provolve.search.snapshots import read, write


class RandomSampling(Regrading[None]):
    """Asks for changes of the starts alone, each as likely as the others: what every method is measured by.

    It is built with the arguments of `Base`, and raises what that raises.
    """

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        number = self._ledger.open(None)
        start = self._ledger.generator(number).integers(len(self._starts))
        return Ask(number, (self._starts[start],), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Note that the ask was told; see `Strategy.tell`."""
        self._ledger.close(ask_id)

    def _kept(self) -> Iterator[Elite]:
        yield from ()

    def _renew(self, known: Mapping[str, Elite]) -> None:
        """There are no elites but the starts."""

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        return write(_Saved(self._ledger.asked, self._ledger.waiting, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)


class _Saved(msgspec.Struct, frozen=True, tag="random/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, None]
    starts: tuple[Elite, ...] = ()
