"""Monte-Carlo tree search over programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.base import elites_of
from provolve.search.growth import Growth, Rules, SavedGrowth, replanted
from provolve.search.regrading import Regrading
from provolve.search.snapshots import read, write

SETTINGS = tuple(Rules.__struct_fields__)


class Tree(Regrading[int]):
    """Asks for changes of the program that upper confidence bounds lead to in one tree of programs.

    Searching among programs with UCT follows Li et al. (2024), "RethinkMCTS: refining erroneous thoughts in
    Monte Carlo tree search for code generation"; there the nodes are thoughts of a model, here they are the
    programs themselves, so that it works with any proposer. Of each ask the best new behaviour becomes a
    child of the program that was changed. The second parent is the best program of the tree. The tree is
    bounded: see `Growth`.

    Args:
        given: as of `Base`, and the fields of `Rules`.

    Raises:
        ValueError: if there is no start or a number is out of its range.
    """

    def __init__(self, **given: Any) -> None:
        rules = {name: given.pop(name) for name in SETTINGS if name in given}
        super().__init__(**given)
        self._rules = Rules(**rules)
        self._growth = Growth(self._rules)
        self._growth.plant(self._starts)

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        self._ledger.number()
        name = self._growth.choose()
        return Ask(self._ledger.open(name), together(self._growth[name], self._growth.best), self._batch)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Let the tree grow by the best of the verdicts; see `Strategy.tell`."""
        self._growth.grow(self._ledger.close(ask_id), elites_of(verdicts))

    def __len__(self) -> int:
        return len(self._growth)

    def _kept(self) -> Iterator[Elite]:
        yield from self._growth.elites

    def _renew(self, known: Mapping[str, Elite]) -> None:
        self._growth = replanted(self._growth, self._rules, known, self._starts)

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        return write(_Saved(self._ledger.asked, self._ledger.waiting, self._growth.saved(), self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._growth.resume(saved.tree)


def together(first: Elite, second: Elite | None) -> tuple[Elite, ...]:
    """Return the parents of an ask: the one to improve, and another where it is another candidate."""
    if second is None or second.candidate.digest == first.candidate.digest:
        return (first,)
    return first, second


class _Saved(msgspec.Struct, frozen=True, tag="tree/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, int]
    tree: SavedGrowth
    starts: tuple[Elite, ...] = ()
