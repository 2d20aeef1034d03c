"""Judges step functions by Erdos's minimum overlap in integers, and offers a smooth problem.

The instance is ``{"steps"}``. An answer is a list of 2 to that many heights, the values of a function h on
steps of equal width that cover [0, 2]. The judge multiplies all by the factor that makes the integral 1 and
refuses the answer if a height is then above 1. The score is the exact greatest overlap over all shifts x:
the integral of h(t) (1 - h(t + x)) over all t with t and t + x in [0, 2], linear between multiples of the
width.
"""

import math
from fractions import Fraction

import numpy as np

from provolve import Refused, Surrogate

_LONGEST = 2**120  # so that arithmetic on hostile denominators stays cheap
_GREATEST = 1e6
_COARSEST = 40
_FINENESS = 2**40


def instances(split, count, rng, parameters):
    yield {"steps": parameters["steps"]}


def score(instance, answer):
    heights = _heights(answer, instance["steps"])
    total = sum(heights)
    rest = [2 * total - len(heights) * height for height in heights]
    if min(rest) < 0:
        raise Refused(f"height {rest.index(min(rest))} is above 1 where the integral is 1")
    return Fraction(max(_convolved(heights, rest[::-1])), 2 * total**2)


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


def baseline_half(instance):
    """One half everywhere: unshifted, a quarter overlaps all along [0, 2]."""
    return Fraction(1, 2)


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
    """Least ten times t where all overlaps are at most t; begun with half the steps if possible.

    A point holds heights from 0 to 1 with a mean of at least a half, and stands for what it is divided by
    twice that mean: so 1 is never exceeded, and the integral is 1.
    """
    length, half = 2 * steps, 0.5 * steps

    def overlaps(points):
        heights = points[:, :steps]
        factor = half / np.maximum(heights.sum(axis=1, keepdims=True), 1e-9)
        inside = heights * factor
        here, there = np.fft.rfft(inside, length), np.fft.rfft(1.0 - inside, length)
        return inside, factor, here, there, np.fft.irfft(here.conj() * there, length) * (2.0 / steps)

    def evaluate(points):
        inside, factor, here, there, found = overlaps(points)
        full = points[:, :steps].sum(axis=1, keepdims=True) / half - 1.0
        gaps = np.concatenate([10.0 * (points[:, steps:] - found), full], axis=1)

        def pull(weights):
            peaks, mean = weights[:, :-1], weights[:, -1:]
            spectrum = np.fft.rfft(peaks, length) * (20.0 / steps)
            slope = np.fft.irfft(spectrum.conj() * there - spectrum * here, length)[:, :steps]
            along = (slope * inside).sum(axis=1, keepdims=True) / half
            gradient = np.empty_like(points)
            gradient[:, :steps] = factor * (slope - along) - mean / half
            gradient[:, steps] = 10.0 - 10.0 * peaks.sum(axis=1)
            return gradient

        return 10.0 * points[:, steps], gaps, pull

    def smoothed(points, sharpness):
        """The logarithm of the greatest overlap, smoothed, and a price on a mean below a half."""
        inside, factor, here, there, found = overlaps(points)
        peak, slope = _peak(found, sharpness)
        spectrum = np.fft.rfft(slope, length) * (2.0 / steps)
        back = np.fft.irfft(spectrum.conj() * there - spectrum * here, length)[:, :steps]
        along = (back * inside).sum(axis=1, keepdims=True) / half
        lack = np.maximum(0.0, 1.0 - points.sum(axis=1, keepdims=True) / half)
        return peak + 10.0 * lack[:, 0] ** 2, factor * (back - along) - 20.0 * lack / half

    def complete(points):
        done = points.copy()
        heights = done[:, :steps]
        lack = (steps - heights.sum(axis=1, keepdims=True)) / half
        lifted = np.where(lack > 1.0, 1.0 - (1.0 - heights) / np.maximum(lack, 1.0), heights)
        done[:, :steps] = np.clip(lifted, 0.0, 1.0)
        done[:, steps] = overlaps(done)[4].max(axis=1)
        return done

    def answer(point):
        """Round, and raise what is below 1 by as little as makes the mean a half again."""
        inside = overlaps(point[None, :])[0][0]
        heights = [min(_FINENESS, max(0, round(height * _FINENESS))) for height in inside.tolist()]
        lack = (steps * _FINENESS + 1) // 2 - sum(heights)
        for place in sorted(range(steps), key=lambda place: heights[place]):
            more = max(0, min(lack, _FINENESS - heights[place]))
            heights[place] += more
            lack -= more
        return [height / _FINENESS for height in heights]

    halved = steps % 2 == 0 and steps // 2 >= _COARSEST

    def refine(points):
        return np.concatenate([np.repeat(points[:, :-1], 2, axis=1), points[:, -1:]], axis=1)

    return Surrogate(
        items=steps, coordinates=1, low=(0.0,), high=(1.0,), evaluate=evaluate, answer=answer, extra=1,
        complete=complete, sequence=True, smoothed=smoothed, coarser=_problem(steps // 2) if halved else None,
        refine=refine if halved else None,
    )  # fmt: skip
