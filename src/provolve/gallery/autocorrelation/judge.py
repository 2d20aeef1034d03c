"""Judges step functions by the second autocorrelation inequality in integers, and offers a smooth problem.

The instance is ``{"steps"}``. An answer is a list of 2 to that many heights, the values of a function f on
steps of equal width; a factor on all of them, and the width, change nothing. With g = f * f, which is
linear between multiples of the width, the score is the exact ||g||_2^2 / (||g||_1 ||g||_inf).
"""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np

from provolve import Refused, Surrogate

_LONGEST = 2**120  # so that arithmetic on hostile denominators stays cheap
_GREATEST = 1e6
_COARSEST = 80
_FINENESS = 2.0**40


def instances(split, count, rng, parameters):
    yield {"steps": parameters["steps"]}


def score(instance, answer):
    heights = _heights(answer, instance["steps"])
    levels = _convolved(heights, heights)
    square = 2 * sum(a * a for a in levels) + sum(a * b for a, b in pairwise(levels))
    return Fraction(square, 3 * sum(levels) * max(levels))


def _heights(answer, most):
    """Return the heights as whole numbers, all multiplied by the same power of two."""
    if not isinstance(answer, list) or not 2 <= len(answer) <= most:
        raise Refused(f"the answer is not a list of 2 to {most} heights")
    exact = [_height(number, value) for number, value in enumerate(answer)]
    scale = max(value.denominator for value in exact)
    if not any(exact):
        raise Refused("all heights are 0")
    return [int(value * scale) for value in exact]


def _height(number, value):
    if type(value) not in (int, float) or not (math.isfinite(value) and 0 <= value <= _GREATEST):
        raise Refused(f"height {number} is not a number from 0 to 1e6")
    exact = Fraction(value)
    if exact.denominator > _LONGEST:
        raise Refused(f"height {number} is not 0 and below 1e-20")
    return exact


def _convolved(left, right):
    """Return the convolution of two lists of as many whole numbers from 0, exact.

    Both are written into one long number each, far enough apart that their product holds the sums side by
    side (Kronecker 1882).
    """
    width = (max(left) * max(right) * len(left)).bit_length() // 8 + 1
    product = math.prod(
        int.from_bytes(b"".join(value.to_bytes(width, "little") for value in values), "little")
        for values in (left, right)
    )
    count = 2 * len(left) - 1
    data = product.to_bytes(width * (count + 1), "little")
    return [int.from_bytes(data[at * width : (at + 1) * width], "little") for at in range(count)]


def baseline_uniform(instance):
    """One height for all steps: g is a tent."""
    return Fraction(2, 3)


def _peak(levels, sharpness):
    """Return the logarithm of a smooth greatest of ``levels`` (batch, count), and its gradient."""
    top = levels.max(axis=1, keepdims=True)
    shares = np.exp(sharpness[:, None] * (levels / top - 1.0))
    total = shares.sum(axis=1, keepdims=True)
    slope = shares / (total * top)
    rows, first = np.arange(len(levels)), np.argmax(levels, axis=1)
    slope[rows, first] += (1.0 - (slope * levels).sum(axis=1)) / top[:, 0]
    return np.log(top[:, 0]) + np.log(total[:, 0]) / sharpness, slope


def surrogate(instance):
    return _problem(instance["steps"])


def _problem(steps):
    """Least -||g||_2^2 / ||g||_1 where g is at most 1; begun with half the steps where that is possible."""
    length = 2 * steps

    def convolved(points):
        transform = np.fft.rfft(points, length)
        levels = np.fft.irfft(transform * transform, length) / steps
        return transform, levels[:, : length - 1]

    def evaluate(points):
        transform, levels = convolved(points)
        beside = np.zeros_like(levels)
        beside[:, :-1] += levels[:, 1:]
        square = (2.0 * (levels * levels).sum(axis=1) + (levels * beside).sum(axis=1)) / 3.0
        beside[:, 1:] += levels[:, :-1]
        total = (points.sum(axis=1) ** 2) / steps + 1e-12

        def pull(weights):
            slope = weights - (4.0 * levels + beside) / (3.0 * total[:, None])
            back = np.fft.irfft(np.fft.rfft(slope, length) * transform.conj(), length)[:, :steps]
            ahead = square / total**2 * points.sum(axis=1)
            return 2.0 / steps * (back + ahead[:, None])

        return -square / total, 1.0 - levels, pull

    def smoothed(points, sharpness):
        """The logarithm of the ratio, its greatest level smoothed, which no factor changes."""
        transform, levels = convolved(points)
        beside = np.zeros_like(levels)
        beside[:, :-1] += levels[:, 1:]
        square = 2.0 * (levels * levels).sum(axis=1) + (levels * beside).sum(axis=1)
        beside[:, 1:] += levels[:, :-1]
        peak, slope = _peak(levels, sharpness)
        slope -= (4.0 * levels + beside) / square[:, None]
        back = np.fft.irfft(np.fft.rfft(slope, length) * transform.conj(), length)[:, :steps]
        total = points.sum(axis=1)
        value = peak + 2.0 * np.log(total) - np.log(square)
        return value, 2.0 / steps * back + 2.0 / total[:, None]

    def complete(points):
        return points / np.sqrt(np.maximum(convolved(points)[1].max(axis=1, keepdims=True), 1e-9))

    def answer(point):
        heights = np.maximum(point, 0.0)
        return (np.rint(heights / heights.max() * _FINENESS) / _FINENESS).tolist()

    halved = steps % 2 == 0 and steps // 2 >= _COARSEST
    return Surrogate(
        items=steps, coordinates=1, low=(0.0,), high=(50.0,), evaluate=evaluate, answer=answer,
        complete=complete, sequence=True, smoothed=smoothed, coarser=_problem(steps // 2) if halved else None,
        refine=(lambda points: np.repeat(points, 2, axis=1)) if halved else None,
    )  # fmt: skip
