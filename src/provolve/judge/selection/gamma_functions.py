"""The gamma function, its kin and the normal distribution on arrays, in logarithms, with numpy alone."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from provolve.judge.selection.choice import FloatArray

_SHIFT = 10
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)


def log_gamma(x: npt.ArrayLike) -> FloatArray:
    """Log of the gamma function of positive numbers, any shape, up to 1e25, to about 1e-13 of max(1, result).

    Stirling's series at x + 10, brought back by the recurrence gamma(x + 1) = x gamma(x).
    """
    values = np.asarray(x, dtype=np.float64)
    product = np.ones_like(values)
    for step in range(_SHIFT):
        product = product * (values + step)
    high = values + _SHIFT
    series = np.zeros_like(high)
    for power, coefficient in enumerate(_STIRLING):
        series = series + coefficient / high ** (2 * power + 1)
    stirling = (high - 0.5) * np.log(high) - high + 0.5 * math.log(2 * math.pi) + series
    return np.asarray(stirling - np.log(product))


def log_beta(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """Log of the beta function B(a, b) of positive numbers, broadcast."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return log_gamma(first) + log_gamma(second) - log_gamma(first + second)


def log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """Log of the binomial coefficient, 0 <= k <= n, broadcast."""
    top, part = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    return log_gamma(top + 1.0) - log_gamma(part + 1.0) - log_gamma(top - part + 1.0)


def logit_moments(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of log(p / (1 - p)) for p from Beta(a, b): digammas and trigammas of a and b."""
    mean = _digamma(a) - _digamma(b)
    return mean, _trigamma(a) + _trigamma(b)


def _digamma(x: FloatArray) -> FloatArray:
    high = x + _SHIFT
    series = np.log(high) - 0.5 / high - 1 / (12 * high**2) + 1 / (120 * high**4) - 1 / (252 * high**6)
    return np.asarray(series - sum(1.0 / (x + step) for step in range(_SHIFT)))


def _trigamma(x: FloatArray) -> FloatArray:
    high = x + _SHIFT
    series = 1 / high + 0.5 / high**2 + 1 / (6 * high**3) - 1 / (30 * high**5) + 1 / (42 * high**7)
    return np.asarray(series + sum(1.0 / (x + step) ** 2 for step in range(_SHIFT)))


def log_normal_cdf(z: FloatArray) -> FloatArray:
    """Log of the standard normal distribution function, any shape, also far in the lower tail."""
    # numpy has no erfc; below -30 the first term of the tail's expansion is good to 1e-3 of the probability.
    flat = np.maximum(z, -30.0).ravel()
    upper = np.fromiter((math.erfc(-value / math.sqrt(2.0)) for value in flat), np.float64, flat.size)
    near = np.log(0.5 * upper).reshape(z.shape)
    low = np.minimum(z, -30.0)
    far = -0.5 * low**2 - np.log(-low * math.sqrt(2.0 * math.pi))
    return np.where(z < -30.0, far, near)
