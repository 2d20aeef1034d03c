"""Monte-Carlo tree search over programs and thoughts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.base import elites_of
from provolve.search.growth import Growth, Rules, SavedGrowth, replanted
from provolve.search.regrading import Regrading
from provolve.search.snapshots import read, write
from provolve.search.thoughts import SavedThoughts, Thoughts, Turn

SETTINGS = tuple(Rules.__struct_fields__)


class Tree(Regrading[Turn]):
    """Asks for changes of the program that upper confidence bounds lead to in one tree of programs.

    Searching with UCT among programs and thoughts follows Li et al. (2024), "RethinkMCTS: refining erroneous
    thoughts in Monte Carlo tree search for code generation". Each ask names a thought below the program to
    change: one to carry out, one that failed and is to be written anew, or a new one to be had. A proposer
    that has no thoughts does not heed them, and the tree is one of programs alone. Of each ask the best new
    behaviour becomes a child of the program that was changed. The second parent is the best program of the
    tree. The tree is bounded: see `Growth` and `Thoughts`.

    Args:
        rethink: how often a failed thought is written anew before it is given up; at least 0.
        given: as of `Base`, and the fields of `Rules`.

    Raises:
        ValueError: if there is no start or a number is out of its range.
    """

    def __init__(self, *, rethink: int = 2, **given: Any) -> None:
        chosen = {name: given.pop(name) for name in SETTINGS if name in given}
        super().__init__(**given)
        if rethink < 0:
            raise ValueError(f"rethink is {rethink}: it must not be negative")
        self._rules = Rules(**chosen)
        self._rethink = rethink
        self._growth = Growth(self._rules)
        self._growth.plant(self._starts)
        self._thoughts = self._none_yet()

    def _none_yet(self) -> Thoughts:
        rules = self._rules
        return Thoughts(explore=rules.explore, widen=rules.widen, rethink=self._rethink)

    def ask(self) -> Ask:
        """Return the next request; see `Strategy.ask`."""
        self._ledger.number()
        name = self._growth.choose()
        turn, thought = self._thoughts.choose(name, self._growth)
        parents = together(self._growth[name], self._growth.best)
        return Ask(self._ledger.open(turn), parents, self._batch, thought=thought)

    def think(self, ask_id: int, thought: str) -> None:
        """Note the thought that was carried out; see `Thinking.think`."""
        turn = self._ledger.noted(ask_id)
        self._ledger.waiting[ask_id] = msgspec.structs.replace(turn, said=thought)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Let the tree grow by the best of the verdicts; see `Strategy.tell`."""
        turn = self._ledger.close(ask_id)
        child = self._growth.grow(turn.program, elites_of(verdicts))
        self._thoughts.learn(turn, None if child is None else self._growth.newest, verdicts, self._growth)

    def __len__(self) -> int:
        return len(self._growth)

    def _kept(self) -> Iterator[Elite]:
        yield from self._growth.elites

    def _renew(self, known: Mapping[str, Elite]) -> None:
        self._growth = replanted(self._growth, self._rules, known, self._starts)
        self._thoughts = self._none_yet()

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        ledger = self._ledger
        return write(
            _Saved(ledger.asked, ledger.waiting, self._growth.saved(), self._thoughts.saved(), self._starts)
        )

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`."""
        saved = read(data, _Saved)
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._growth.resume(saved.tree)
        self._thoughts.resume(saved.thoughts)


def together(first: Elite, second: Elite | None) -> tuple[Elite, ...]:
    """Return the parents of an ask: the one to improve, and another where it is another candidate."""
    if second is None or second.candidate.digest == first.candidate.digest:
        return (first,)
    return first, second


class _Saved(msgspec.Struct, frozen=True, tag="tree/2", tag_field="snapshot"):
    asked: int
    waiting: dict[int, Turn]
    tree: SavedGrowth
    thoughts: SavedThoughts
    starts: tuple[Elite, ...] = ()
