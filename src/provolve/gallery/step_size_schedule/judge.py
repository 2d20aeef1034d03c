"""Bounds what the last iterate of the subgradient method can be above the minimum, for given step sizes.

An instance is ``{"iterates"}``, T. Its answer is an array of the T - 1 step sizes, in units of
D / (G sqrt(T)). The score is the guarantee of the page, in units of D G / sqrt(T): 1 at best, whatever the
step sizes.
"""

import decimal
import math

import numpy as np

from provolve import Refused

SPLITS = {"train": 0, "validation": 1, "test": 2}
"""The remainder by 3 of the numbers of iterates: no T of one split is in another."""
LEAST = 8
"""Iterates of the smallest instance: with fewer there is little that a schedule could do."""
DIGITS = 50
WIDEST = 60.0
"""How far from its first guess the logarithm of the weight is looked for."""
ROUNDS = 60
FLAT = 1e-8
"""Slope at which the search for the weight ends: the guarantee is then within about 1e-16 of its least."""


def instances(split, count, rng, parameters):
    """Draw numbers of iterates, each once, small ones more often."""
    known = np.arange(LEAST, parameters["longest"] + 1)
    known = known[known % 3 == SPLITS[split]]
    weights = 1.0 / known
    drawn = rng.choice(known, min(count, len(known)), replace=False, p=weights / weights.sum())
    for iterates in drawn.tolist():
        yield {"iterates": iterates}


def visible(instance):
    total = instance["iterates"]
    return {"t": np.arange(1.0, total), "total": np.full(total - 1, float(total))}


def score(instance, answer):
    total = instance["iterates"]
    if answer.shape != (total - 1,):
        raise Refused(f"{total} iterates have {total - 1} steps between them, and {answer.size} came")
    weight = _best_weight(answer[::-1].tolist())
    with decimal.localcontext(decimal.Context(prec=DIGITS)):
        return float(_guarantee([*map(decimal.Decimal, answer[::-1].tolist())], decimal.Decimal(weight)))


def _guarantee(steps, weight):
    """Return what the last iterate is above the minimum at most; any weight above 0 proves that it is.

    ``steps`` come last first. With sizes h D / (G sqrt(T)) and a weight w D / (G sqrt(T)), what stands on the
    page is the number returned here, in units of D G / sqrt(T). The numbers are floats or decimals.
    """
    u = squares = weight / weight
    for size in steps:
        a = size / (weight * u)
        u += a
        squares += a * a
    return ((len(steps) + 1) / (weight * u * u) + weight * squares) / 2


def _best_weight(steps):
    """Return a weight at which the guarantee is near its least: where its slope crosses zero.

    Where that is so at several places, another than the best might be found: the guarantee still holds.
    """
    # As if all of the a were alike.
    middle = math.log(1.0 + sum(steps)) - math.log(len(steps) + 1)
    low, high, stride = middle - 0.5, middle + 0.5, 1.0
    below, above = _slope(steps, low), _slope(steps, high)
    while below > 0 and stride < WIDEST:
        low, stride = low - stride, 2 * stride
        below = _slope(steps, low)
    while above < 0 and stride < WIDEST:
        high, stride = high + stride, 2 * stride
        above = _slope(steps, high)
    place = middle
    for _ in range(ROUNDS):
        # False position; the end that stays counts half as much as before (the Illinois rule).
        place = (low * above - high * below) / (above - below) if below < 0 < above else middle
        slope = _slope(steps, place)
        if abs(slope) < FLAT:
            break
        if slope < 0:
            low, below, above = place, slope, above / 2
        else:
            high, above, below = place, slope, below / 2
    return math.exp(place)


def _slope(steps, place):
    """Return the derivative of the guarantee by the logarithm of the weight, over the guarantee."""
    weight = math.exp(place)
    u, squares, du, dsquares = 1.0, 1.0, 0.0, 0.0
    for size in steps:
        a = size / (weight * u)
        da = -a * (1.0 + du / u)
        u, du = u + a, du + da
        squares, dsquares = squares + a * a, dsquares + 2.0 * a * da
    near, far = (len(steps) + 1) / (weight * u * u), weight * squares
    return (far + weight * dsquares - near * (1.0 + 2.0 * du / u)) / (near + far)


def baseline_linear_decay(instance):
    """The optimum: 1 - t / T."""
    return score(instance, 1.0 - _shares(instance))


def baseline_cosine(instance):
    """Half a wave of the cosine, from 1 down to almost nothing (Loshchilov and Hutter, 2017)."""
    return score(instance, 0.5 + 0.5 * np.cos(np.pi * _shares(instance)))


def _shares(instance):
    """Return t / T of each step."""
    return np.arange(1.0, instance["iterates"]) / instance["iterates"]
