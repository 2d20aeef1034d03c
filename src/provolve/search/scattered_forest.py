"""Scattered forest search over programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from provolve.record import Ask, Elite, Verdict
from provolve.search.base import at_least_one, elites_of
from provolve.search.growth import Growth, Rules, SavedGrowth, replanted
from provolve.search.regrading import Regrading, by_rank
from provolve.search.snapshots import check_count, read, write
from provolve.search.tree import SETTINGS, together

Turn = tuple[int, int, int]
"""The tree that an ask was made for, the program in it, and the direction."""


class Direction(msgspec.Struct, frozen=True):
    """A way that programs were changed: how often, and how often the best of an ask was an improvement."""

    tried: int = 0
    won: int = 0


class ScatteredForest(Regrading[Turn]):
    """Grows several trees in turn, and scatters the changes of each over directions that paid before.

    After Light et al. (2024), "Scattered forest search: smarter code space exploration with LLMs": several
    trees so as not to be caught where one began (foresting), unlike directions for the children of a program
    (scattering), and what is learnt of a direction in one tree serves in all (scouting). There a direction is
    a text that a model wrote; here it is what a program is crossed with, so that it works with any proposer:
    nothing, or the best of one of the trees. Directions are chosen by upper confidence bounds on how often
    they improved the program that was changed. The trees are bounded: see `Growth`.

    Args:
        trees: how many; at least 1. They begin with the starts, dealt out in turn, each with at least one.
        given: as of `Base`, and the fields of `Rules`, of which ``capacity`` holds for all trees together.

    Raises:
        ValueError: if there is no start or a number is out of its range.
    """

    def __init__(self, *, trees: int = 4, **given: Any) -> None:
        chosen = {name: given.pop(name) for name in SETTINGS if name in given}
        super().__init__(**given)
        at_least_one(trees=trees)
        rules = Rules(**chosen)
        self._explore = rules.explore
        self._each = msgspec.structs.replace(rules, capacity=max(1, rules.capacity // trees))
        self._forest = [Growth(self._each) for _ in range(trees)]
        for place, tree in enumerate(self._forest):
            tree.plant(self._starts[place::trees] or (self._starts[place % len(self._starts)],))
        # The last one is to go alone.
        self._directions = [Direction() for _ in range(trees + 1)]

    def ask(self) -> Ask:
        """Return the next request, for the next tree in turn; see `Strategy.ask`."""
        place = (self._ledger.number() - 1) % len(self._forest)
        name = self._forest[place].choose()
        direction = self._direction()
        other = self._forest[direction].best if direction < len(self._forest) else None
        number = self._ledger.open((place, name, direction))
        return Ask(number, together(self._forest[place][name], other), self._batch, place)

    def tell(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Let the tree grow, and note whether the direction paid; see `Strategy.tell`."""
        place, name, direction = self._ledger.close(ask_id)
        tree = self._forest[place]
        before = tree[name].loss
        child = tree.grow(name, elites_of(verdicts))
        known = self._directions[direction]
        won = child is not None and child.loss < before
        self._directions[direction] = msgspec.structs.replace(known, won=known.won + won)

    def __len__(self) -> int:
        return sum(map(len, self._forest))

    def _direction(self) -> int:
        """Return the direction with the greatest bound; asks that were not told count as tried in vain."""
        total = sum(direction.tried for direction in self._directions)

        def bound(place: int) -> float:
            known = self._directions[place]
            spread = math.sqrt(math.log(total + 1) / (known.tried + 1))
            return (known.won + 1) / (known.tried + 1) + self._explore * spread

        best = max(range(len(self._directions)), key=lambda place: (bound(place), -place))
        known = self._directions[best]
        self._directions[best] = msgspec.structs.replace(known, tried=known.tried + 1)
        return best

    def _kept(self) -> Iterator[Elite]:
        return by_rank(*(tree.elites for tree in self._forest))

    def _renew(self, known: Mapping[str, Elite]) -> None:
        self._forest = [replanted(tree, self._each, known, self._starts) for tree in self._forest]

    def snapshot(self) -> bytes:
        """Return the state as bytes; see `Resumable.snapshot`."""
        trees = tuple(tree.saved() for tree in self._forest)
        ledger, directions = self._ledger, tuple(self._directions)
        return write(_Saved(ledger.asked, ledger.waiting, trees, directions, self._starts))

    def restore(self, data: bytes) -> None:
        """Take up a state; see `Resumable.restore`.

        Raises:
            StoreError: if ``data`` is no snapshot of as many trees.
        """
        saved = read(data, _Saved)
        check_count(len(saved.trees), len(self._forest), "trees")
        self._take_up(saved.asked, saved.waiting, saved.starts)
        self._directions = [*saved.directions]
        for tree, state in zip(self._forest, saved.trees, strict=True):
            tree.resume(state)


class _Saved(msgspec.Struct, frozen=True, tag="scattered-forest/1", tag_field="snapshot"):
    asked: int
    waiting: dict[int, Turn]
    trees: tuple[SavedGrowth, ...]
    directions: tuple[Direction, ...]
    starts: tuple[Elite, ...] = ()
