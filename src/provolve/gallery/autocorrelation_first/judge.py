"""Judges step functions by the first autocorrelation inequality in integers, and offers a smooth problem.

The instance is ``{"steps"}``. An answer is a list of 2 to that many heights, the values of a function f on
steps of equal width that cover [-1/4, 1/4]; a factor on all of them changes nothing. The score is the exact
max(f * f) / (integral of f)^2; f * f is linear between multiples of the width.
"""

import math
from fractions import Fraction

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
    return Fraction(2 * len(heights) * max(_convolved(heights, heights)), sum(heights) ** 2)


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
    """One height for all steps: f * f is a tent."""
    return Fraction(2)


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
    """Least t where f * f is at most t and the integral at least 1; begun with half the steps if possible."""
    length = 2 * steps

    def convolved(points):
        transform = np.fft.rfft(points[:, :steps], length)
        levels = np.fft.irfft(transform * transform, length) * (2.0 / steps)
        return transform, levels[:, : length - 1]

    def evaluate(points):
        transform, levels = convolved(points)
        enough = points[:, :steps].sum(axis=1, keepdims=True) / steps - 1.0
        gaps = np.concatenate([points[:, steps:] - levels, enough], axis=1)

        def pull(weights):
            peaks, whole = weights[:, :-1], weights[:, -1:]
            back = np.fft.irfft(np.fft.rfft(peaks, length) * transform.conj(), length)[:, :steps]
            gradient = np.empty_like(points)
            gradient[:, :steps] = (4.0 / steps) * back - whole / steps
            gradient[:, steps] = 1.0 - peaks.sum(axis=1)
            return gradient

        return points[:, steps].copy(), gaps, pull

    def smoothed(points, sharpness):
        """The logarithm of the ratio, its peak smoothed, which no factor changes."""
        transform, levels = convolved(points)
        peak, slope = _peak(levels, sharpness)
        back = np.fft.irfft(np.fft.rfft(slope, length) * transform.conj(), length)[:, :steps]
        total = points.sum(axis=1)
        return peak - 2.0 * np.log(total), (4.0 / steps) * back - 2.0 / total[:, None]

    def complete(points):
        done = np.maximum(points, 0.0)
        done[:, :steps] *= steps / np.maximum(done[:, :steps].sum(axis=1, keepdims=True), 1e-9)
        done[:, steps] = convolved(done)[1].max(axis=1)
        return done

    def answer(point):
        heights = np.maximum(point[:steps], 0.0)
        return (np.rint(heights / heights.max() * _FINENESS) / _FINENESS).tolist()

    halved = steps % 2 == 0 and steps // 2 >= _COARSEST

    def refine(points):
        return np.concatenate([np.repeat(points[:, :-1], 2, axis=1), points[:, -1:]], axis=1)

    return Surrogate(
        items=steps, coordinates=1, low=(0.0,), high=(24.0,), evaluate=evaluate, answer=answer, extra=1,
        complete=complete, sequence=True, smoothed=smoothed, coarser=_problem(steps // 2) if halved else None,
        refine=refine if halved else None,
    )  # fmt: skip
