"""The ratio of two programs' times, from samples that were taken in turn."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from provolve.record import Ratio

Floats = NDArray[np.float64]

LEAST_SECONDS = 1e-6
"""A clock cannot tell a shorter time from none."""
RESAMPLES = 2000
_CELLS = 2_000_000
_TAILS = (0.025, 0.975)


def least_seconds(samples: ArrayLike, floor: ArrayLike) -> Floats:
    """Return for each part of a program's work the least seconds above the floor, shape ``(m,)``.

    The least of several samples is the one that was disturbed least: whatever else goes on in a machine
    adds to a time and never takes from it.

    Args:
        samples: ``(r, m)`` seconds, a row a sample, each from a process of its own.
        floor: ``(k, m)`` seconds of the same parts where nothing is done.

    Raises:
        ValueError: if the shapes do not fit, there is no sample, or a time is negative or not finite.
    """
    times, idle = _checked(samples), _checked(floor)
    if times.shape[1] != idle.shape[1]:
        raise ValueError(f"samples of {times.shape[1]} parts and a floor of {idle.shape[1]}: give the same")
    least: Floats = np.maximum(times.min(axis=0) - idle.min(axis=0), 0.0)
    return least


def ratio_of_minima(
    first: ArrayLike,
    second: ArrayLike,
    floor: ArrayLike,
    rng: np.random.Generator,
    *,
    kept: int = 0,
    resamples: int = RESAMPLES,
) -> Ratio:
    """Return the time of the first program over that of the second, with a 95 % interval.

    A program's time is the sum of `least_seconds` over the parts. The interval is the percentile interval
    of Efron (1979), "Bootstrap methods: another look at the jackknife": the rounds are drawn anew, the same
    ones for both programs, and so are the parts, except for the first ``kept`` that every draw keeps.

    Args:
        first, second: ``(r, m)`` seconds, row i of both from the same round.
        floor: ``(k, m)`` seconds where nothing is done.
        rng: draws the resamples.
        kept: how many of the parts no draw leaves out, such as loading the program.
        resamples: at least 1.

    Raises:
        ValueError: if the shapes do not fit, or a time is negative or not finite.
    """
    one, other, idle = _checked(first), _checked(second), _checked(floor).min(axis=0)
    if one.shape != other.shape or one.shape[1] != len(idle) or not 0 <= kept <= len(idle):
        raise ValueError(
            f"samples of shapes {one.shape} and {other.shape}, a floor of {len(idle)} parts, {kept} kept: "
            "they do not fit"
        )
    value = float(_total(least_seconds(one, floor)) / _total(least_seconds(other, floor)))
    rounds, parts = one.shape
    rows = max(1, _CELLS // one.size)
    drawn = []
    for done in range(0, resamples, rows):
        count = min(rows, resamples - done)
        weights = _drawn_weights(rng, count, parts, kept)
        chosen = rng.integers(rounds, size=(count, rounds))
        drawn.append(_draws(one, idle, chosen, weights) / _draws(other, idle, chosen, weights))
    low, high = np.quantile(np.concatenate(drawn), _TAILS)
    return Ratio(value, min(float(low), value), max(float(high), value))


def widened(ratio: Ratio, control: Ratio) -> Ratio:
    """Return ``ratio`` with its interval made wider by the spread of an A/A control.

    The spread is how far from 1, as a factor, the interval of the control reaches: what the machine can make
    of two programs that are the same.
    """
    spread = math.exp(max(abs(math.log(control.low)), abs(math.log(control.high))))
    return Ratio(ratio.value, ratio.low / spread, ratio.high * spread)


def _draws(times: Floats, idle: Floats, chosen: NDArray[np.int64], weights: Floats) -> Floats:
    least = np.maximum(times[chosen].min(axis=1) - idle, 0.0)
    totals: Floats = np.maximum((least * weights).sum(axis=1), LEAST_SECONDS)
    return totals


def _drawn_weights(rng: np.random.Generator, count: int, parts: int, kept: int) -> Floats:
    """Return how often each part is drawn, shape ``(count, parts)``."""
    weights = np.ones((count, parts))
    free = parts - kept
    if free > 0:
        weights[:, kept:] = rng.multinomial(free, np.full(free, 1 / free), size=count)
    return weights


def _total(least: Floats) -> float:
    return max(math.fsum(least), LEAST_SECONDS)


def _checked(samples: ArrayLike) -> Floats:
    times = np.asarray(samples, dtype=np.float64)
    if times.ndim != 2 or not times.size:
        raise ValueError(f"samples have shape {times.shape}: give rows of at least one part")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("a time is negative or not finite")
    return times
