"""Successive halving: many chains begin, the better half goes on with twice the hops each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from provolve.propose.numeric.pieces import Chain

STAYS = (1, 2, 4)
"""Rounds between halvings: of a heat, the next one and the one after, in turn.

How soon a bad chain can be told differs between problems, so heats of several lengths share the time.
"""
FEWEST = 4
"""Chains that come to the end of a heat, where as many began."""
_SAME = 1e-7
"""Chains whose values differ by less, relative to them, are taken for the same solution."""
_WORTH = 1e-7
"""Least improvement of the best, relative to its value, for which a heat goes on at its end."""


class Heat(msgspec.Struct, frozen=True):
    """How far the chains that began together have come."""

    number: int = 0
    """Heats done."""
    rounds: int = 0
    """Rounds since the last halving."""
    least: float = math.inf
    """Value of the best chain when it was last improved by what counts, at the end."""
    idle: int = 0
    """Rounds since then."""


def halved(heat: Heat, chains: Sequence[Chain], *, count: int, patience: int) -> tuple[Heat, list[Chain]]:
    """Return the heat and its chains after a round.

    The better half of the chains goes on, of those that came to the same solution one; the work of a round
    stays the same, so each has more hops (Karnin, Koren and Somekh 2013, "Almost optimal exploration in
    multi-armed bandits"). The last few hop until the best of them has not been improved for ``patience``
    rounds. Then ``count`` chains begin anew.
    """
    rounds, most = heat.rounds + 1, max(min(FEWEST, count), len(chains) // 2)
    if len(chains) > most:
        if rounds < STAYS[heat.number % len(STAYS)]:
            return msgspec.structs.replace(heat, rounds=rounds), list(chains)
        return Heat(heat.number), _best(chains, most)
    best = min(chain.value for chain in chains)
    least, idle = stood(best, heat.least, heat.idle, worth=_WORTH)
    if idle >= patience:
        return Heat(heat.number + 1), [Chain() for _ in range(count)]
    return Heat(heat.number, rounds, least, idle), list(chains)


def stood(best: float, least: float, idle: int, *, worth: float) -> tuple[float, int]:
    """Return the value of the last improvement that counts and the rounds since then, after a round.

    ``best`` is the value now, ``worth`` the least improvement that counts, relative to the value.
    """
    if least == math.inf or best < least - worth * abs(least):
        return best, 0
    return least, idle + 1


def _best(chains: Sequence[Chain], most: int) -> list[Chain]:
    """Return the ``most`` best chains that differ, filled up with new ones."""
    kept: list[Chain] = []
    for chain in sorted(chains, key=lambda chain: chain.value):
        if not kept or not chain.point or chain.value > kept[-1].value + _SAME * abs(kept[-1].value):
            kept.append(chain)
    return [*kept[:most], *(Chain() for _ in range(most - len(kept)))]
