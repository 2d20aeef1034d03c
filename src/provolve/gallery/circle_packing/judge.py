"""Judges circles in the unit square in exact rationals, and offers a smooth problem for them.

The instance is ``{"n"}``. An answer is a list of n circles, each a list of three floats: x and y of the
centre, and the radius. The score is the exact sum of the radii.
"""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np

from provolve import Refused, Surrogate

_ULP = 2.0**-52
_LONGEST = 2**120  # so that arithmetic on hostile denominators stays cheap


def instances(split, count, rng, parameters):
    yield {"n": parameters["n"]}


def score(instance, answer):
    n = instance["n"]
    if not isinstance(answer, list) or len(answer) != n:
        raise Refused(f"the answer is not a list of {n} circles")
    circles = [_circle(number, circle) for number, circle in enumerate(answer)]
    for (i, (a, b, r)), (j, (c, d, s)) in combinations(enumerate(circles), 2):
        if (a - c) ** 2 + (b - d) ** 2 < (r + s) ** 2:
            raise Refused(f"circles {i} and {j} overlap")
    return sum((r for _, _, r in circles), Fraction(0))


def _circle(number, circle):
    if not isinstance(circle, list) or [*map(type, circle)] != [float, float, float]:
        raise Refused(f"circle {number} is not a list of three floats: x, y, radius")
    if not all(map(math.isfinite, circle)):
        raise Refused(f"circle {number} has a number that is not finite")
    x, y, r = map(Fraction, circle)
    if max(value.denominator for value in (x, y, r)) > _LONGEST:
        raise Refused(f"circle {number} has a number that is not 0 and below 1e-20")
    if not (r > 0 and r <= x <= 1 - r and r <= y <= 1 - r):
        raise Refused(f"circle {number} does not lie in the unit square, or has no radius")
    return x, y, r


def bound(instance):
    """The circles' area is at most 1, so by Cauchy and Schwarz their radii sum to at most sqrt(n / pi)."""
    return math.sqrt(instance["n"] / math.pi) * (1 + 1e-12)


def baseline_square_lattice(instance):
    """Equal circles on the smallest square lattice that holds them."""
    side = math.isqrt(instance["n"] - 1) + 1
    return Fraction(instance["n"], 2 * side)


def surrogate(instance):
    """Most sum of radii; distances of centres less both radii, and of centres to walls less the radius."""
    n = instance["n"]
    first, second = np.triu_indices(n, 1)
    pairs = len(first)
    between = np.zeros((n, pairs))
    between[first, np.arange(pairs)], between[second, np.arange(pairs)] = 1.0, -1.0
    either = np.abs(between)

    def evaluate(points):
        circles = points.reshape(len(points), n, 3)
        x, y, r = circles[:, :, 0], circles[:, :, 1], circles[:, :, 2]
        dx, dy = x @ between, y @ between
        distance = np.sqrt(dx * dx + dy * dy) + 1e-15
        gaps = np.concatenate([distance - r @ either, x - r, 1.0 - x - r, y - r, 1.0 - y - r], axis=1)

        def pull(weights):
            pair = weights[:, :pairs]
            left, right, under, over = np.split(weights[:, pairs:], 4, axis=1)
            share = pair / distance
            gradient = np.empty_like(circles)
            gradient[:, :, 0] = right - left - (share * dx) @ between.T
            gradient[:, :, 1] = over - under - (share * dy) @ between.T
            gradient[:, :, 2] = pair @ either.T + left + right + under + over - 1.0
            return gradient.reshape(points.shape)

        return -r.sum(axis=1), gaps, pull

    def answer(point):
        """Shrink all radii by as little as makes the circles pass the exact check."""
        circles = point.reshape(n, 3).tolist()
        overlap = max(0.0, -float(evaluate(point[None, :])[1].min()))
        for margin in (0.0, *(overlap + _ULP * 2.0**k for k in range(-2, 40))):
            tried = [[x, y, max(r - margin, 1e-9)] for x, y, r in circles]
            try:
                score(instance, tried)
            except Refused:
                continue
            return tried
        return tried

    return Surrogate(
        items=n, coordinates=3, low=(0.0, 0.0, 0.0), high=(1.0, 1.0, 0.5), evaluate=evaluate, answer=answer,
        places=2,
    )  # fmt: skip
