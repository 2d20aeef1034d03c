"""Judges points by their greatest and least distances in exact rationals, and offers a smooth problem.

The instance is ``{"points", "dimension"}``. An answer is a list of as many points, each a list of floats.
The score is the exact square of the ratio of the greatest distance to the least.
"""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np

from provolve import Refused, Surrogate

_LONGEST = 2**120  # so that arithmetic on hostile denominators stays cheap


def instances(split, count, rng, parameters):
    yield {"points": parameters["points"], "dimension": parameters["dimension"]}


def score(instance, answer):
    count = instance["points"]
    if not isinstance(answer, list) or len(answer) != count:
        raise Refused(f"the answer is not a list of {count} points")
    places = [_point(number, point, instance["dimension"]) for number, point in enumerate(answer)]
    squares = [sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for p, q in combinations(places, 2)]
    if min(squares) == 0:
        raise Refused("two points coincide")
    return Fraction(max(squares) / min(squares))


def _point(number, point, dimension):
    if not isinstance(point, list) or [*map(type, point)] != [float] * dimension:
        raise Refused(f"point {number} is not a list of {dimension} floats")
    if not all(math.isfinite(value) and abs(value) <= 1e6 for value in point):
        raise Refused(f"point {number} has a coordinate that is not finite, or beyond 1e6")
    values = [Fraction(value) for value in point]
    if max(value.denominator for value in values) > _LONGEST:
        raise Refused(f"point {number} has a coordinate that is not 0 and below 1e-20")
    return values


def baseline_lattice(instance):
    """The first points of the smallest cube of the lattice of whole numbers, row by row."""
    count, dimension, side = instance["points"], instance["dimension"], 1
    while side**dimension < count:
        side += 1
    places = [[float(i // side**axis % side) for axis in range(dimension)] for i in range(count)]
    return score(instance, places)


def surrogate(instance):
    """Least t / unit where all squared distances lie from 1 to t.

    The unit is of the order of t, so that both kinds of constraints weigh alike. The box is as wide as
    points at distance 1 on a cubic lattice: what is sought lies closer, and starts are not far from it.
    """
    count, dimension = instance["points"], instance["dimension"]
    first, second = np.triu_indices(count, 1)
    pairs = len(first)
    between = np.zeros((count, pairs))
    between[first, np.arange(pairs)], between[second, np.arange(pairs)] = 1.0, -1.0
    width = 1.05 * count ** (1.0 / dimension)
    unit = 0.3 * count ** (2.0 / dimension)

    def squared(points):
        items = points[:, :-1].reshape(len(points), count, dimension)
        apart = np.swapaxes(items, 1, 2) @ between  # (batch, dimension, pairs)
        return apart, (apart * apart).sum(axis=1)

    def evaluate(points):
        apart, squares = squared(points)
        gaps = np.concatenate([squares - 1.0, (points[:, -1:] - squares) / unit], axis=1)

        def pull(weights):
            near, far = weights[:, :pairs], weights[:, pairs:] / unit
            gradient = np.empty_like(points)
            moved = (2.0 * (far - near)[:, None, :] * apart) @ between.T
            gradient[:, :-1] = np.swapaxes(moved, 1, 2).reshape(len(points), -1)
            gradient[:, -1] = 1.0 / unit - far.sum(axis=1)
            return gradient

        return points[:, -1] / unit, gaps, pull

    def complete(points):
        done = points.copy()
        done[:, -1] = squared(points)[1].max(axis=1)
        return done

    def answer(point):
        return point[:-1].reshape(count, dimension).tolist()

    return Surrogate(
        items=count, coordinates=dimension, low=(0.0,) * dimension, high=(width,) * dimension,
        evaluate=evaluate, answer=answer, extra=1, complete=complete, places=dimension,
    )  # fmt: skip
