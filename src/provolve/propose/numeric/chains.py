"""Chains of hops, each from the best of its line, and what they find."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby

import msgspec
import numpy as np

from provolve.propose.numeric.climb import Climb, onward
from provolve.propose.numeric.continuation import STEPS
from provolve.propose.numeric.pieces import Chain, Found, Outcome, Piece, worker
from provolve.task.surrogate import Surrogate

Spread = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Has written pieces carried out somewhere; returns what came of them, in their order."""
_TOGETHER = 4
"""Chains in a piece, at most: enough that numpy pays, few enough that several processes are kept busy."""
_NUMBERS = 2000
"""Numbers in the points of a piece above which it is cut: long pieces hold up the end of a run."""
_SEEDS = 4
"""Seeds tried for a chain that climbs, for each of its hops later on."""


class State(msgspec.Struct):
    """All that chains know."""

    chains: list[Chain]
    best: list[float]
    """Least value that is no estimate, by level."""
    count: int
    """Chains that a search begins with."""
    climb: Climb = msgspec.field(default_factory=Climb)
    """Where a problem has levels: how far the chains have come."""


class Chains:
    """Several chains that hop together, a round at a time.

    A chain begins at seeds and takes the best of its hops if that is better. Where the problem has one level,
    a chain that has not been improved for ``patience`` rounds begins anew; where it has several, the chains
    climb together from the coarsest.
    """

    def __init__(self, surrogate: Surrogate, *, chains: int, hops_each: int, patience: int) -> None:
        self._levels = surrogate.levels()
        self._hops_each, self._patience = hops_each, patience
        self._work = worker(surrogate)
        self.state = State([Chain() for _ in range(chains)], [math.inf] * len(self._levels), chains)
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
                self.state.chains[place] = chain
        self._go_on()
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
        best, each, steps = self.state.best[chains[0].level], self._hops_each, STEPS
        if len(self._levels) > 1:
            steps = self.state.climb.effort.steps
            each = max(1, each // _SEEDS) if chains[0].point else each
        return Piece(chains, each, best, seed, steps)

    def _go_on(self) -> None:
        """Begin stale chains anew, or take all a step on in their climb."""
        state = self.state
        if len(self._levels) == 1:
            state.chains = [chain if chain.stale < self._patience else Chain() for chain in state.chains]
            return
        state.climb, state.chains = onward(
            state.climb, state.chains, self._levels, count=state.count, patience=self._patience
        )
