"""The pieces of a round: what a few chains of one level do, computed apart from all other pieces.

A piece is plain data, and so is what comes of it, so that any process that holds the problem may carry it
out; it holds the seed of its own generator, and nothing but the piece decides what comes of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from provolve.propose.numeric.continuation import SOFTEST, STEPS, follow
from provolve.propose.numeric.hops import blurred, hops
from provolve.propose.numeric.polish import polish
from provolve.propose.numeric.seeds import seeds
from provolve.propose.numeric.solver import Solving, solve
from provolve.propose.threads import one_thread
from provolve.task.surrogate import Floats, Surrogate

BETTER = 1e-9
"""Least improvement, relative to the value, that counts."""
_NEAR = 2e-3
"""An improved chain this near to the best, relative to its value, is polished."""
_CUT = 1e-3
"""A hop is given up if its estimate is worse than its chain's value by this share."""
_FEASIBLE = 1e-3
"""Violation above which a local solve has found nothing."""
_HELD = 1e-9
"""Violation of a constraint that counts as none."""
_POLISHED = 3
"""Polishes in a piece, at most."""
_DENSE = 400_000
"""Numbers in the table of all constraints' gradients above which nothing is polished: it costs too much."""


class Chain(msgspec.Struct):
    """One line of hops."""

    point: bytes = b""
    """Its best point, float64; empty before its first round."""
    value: float = math.inf
    """Infinite where the point came from a coarser level and was not solved at its own yet."""
    stale: int = 0
    """Rounds since it was improved by what counts."""
    level: int = 0
    """Which of the problems, the coarsest first, its point is of."""


class Found(msgspec.Struct, frozen=True):
    """A local solution."""

    point: bytes
    """float64, of the size of its level."""
    value: float
    how: str
    """``seed``, ``hop`` or ``polish``: the last that was done to it."""
    level: int = 0


class Piece(msgspec.Struct, frozen=True):
    """What is to be done: hop once from each of some chains of one level."""

    chains: tuple[Chain, ...]
    hops_each: int
    """From each chain."""
    best: float
    """Least value of the level so far that is no estimate."""
    seed: tuple[int, ...]
    """Of the generator; numbers from 0 to 2^32."""
    steps: int = STEPS
    """Evaluations in a stage of a continuation, at most."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a piece."""

    chains: tuple[Chain, ...]
    """As they are now, in the order of the piece."""
    found: tuple[Found, ...]
    """What improved a chain."""
    best: float
    """Least value that is no estimate, of those before too."""
    spare: Found | None = None
    """Where nothing did: the best of the piece, if anything was solved."""


def carry_out(levels: Sequence[Surrogate], piece: Piece) -> Outcome:
    """Hop from every chain of ``piece``, solve all hops in one batch and keep what is better."""
    level, each = piece.chains[0].level, piece.hops_each
    surrogate = levels[level]
    rng = np.random.default_rng(piece.seed)
    starts = np.concatenate([_starts(surrogate, chain, each, rng) for chain in piece.chains])
    points, values, constraints = _solved(surrogate, starts, piece, rng)
    chains, improved = [], []
    for place, chain in enumerate(piece.chains):
        top = place * each + int(np.argmin(values[place * each : (place + 1) * each]))
        if values[top] < chain.value - (BETTER * abs(chain.value) if _known(chain) else 0.0):
            improved.append((place, "hop" if chain.point else "seed"))
            chains.append(Chain(points[top].tobytes(), float(values[top]), 0, level))
        else:
            chains.append(msgspec.structs.replace(chain, stale=chain.stale + 1))
    left = level + 1 < len(levels) or surrogate.size * constraints > _DENSE
    best, found = _polished(surrogate, chains, improved, piece, left=left)
    spare = None
    if not found and np.isfinite(values).any():
        top = int(np.argmin(values))
        spare = Found(points[top].tobytes(), float(values[top]), "hop", level)
    return Outcome(tuple(chains), tuple(found), best, spare)


