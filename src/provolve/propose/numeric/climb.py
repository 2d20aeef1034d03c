"""Climbs: chains that go up together from the coarsest level of a problem to the finest."""

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
    """How much of its work a quick climb does at the coarse levels."""

    rounds: int
    """Rounds of hops at each level but the finest, at least 0."""
    steps: int
    """Evaluations in a stage of a continuation, at most."""


QUICK = (Effort(0, 150), Effort(2, 300), Effort(6, 500))
"""Of a quick climb, the next one and the one after, in turn."""
_STAY = 16
"""Rounds of hops at the coarsest level in the shortest deep climbs."""
_SHORTEST = 100
"""Evaluations in a stage of a continuation of a deep climb, at least."""
_FEWEST = 4
"""Chains that come to the finest level, where as many began."""
_SEEDS = 2
"""Seeds tried for a chain, for each of its hops later on at the coarsest level."""
_CULLED, _CULLINGS = 3, 4
"""Rounds after which the better half of the chains takes the places of the worse, at least; how often that
is done in a stay at one level, if it is long."""
_SAME = 1e-6
"""Chains whose values differ by less, relative to them, are taken for the same solution."""
_BEHIND = 3e-4
"""How far above the best of all climbs at a level, relative to it, a deep climb may be that goes on there."""
_PATIENT = 2
"""Rounds without an improvement at the finest level, at least, where there is no time for as many."""
_WORTH, _LEADING_WORTH = 1e-4, 1e-5
"""Least improvement of its best, relative to its value, for which a climb goes on at the finest level; and
for which a quick one does that found the best of all."""


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


class Pace:
    """How the climb of a number goes, quick or deep in turn.

    Quick climbs hurry to the finest level and stay there. Deep ones do most of their work at the coarsest,
    for a hop costs as the square of the numbers, and what is deep at one level mostly is so at the next: of
    256 solutions of a convolution with 160 numbers the ranks agreed with those after they were refined to 320
    by .99, from 80 to 160 by .97, from 40 to 80 by .88 and from 20 to 40 by .77. Where values are made by
    what only fine levels can hold, quick climbs find more. Which problem is of which kind nobody knows
    before, so both share the time, as restarts of several lengths do (Luby, Sinclair and Zuckerman 1993,
    "Optimal speedup of Las Vegas algorithms").

    Args:
        number: climbs that were before it.
        levels: the problem, from its coarsest level to its finest.
        count: chains that begin.
        hops_each: hops that a chain may have in a round.
    """

    def __init__(self, number: int, levels: Sequence[Surrogate], *, count: int, hops_each: int) -> None:
        self.deep = number % 2 == 1
        self._number = number // 2
        self._levels, self._count = levels, count
        self._most = max(1, hops_each // _SEEDS)

    def hops(self, level: int) -> int:
        """Return the hops from each chain in a round; deep, half as many as at the level below."""
        return max(1, self._most >> level) if self.deep else self._most

    def steps(self, level: int) -> int:
        """Return the evaluations in a stage of a continuation, at most; deep, one for each number."""
        return max(_SHORTEST, self._levels[level].size) if self.deep else self._effort.steps

    def rounds(self, level: int) -> int:
        """Return the rounds at a level but the finest; deep, each has half the time of the one below."""
        if not self.deep:
            return self._effort.rounds
        rounds = _STAY * length(self._number)
        return int(rounds * self._cost(0) / self._cost(level) / (1 << level))

    def chains(self, level: int) -> int:
        """Return how many chains come to a level: half as many as to the one below it."""
        return max(min(_FEWEST, self._count), self._count >> level)

    @property
    def _effort(self) -> Effort:
        return QUICK[self._number % len(QUICK)]

    def _cost(self, level: int) -> float:
        return self.chains(level) * self.hops(level) * float(self._levels[level].size) ** 2


def length(number: int) -> int:
    """Return how many times as long as the shortest a deep climb is: 1, 1, 2, 1, 1, 2, 4, ... (Luby)."""
    half = 1 << ((number + 1).bit_length() - 1)
    return half if number + 2 == 2 * half else length(number + 1 - half)


def onward(
    climb: Climb,
    chains: Sequence[Chain],
    pace: Pace,
    levels: Sequence[Surrogate],
    best: Sequence[float],
    *,
    patience: int,
) -> tuple[Climb, list[Chain]]:
    """Return the climb and its chains after a round.

    When their rounds at a level are over, the better of the chains go up to the next. All begin anew when
    the best at the finest level has not been improved for ``patience`` rounds, in deep climbs fewer where
    rounds are dear; and where a deep climb is behind an earlier climb at a level but the coarsest, by
    ``best``, the least values by level.
    """
    ranked = sorted((chain for chain in chains if chain.point), key=lambda chain: chain.value)
    if not ranked:
        return climb, list(chains)
    level, rounds = ranked[0].level, climb.rounds + 1
    anew = Climb(climb.number + 1), [Chain() for _ in range(pace.chains(0))]
    rest = pace.rounds(level)
    least, idle = math.inf, 0
    if level + 1 == len(levels):
        leads = not pace.deep and ranked[0].value <= best[level]
        worth = _LEADING_WORTH if leads else _WORTH
        least, idle = stood(ranked[0].value, climb.least, climb.idle, worth=worth)
        if idle >= (max(_PATIENT, min(patience, rest)) if pace.deep else patience):
            return anew
    elif rounds > rest:
        if pace.deep and level and ranked[0].value > best[level] + _BEHIND * abs(best[level]):
            return anew
        chosen = _better(ranked, pace.chains(level + 1))
        return Climb(climb.number), [_refined(chain, levels[level + 1]) for chain in chosen]
    if not rounds % max(_CULLED, rest // _CULLINGS):
        ranked = _copied(_better(ranked, (len(ranked) + 1) // 2), len(ranked))
    return Climb(climb.number, rounds, least, idle), ranked


def _better(ranked: Sequence[Chain], most: int) -> list[Chain]:
    """Return the ``most`` best of the chains, and of those that came to the same solution one alone."""
    kept: list[Chain] = []
    for chain in ranked:
        if not kept or not chain.value <= kept[-1].value + _SAME * abs(kept[-1].value):
            kept.append(chain)
    return _copied(kept[:most], most)


def _copied(chains: Sequence[Chain], count: int) -> list[Chain]:
    """Return ``count`` chains: all of ``chains``, then copies of them in their order."""
    return [msgspec.structs.replace(chains[at % len(chains)]) for at in range(count)]


def _refined(chain: Chain, finer: Surrogate) -> Chain:
    """Return ``chain`` at the level of ``finer``, where its value is not known yet."""
    assert finer.refine is not None
    point = finer.fitted(finer.refine(np.frombuffer(chain.point, dtype=np.float64)[None, :]))
    return Chain(point[0].tobytes(), math.inf, 0, chain.level + 1)
