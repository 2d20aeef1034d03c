"""Climbs: chains go together from the coarsest level to the finest, the better half each time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from provolve.propose.numeric.halving import stood
from provolve.propose.numeric.pieces import Chain
from provolve.task.surrogate import Surrogate

_STAY = 16
"""Rounds of hops at the coarsest level in the shortest climbs."""
_SHORTEST = 100
"""Evaluations in a stage of a continuation, at least."""
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
"""How far above the best of all climbs at a level, relative to it, a climb may be that goes on from there."""
_PATIENT = 2
"""Rounds without an improvement at the finest level, at least, where there is no time for as many."""
_WORTH = 1e-4
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


def stage(level: Surrogate) -> int:
    """Return the evaluations in a stage of a continuation at ``level``, at most: one for each number."""
    return max(_SHORTEST, level.size)


def hops_at(level: int, hops_each: int) -> int:
    """Return the hops from each chain in a round at ``level``: half as many as at the one below it."""
    return max(1, (hops_each // _SEEDS) >> level)


def share(number: int) -> int:
    """Return how many times as long as the shortest climb ``number`` takes: 1, 1, 2, 1, 1, 2, 4, ...

    How long a climb should be nobody knows before, and with this sequence that costs a logarithm (Luby,
    Sinclair and Zuckerman 1993, "Optimal speedup of Las Vegas algorithms").
    """
    half = 1 << ((number + 1).bit_length() - 1)
    return half if number + 2 == 2 * half else share(number + 1 - half)


def stay(number: int, level: int, levels: Sequence[Surrogate], *, count: int, hops_each: int) -> int:
    """Return the rounds of hops that climb ``number`` does at ``level``.

    A hop costs as the square of the numbers, and each level gets half the time of the one below it. What is
    deep at one level is so at the next: of 256 solutions of a convolution with 160 numbers the ranks agreed
    with those after they were refined to 320 by .99, from 80 to 160 by .97, from 40 to 80 by .88 and from 20
    to 40 by .77. So hops are worth most where they cost least, and the coarsest level must not be too coarse.
    """

    def cost(at: int) -> float:
        return _chains_at(at, count) * hops_at(at, hops_each) * levels[at].size ** 2

    return int(_STAY * share(number) * cost(0) / cost(level) / (1 << level))


def _chains_at(level: int, count: int) -> int:
    """Return how many of ``count`` chains come to ``level``: half as many as to the one below it."""
    return max(min(_FEWEST, count), count >> level)


def onward(
    climb: Climb,
    chains: Sequence[Chain],
    levels: Sequence[Surrogate],
    best: Sequence[float],
    *,
    count: int,
    hops_each: int,
    patience: int,
) -> tuple[Climb, list[Chain]]:
    """Return the climb and its chains after a round.

    When their time at a level is over, the better of the chains go up to the next. ``count`` begin anew
    when the best at the finest level has not been improved for ``patience`` rounds, fewer where rounds are
    dear; and where an earlier climb was better at a level, by ``best``, the least values, but the coarsest.
    """
    ranked = sorted((chain for chain in chains if chain.point), key=lambda chain: chain.value)
    if not ranked:
        return climb, list(chains)
    level, rounds = ranked[0].level, climb.rounds + 1
    rest = stay(climb.number, level, levels, count=count, hops_each=hops_each)
    least, idle = math.inf, 0
    if level + 1 == len(levels):
        least, idle = stood(ranked[0].value, climb.least, climb.idle, worth=_WORTH)
        if idle >= max(_PATIENT, min(patience, rest)):
            return Climb(climb.number + 1), [Chain() for _ in range(count)]
    elif rounds > rest:
        if level and ranked[0].value > best[level] + _BEHIND * abs(best[level]):
            return Climb(climb.number + 1), [Chain() for _ in range(count)]
        chosen = _better(ranked, _chains_at(level + 1, count))
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
