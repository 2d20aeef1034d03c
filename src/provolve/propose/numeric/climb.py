"""Climbs: chains go together from the coarsest level to the finest, the better half each time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from provolve.propose.numeric.halving import stood
from provolve.propose.numeric.pieces import Chain
from provolve.task.surrogate import Surrogate


class Effort(NamedTuple):
    """How much of its work a climb does at the coarse levels."""

    rounds: int
    """Rounds of hops at each level but the finest, at least 0."""
    steps: int
    """Evaluations in a stage of a continuation, at most."""


EFFORTS = (Effort(0, 150), Effort(2, 300), Effort(6, 500))
"""Of a climb, the next one and the one after, in turn.

What is best where numbers are few need not grow into what is best where they are many, and which problem is
of that kind nobody knows before: so climbs of several lengths share the time, as restarts do (Luby, Sinclair
and Zuckerman 1993, "Optimal speedup of Las Vegas algorithms").
"""
_FEWEST = 4
"""Chains that come to the finest level, where as many began."""
_CULLED = 3
"""Rounds after which the better half of the chains takes the places of the worse."""
_WORTH = 1e-5
"""Least improvement of the best, relative to its value, for which a climb goes on at the finest level."""


class Climb(msgspec.Struct):
    """Where the chains are on their way up."""

    number: int = 0
    """Climbs done."""
    rounds: int = 0
    """Rounds at this level."""
    least: float = math.inf
    """Value of the best chain when it was last improved by what counts, at the finest level."""
    idle: int = 0
    """Rounds since then."""

    @property
    def effort(self) -> Effort:
        """What this climb does at the coarse levels."""
        return EFFORTS[self.number % len(EFFORTS)]


def onward(
    climb: Climb, chains: Sequence[Chain], levels: Sequence[Surrogate], *, count: int, patience: int
) -> tuple[Climb, list[Chain]]:
    """Return the climb and its chains after a round.

    The better half of the chains goes up to the next level, and at the finest all hop until the best of
    them has not been improved for ``patience`` rounds. Then ``count`` chains begin anew.
    """
    ranked = sorted((chain for chain in chains if chain.point), key=lambda chain: chain.value)
    if not ranked:
        return climb, list(chains)
    level, rounds = ranked[0].level, climb.rounds + 1
    if level + 1 < len(levels):
        if rounds > climb.effort.rounds:
            most = max(min(_FEWEST, count), len(ranked) // 2)
            return Climb(climb.number), [_refined(chain, levels[level + 1]) for chain in ranked[:most]]
        return Climb(climb.number, rounds), _culled(ranked, rounds)
    least, idle = stood(ranked[0].value, climb.least, climb.idle, worth=_WORTH)
    if idle >= patience:
        return Climb(climb.number + 1), [Chain() for _ in range(count)]
    return Climb(climb.number, rounds, least, idle), _culled(ranked, rounds)


def _culled(ranked: Sequence[Chain], rounds: int) -> list[Chain]:
    if rounds == 1 or (rounds - 1) % _CULLED:
        return list(ranked)
    better = ranked[: (len(ranked) + 1) // 2]
    return [*better, *(msgspec.structs.replace(chain) for chain in better[: len(ranked) - len(better)])]


def _refined(chain: Chain, finer: Surrogate) -> Chain:
    """Return ``chain`` at the level of ``finer``, where its value is not known yet."""
    assert finer.refine is not None
    point = finer.fitted(finer.refine(np.frombuffer(chain.point, dtype=np.float64)[None, :]))
    return Chain(point[0].tobytes(), math.inf, 0, chain.level + 1)
