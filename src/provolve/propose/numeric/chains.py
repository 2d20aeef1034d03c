"""Chains of hops, each from the best of its line, and what they find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from provolve.propose.numeric.hops import hops
from provolve.propose.numeric.polish import polish
from provolve.propose.numeric.seeds import seeds
from provolve.propose.numeric.solver import Solving, solve
from provolve.task.surrogate import Floats, Surrogate

_BETTER = 1e-9
"""Least improvement, relative to the value, that counts."""
_NEAR = 2e-3
"""An improved chain this near to the best, relative to its value, is polished."""
_CUT = 1e-3
"""A hop is given up if its estimate is worse than its chain's value by this share."""
_FEASIBLE = 1e-3
"""Violation above which a local solve has found nothing."""
_POLISHED = 3
"""Polishes in a round, at most."""


class Chain(msgspec.Struct):
    """One line of hops."""

    point: bytes = b""
    """Its best point, float64; empty before its first round."""
    value: float = math.inf
    stale: int = 0
    """Rounds since it was improved."""


@dataclass(frozen=True)
class Found:
    """A local solution."""

    point: Floats
    """Shape (size,)."""
    value: float
    how: str
    """``seed``, ``hop`` or ``polish``: the last that was done to it."""


class Chains:
    """Several chains that hop together, in one batch of local solves a round.

    A chain begins at seeds, takes the best of its hops if that is better, and begins anew when it has not
    been improved for ``patience`` rounds.
    """

    def __init__(self, surrogate: Surrogate, *, chains: int, hops_each: int, patience: int) -> None:
        self._surrogate = surrogate
        self._hops_each, self._patience = hops_each, patience
        self.lines = [Chain() for _ in range(chains)]
        """Replaced as a whole where a state is restored."""
        self.best = math.inf
        """Least value that was polished."""

    def round(self, rng: np.random.Generator) -> list[Found]:
        """Hop once from every chain; return what improved a chain, best first, else the best of the round."""
        each = self._hops_each
        batches = [self._starts(chain, rng) for chain in self.lines]
        slack = [chain.value + _CUT * abs(chain.value) if chain.point else math.inf for chain in self.lines]
        found = solve(self._surrogate, np.concatenate(batches), Solving(), np.repeat(slack, each))
        values = np.where(found.violations < _FEASIBLE, found.values, np.inf)
        improved = []
        for place, chain in enumerate(self.lines):
            top = place * each + int(np.argmin(values[place * each : (place + 1) * each]))
            fresh = not chain.point
            if values[top] < chain.value - (0.0 if fresh else _BETTER * abs(chain.value)):
                chain.point, chain.value = found.points[top].tobytes(), float(values[top])
                chain.stale = 0
                improved.append((chain, "seed" if fresh else "hop"))
            else:
                chain.stale += 1
        results = self._polished(improved)
        for chain in self.lines:
            if chain.stale >= self._patience:
                chain.point, chain.value, chain.stale = b"", math.inf, 0
        if not results and np.isfinite(values).any():
            top = int(np.argmin(values))
            results = [Found(found.points[top], float(values[top]), "hop")]
        return sorted(results, key=lambda one: one.value)

    def _starts(self, chain: Chain, rng: np.random.Generator) -> Floats:
        """Return where the chain's local solves of this round begin, shape (hops, size)."""
        surrogate, each = self._surrogate, self._hops_each
        if not chain.point:
            return seeds(surrogate, each, rng)
        known = hops(surrogate)
        point = np.frombuffer(chain.point, dtype=np.float64)[None, :]
        moved = [known[rng.integers(len(known))](surrogate, point, rng) for _ in range(each)]
        return surrogate.fitted(np.concatenate(moved))

    def _polished(self, improved: Sequence[tuple[Chain, str]]) -> list[Found]:
        """Polish the best of the improved chains if they come near to the best of all."""
        results = []
        for rank, (chain, how) in enumerate(sorted(improved, key=lambda pair: pair[0].value)):
            point = np.frombuffer(chain.point, dtype=np.float64)
            if rank < _POLISHED and not chain.value > self.best + _NEAR * abs(self.best):
                better = polish(self._surrogate, point)
                if better.violation < 1e-9:
                    point, how = better.point, "polish"
                    chain.point, chain.value = point.tobytes(), better.value
                    self.best = min(self.best, better.value)
            results.append(Found(point, chain.value, how))
        return results
