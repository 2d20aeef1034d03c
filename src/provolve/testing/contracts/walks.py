"""Strategies led through asks and tells by lot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from provolve.record import Ask
from provolve.search import Strategy
from provolve.testing.contracts.contract import require
from provolve.testing.contracts.judging import by_lot, made_starts

WINDOW = 4
BATCH = 6

Make = Callable[..., Strategy]
"""Builds a strategy from ``starts``, ``seed``, ``batch`` and ``window``, as the engine does."""


@dataclass(frozen=True)
class Trial:
    """A strategy to be tried: how it is made, how many measures elites have, how many seeds to try."""

    make: Make
    measures: int
    seeds: int

    def strategy(self, seed: int = 1, window: int = WINDOW) -> Strategy:
        """Return a new strategy."""
        root = np.random.SeedSequence(seed, spawn_key=(2,))
        return self.make(starts=made_starts(self.measures), seed=root, batch=BATCH, window=window)

    def walk(self, seed: int = 1) -> Walk:
        """Return a walk of a new strategy."""
        return Walk(self.strategy(seed), seed)


class Walk:
    """Asks and tells in an order drawn from ``seed``: as far ahead as the window is, told as they arrive."""

    def __init__(self, strategy: Strategy, seed: int) -> None:
        self.strategy = strategy
        self.waiting: list[Ask] = []
        self._seed = seed
        self._rng = np.random.default_rng([7, seed])

    def step(self) -> Ask | None:
        """Ask, and return the ask; or tell one that waits, and return None."""
        ahead = bool(self._rng.integers(2)) and len(self.waiting) < WINDOW
        if not self.waiting or ahead:
            self.waiting.append(self.strategy.ask())
            return self.waiting[-1]
        late = int(self._rng.integers(len(self.waiting))) if self._rng.random() < 0.2 else 0
        self._tell(late)
        return None

    def _tell(self, place: int) -> None:
        ask = self.waiting.pop(place)
        self.strategy.tell(ask.id, by_lot(ask, self._seed))

    def run(self, steps: int) -> list[Ask]:
        """Make so many steps; return the asks."""
        return [ask for ask in (self.step() for _ in range(steps)) if ask is not None]

    def drain(self) -> None:
        """Tell all that waits."""
        while self.waiting:
            self._tell(0)

    def gone_on_by(self, strategy: Strategy) -> Walk:
        """Return the walk as another strategy, which is in the same state, goes on with it."""
        walk = Walk(strategy, self._seed)
        walk.waiting, walk._rng = [*self.waiting], deepcopy(self._rng)
        return walk


def require_alike(walk: Walk, others: Mapping[str, Walk], steps: int) -> None:
    """Let walks go on, and raise `Broken` at the first ask in which one differs; its name says why it may."""
    for _ in range(steps):
        asked = walk.step()
        for name, other in others.items():
            found = other.step()
            require(found == asked, f"{name}, {_shown(asked)} is {_shown(found)}")


def _shown(ask: Ask | None) -> str:
    if ask is None:
        return "no ask"
    return f"ask {ask.id} for {ask.count} of {', '.join(parent.behaviour for parent in ask.parents)}"
