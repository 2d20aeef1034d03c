"""Student's t distribution, to full double precision without scipy."""

from __future__ import annotations

import math

_TINY = 1e-300


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    By its continued fraction, evaluated as in Lentz (1976), "Generating Bessel functions in Mie scattering
    calculations using continued fractions".

    Args:
        a: above 0.
        b: above 0.
        x: from 0 to 1.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    # The fraction converges fast only on this side of the mean; the other side follows by symmetry.
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(scale) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, 2000):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d or _TINY)
        c = 1 + term / c or _TINY
        value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def t_tail(t: float, df: float) -> float:
    """Return the probability that Student's t with ``df`` > 0 degrees of freedom exceeds ``t`` >= 0."""
    square = t * t
    # Near the median the argument of the one form loses its digits, in the tail the difference of the other.
    if square < min(df, 1):
        return 0.5 - 0.5 * incomplete_beta(0.5, df / 2, square / (df + square))
    return 0.5 * incomplete_beta(df / 2, 0.5, df / (df + square))


def t_quantile(probability: float, df: float) -> float:
    """Return the t below which Student's t with ``df`` degrees of freedom falls with ``probability``.

    Newton's method on the tail, kept inside a bracket; the relative error is below 1e-10.

    Args:
        probability: above 0, below 1.
        df: above 0.

    Raises:
        ValueError: if an argument is out of its range.
    """
    if not (0 < probability < 1 and df > 0):
        raise ValueError(
            f"probability {probability} must lie between 0 and 1, and {df} degrees of freedom be above 0"
        )
    if probability < 0.5:
        return -t_quantile(1 - probability, df)
    return _solve(1 - probability, df)


def _solve(tail: float, df: float) -> float:
    low, high = 0.0, 1.0
    while t_tail(high, df) > tail:
        low, high = high, 2 * high
    t = (low + high) / 2
    for _ in range(200):
        excess = t_tail(t, df) - tail
        low, high = (t, high) if excess > 0 else (low, t)
        step = t + excess / _density(t, df)
        following = step if low < step < high else (low + high) / 2
        if abs(following - t) <= 1e-14 * max(t, 1e-300):
            break
        t = following
    return t


def _density(t: float, df: float) -> float:
    scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    return math.exp(scale - (df + 1) / 2 * math.log1p(t * t / df))
