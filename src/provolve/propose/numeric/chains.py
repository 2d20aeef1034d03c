"""Chains of hops, each from the best of its line, and what they find."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby

import msgspec
import numpy as np

from provolve.propose.numeric.pieces import Chain, Found, Outcome, Piece, worker
from provolve.task.surrogate import Surrogate

Spread = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Has written pieces carried out somewhere; returns what came of them, in their order."""
_TOGETHER = 4
"""Chains in a piece, at most: enough that numpy pays, few enough that several processes are kept busy."""
_NUMBERS = 2000
"""Numbers in the points of a piece above which it is cut: long pieces hold up the end of a run."""
_FEWEST = 2
"""Hops from a chain in a round, at least; they are halved with each level, whose points are twice as long."""
_REMEMBERED = 32
"""Values with which chains left a level, the last ones, by which it is decided which go on."""


class State(msgspec.Struct):
    """All that chains know."""

    chains: list[Chain]
    best: list[float]
    """Least value that is no estimate, by level."""
    left: list[list[float]]
    """Values with which chains became stale, the last of them, by level."""


class Chains:
    """Several chains that hop together, a round at a time.

    A chain begins at seeds of the coarsest level and takes the best of its hops if that is better. When it
    has not been improved for ``patience`` rounds, it goes on from its point on the next finer level if it
    is among the better half of those that came so far, and begins anew if it is not, or at the finest.
    """

    def __init__(self, surrogate: Surrogate, *, chains: int, hops_each: int, patience: int) -> None:
        self._levels = surrogate.levels()
        self._hops_each, self._patience = hops_each, patience
        self._work = worker(surrogate)
        none: list[list[float]] = [[] for _ in self._levels]
        self.state = State([Chain() for _ in range(chains)], [math.inf] * len(none), none)
        """Replaced as a whole where a state is restored."""

    def answer(self, found: Found) -> object:
        """Return the answer that ``found`` stands for."""
        return self._levels[found.level].answer(np.frombuffer(found.point, dtype=np.float64))

    def round(self, rng: np.random.Generator, spread: Spread | None = None) -> list[Found]:
        """Hop once from every chain; return what improved a chain, best first, else the best of the round.

        The pieces and their seeds are made before any is carried out, so where that is done changes nothing.
        """
        groups = self._groups()
        written = [msgspec.msgpack.encode(self._piece(group, rng)) for group in groups]
        done = spread(written) if spread is not None else [self._work(piece) for piece in written]
        found: list[Found] = []
        spare: list[Found] = []
        for group, data in zip(groups, done, strict=True):
            outcome = msgspec.msgpack.decode(data, type=Outcome)
            level = outcome.chains[0].level
            self.state.best[level] = min(self.state.best[level], outcome.best)
            found += outcome.found
            spare += [outcome.spare] if outcome.spare is not None else []
            for place, chain in zip(group, outcome.chains, strict=True):
                self.state.chains[place] = self._gone_on(chain) if self._done(chain) else chain
        found.sort(key=lambda one: (one.value, -one.level))
        return found or sorted(spare, key=lambda one: one.value)[:1]

    def _groups(self) -> list[list[int]]:
        """Return the places of the chains, those of a level together, a few a group."""
        chains = self.state.chains
        order = sorted(range(len(chains)), key=lambda place: chains[place].level)
        groups = []
        for level, members in groupby(order, key=lambda place: chains[place].level):
            places = list(members)
            together = max(1, min(_TOGETHER, _NUMBERS // self._levels[level].size))
            groups += [places[at : at + together] for at in range(0, len(places), together)]
        return groups

    def _piece(self, group: Sequence[int], rng: np.random.Generator) -> Piece:
        chains = tuple(self.state.chains[place] for place in group)
        seed = tuple(int(number) for number in rng.integers(0, 2**32, 4))
        level = chains[0].level
        return Piece(chains, max(_FEWEST, self._hops_each >> level), self.state.best[level], seed)

    def _done(self, chain: Chain) -> bool:
        """Whether ``chain`` was at its level for long enough: a third of the patience where it can go on."""
        finest = chain.level + 1 == len(self._levels)
        return chain.stale >= (self._patience if finest else max(1, self._patience // 3))

    def _gone_on(self, chain: Chain) -> Chain:
        """Return what a stale chain goes on as: at the next level from its point, or anew."""
        level = chain.level + 1
        if level == len(self._levels) or not chain.point or not self._among_better(chain):
            return Chain()
        finer = self._levels[level]
        assert finer.refine is not None
        point = finer.fitted(finer.refine(np.frombuffer(chain.point, dtype=np.float64)[None, :]))
        return Chain(point[0].tobytes(), float(finer.evaluate(point)[0][0]), 0, level)

    def _among_better(self, chain: Chain) -> bool:
        left = self.state.left[chain.level]
        left.append(chain.value)
        del left[:-_REMEMBERED]
        return chain.value <= float(np.median(left))