def _starts(surrogate: Surrogate, chain: Chain, each: int, rng: np.random.Generator) -> Floats:
    """Return where the chain's local solves of this round begin, shape (hops, size)."""
    if not chain.point:
        return seeds(surrogate, each, rng)
    point = np.frombuffer(chain.point, dtype=np.float64)[None, :]
    if not _known(chain):
        return surrogate.fitted(blurred(surrogate, np.repeat(point, each, axis=0), rng))
    known = hops(surrogate)
    moved = [known[rng.integers(len(known))](surrogate, point, rng) for _ in range(each)]
    return surrogate.fitted(np.concatenate(moved))


def _known(chain: Chain) -> bool:
    """Whether the point of ``chain`` was solved at its level."""
    return chain.value < math.inf


def _solved(
    surrogate: Surrogate, starts: Floats, piece: Piece, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """Return points (batch, size), values (batch,), and how many constraints there are.

    A value is infinite where nothing was found. Values of the solver are estimates of what a polish would
    come to; those of a continuation are of the points as they stand.
    """
    if surrogate.smoothed is not None:
        points = follow(surrogate, starts, _softness(piece, rng), piece.steps)
        values, gaps, _ = surrogate.evaluate(points)
        held = np.isfinite(values) & (gaps.min(axis=1, initial=0.0) > -_HELD)
        return points, np.where(held, values, np.inf), gaps.shape[1]
    slack = [one.value + _CUT * abs(one.value) if _known(one) else math.inf for one in piece.chains]
    solved = solve(surrogate, starts, Solving(), np.repeat(slack, piece.hops_each))
    values = np.where(solved.violations < _FEASIBLE, solved.values, np.inf)
    return solved.points, values, solved.multipliers.shape[1]


def _softness(piece: Piece, rng: np.random.Generator) -> Floats:
    """Return the sharpness at which each hop begins, (batch,): how much of its chain's point it forgets."""
    fresh = np.repeat([not _known(chain) for chain in piece.chains], piece.hops_each)
    return np.where(fresh, SOFTEST, SOFTEST * 10.0 ** rng.uniform(0.0, 1.5, len(fresh)))


def _polished(
    surrogate: Surrogate,
    chains: Sequence[Chain],
    improved: list[tuple[int, str]],
    piece: Piece,
    *,
    left: bool,
) -> tuple[float, list[Found]]:
    """Polish the best of the improved chains if they come near to the best of all, or all are ``left``.

    Return the least value that is no estimate, and what was found.
    """
    best, found = piece.best, []
    for rank, (place, how) in enumerate(sorted(improved, key=lambda pair: chains[pair[0]].value)):
        chain = chains[place]
        near = rank < _POLISHED and not chain.value > best + _NEAR * abs(best)
        if near and not left and _polish(surrogate, chain):
            how = "polish"
        if how == "polish" or surrogate.smoothed is not None:
            best = min(best, chain.value)
        found.append(Found(chain.point, chain.value, how, chain.level))
    return best, found


def _polish(surrogate: Surrogate, chain: Chain) -> bool:
    """Polish the point of ``chain`` in place; return whether it went through."""
    point = np.frombuffer(chain.point, dtype=np.float64)
    if surrogate.smoothed is None:
        better = polish(surrogate, point)
        if better.violation >= _HELD:
            return False
        chain.point, chain.value = better.point.tobytes(), better.value
        return True
    better = polish(surrogate, point, radius=1e-2, ease=10.0)
    held = surrogate.fitted(better.point[None, :])
    value = float(surrogate.evaluate(held)[0][0])
    if not value < chain.value:
        return False
    chain.point, chain.value = held[0].tobytes(), value
    return True


def worker(surrogate: Surrogate) -> Callable[[bytes], bytes]:
    """Return what carries out a written piece and writes what came of it, on one thread."""
    levels = surrogate.levels()

    def work(data: bytes) -> bytes:
        with one_thread():
            return msgspec.msgpack.encode(carry_out(levels, msgspec.msgpack.decode(data, type=Piece)))

    return work
