"""Judges points in a triangle by the least area that three of them span, in exact rationals.

The instance is ``{"points"}``. An answer is a list of as many points, each a list of two floats, in the
triangle (0, 0), (1, 0), (0, 1). Areas are counted in that of the triangle, a half, so that it counts as 1:
an affine map takes any triangle of area 1 to it and keeps the shares. The score is the least share, exact.
"""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np

from provolve import Refused, Surrogate

_LONGEST = 2**120  # so that arithmetic on hostile denominators stays cheap


def instances(split, count, rng, parameters):
    yield {"points": parameters["points"]}


def score(instance, answer):
    count = instance["points"]
    if not isinstance(answer, list) or len(answer) != count:
        raise Refused(f"the answer is not a list of {count} points")
    places = [_point(number, point) for number, point in enumerate(answer)]
    return min(
        abs((b - a) * (z - x) - (c - a) * (y - x)) for (a, x), (b, y), (c, z) in combinations(places, 3)
    )


def _point(number, point):
    if not isinstance(point, list) or [*map(type, point)] != [float, float]:
        raise Refused(f"point {number} is not a list of two floats")
    if not all(map(math.isfinite, point)):
        raise Refused(f"point {number} has a coordinate that is not finite")
    x, y = map(Fraction, point)
    if max(x.denominator, y.denominator) > _LONGEST:
        raise Refused(f"point {number} has a coordinate that is not 0 and below 1e-20")
    if x < 0 or y < 0 or x + y > 1:
        raise Refused(f"point {number} does not lie in the triangle")
    return x, y


def baseline_parabola(instance):
    """Points at even steps of x on the parabola from (0, 1) to (1, 0)."""
    last = instance["points"] - 1
    return Fraction(2, last**3)  # spanned by neighbours: twice the area is (1 * 1 * 2) / last^3


def surrogate(instance):
    """Most t where all areas are at least t, times the number of points.

    An area is taken with the sign it has where it is evaluated.
    """
    count = instance["points"]
    scale = float(count)
    first, second, third = np.array(list(combinations(range(count), 3))).T
    triples = len(first)
    corners = [np.zeros((triples, count)) for _ in range(3)]
    for corner, items in zip(corners, (first, second, third), strict=True):
        corner[np.arange(triples), items] = 1.0

    def areas(points):
        items = points[:, :-1].reshape(len(points), count, 2)
        x, y = items[:, :, 0], items[:, :, 1]
        (a, b, c), (p, q, r) = ([v[:, place] for place in (first, second, third)] for v in (x, y))
        return x, y, (a, b, c, p, q, r), scale * ((b - a) * (r - p) - (c - a) * (q - p))

    def evaluate(points):
        x, y, (a, b, c, p, q, r), signed = areas(points)
        sign = np.where(signed < 0, -1.0, 1.0)
        gaps = np.concatenate([np.abs(signed) - points[:, -1:], 1.0 - x - y], axis=1)

        def pull(weights):
            pair, wall = scale * sign * weights[:, :triples], weights[:, triples:]
            gradient = np.empty_like(points)
            items = gradient[:, :-1].reshape(len(points), count, 2)
            across = (pair * (q - r), pair * (r - p), pair * (p - q))
            along = (pair * (c - b), pair * (a - c), pair * (b - a))
            items[:, :, 0] = wall - sum(v @ corner for v, corner in zip(across, corners, strict=True))
            items[:, :, 1] = wall - sum(v @ corner for v, corner in zip(along, corners, strict=True))
            gradient[:, -1] = weights[:, :triples].sum(axis=1) - 1.0
            return gradient

        return -points[:, -1], gaps, pull

    def complete(points):
        """Reflect points beyond the long side into the triangle, and set t to the least area."""
        done = points.copy()
        items = done[:, :-1].reshape(len(done), count, 2)
        beyond = items.sum(axis=2) > 1.0
        items[beyond] = 1.0 - items[beyond][:, ::-1]
        done[:, -1] = np.abs(areas(done)[3]).min(axis=1)
        return done

    def answer(point):
        """Clip each point into the triangle, and off its long side by as little as the exact check wants."""
        placed = []
        for x, y in np.clip(point[:-1].reshape(count, 2), 0.0, 1.0).tolist():
            x, y = (v if v > 1e-12 else 0.0 for v in (x, y))
            if x + y > 1.0:
                x, y = x / (x + y), y / (x + y)
            while Fraction(x) + Fraction(y) > 1:
                x, y = (math.nextafter(x, 0.0), y) if x > y else (x, math.nextafter(y, 0.0))
            placed.append([x, y])
        return placed

    return Surrogate(
        items=count, coordinates=2, low=(0.0, 0.0), high=(1.0, 1.0), evaluate=evaluate, answer=answer,
        extra=1, complete=complete, places=2,
    )  # fmt: skip
