"""Chains of hops, each from the best of its line, and what they find."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby

import msgspec
import numpy as np

from provolve.propose.numeric.climb import Climb, Pace, onward
from provolve.propose.numeric.continuation import STEPS
from provolve.propose.numeric.halving import Heat, halved
from provolve.propose.numeric.pieces import Chain, Found, Outcome, Piece, worker
from provolve.task.surrogate import Surrogate

Spread = Callable[[Sequence[bytes]], Sequence[bytes]]
"""Has written pieces carried out somewhere; returns what came of them, in their order."""
_TOGETHER = 4
"""Chains in a piece, at most, with the hops that they begin with: enough that numpy pays."""
_NUMBERS = 3200
"""Numbers in the starts of a piece above which it is cut: long pieces hold up the end of a run."""
_FEWEST = 2
"""Pieces of a round and starts of a piece, at least, where there are as many."""


class State(msgspec.Struct):
    """All that chains know."""

    chains: list[Chain]
    best: list[float]
    """Least value that is no estimate, by level."""
    count: int
    """Chains that a search begins with."""
    climb: Climb = msgspec.field(default_factory=Climb)
    """Where a problem has levels: how far the chains have come."""
    heat: Heat = msgspec.field(default_factory=Heat)
    """Where it has one."""


class Chains:
    """Several chains that hop together, a round at a time.

    A chain begins at seeds and takes the best of its hops if that is better. Where the problem has one level,
    the chains are halved again and again; where it has several, they climb together from the coarsest.
    Either ends when the last have not been improved for ``patience`` rounds, a deep climb also when it falls
    behind an earlier one, and all begin anew.
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
        plan = self._plan()
        written = [msgspec.msgpack.encode(self._piece(places, hops, rng)) for places, hops in plan]
        done = spread(written) if spread is not None else [self._work(piece) for piece in written]
        found: list[Found] = []
        spare: list[Found] = []
        shares: dict[int, list[Chain]] = {}
        for (places, _), data in zip(plan, done, strict=True):
            outcome = msgspec.msgpack.decode(data, type=Outcome)
            level = outcome.chains[0].level
            self.state.best[level] = min(self.state.best[level], outcome.best)
            found += outcome.found
            spare += [outcome.spare] if outcome.spare is not None else []
            for place, chain in zip(places, outcome.chains, strict=True):
                shares.setdefault(place, []).append(chain)
        for place, of_chain in shares.items():
            self.state.chains[place] = min(of_chain, key=lambda chain: (chain.value, chain.stale))
        self._go_on()
        found.sort(key=lambda one: (one.value, -one.level))
        return found or sorted(spare, key=lambda one: one.value)[:1]

    def _plan(self) -> list[tuple[list[int], int]]:
        """Return for each piece of the round the places of its chains, of one level, and the hops of each.

        A chain may be in several pieces, each with a share of its hops, so that many processes are kept busy.
        """
        chains = self.state.chains
        order = sorted(range(len(chains)), key=lambda place: chains[place].level)
        plan = []
        for level, members in groupby(order, key=lambda place: chains[place].level):
            places = list(members)
            hops = self._hops(chains[places[0]])
            most = self._starts(level, hops * len(places))
            for group in _evenly(len(places), max(1, most // hops)):
                plan += [([places[at] for at in group], len(part)) for part in _evenly(hops, most)]
        return plan

    def _starts(self, level: int, count: int) -> int:
        """Return how many of the ``count`` starts of a round at ``level`` a piece holds at most."""
        few = min(self._hops_each * _TOGETHER, _NUMBERS // self._levels[level].size, -(-count // _FEWEST))
        return max(_FEWEST, few)

    def _hops(self, chain: Chain) -> int:
        """Return the hops from each chain of the round, which all are as far as ``chain``."""
        if len(self._levels) == 1:
            return self._hops_each * self.state.count // len(self.state.chains)
        return self._pace().hops(chain.level) if chain.point else self._hops_each

    def _piece(self, places: Sequence[int], hops: int, rng: np.random.Generator) -> Piece:
        chains = tuple(self.state.chains[place] for place in places)
        seed = tuple(int(number) for number in rng.integers(0, 2**32, 4))
        steps = STEPS if len(self._levels) == 1 else self._pace().steps(chains[0].level)
        return Piece(chains, hops, self.state.best[chains[0].level], seed, steps)

    def _go_on(self) -> None:
        """Halve the chains, or take all a step on in their climb."""
        state = self.state
        if len(self._levels) == 1:
            state.heat, state.chains = halved(
                state.heat, state.chains, count=state.count, patience=self._patience
            )
            return
        state.climb, state.chains = onward(
            state.climb, state.chains, self._pace(), self._levels, state.best, patience=self._patience
        )

    def _pace(self) -> Pace:
        state = self.state
        return Pace(state.climb.number, self._levels, count=state.count, hops_each=self._hops_each)


def _evenly(count: int, most: int) -> list[range]:
    """Return ranges from 0 to ``count``, as few and as even as can be that hold ``most`` at most."""
    parts = -(-count // most)
    return [range(count * part // parts, count * (part + 1) // parts) for part in range(parts)]
