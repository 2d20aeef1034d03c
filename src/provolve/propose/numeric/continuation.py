"""Local solutions of minimax problems: a smooth stand-in that grows sharper while it is followed downhill."""

from __future__ import annotations

import numpy as np

from provolve.propose.numeric.lanes import Lanes
from provolve.task.surrogate import Floats, Surrogate

SOFTEST, SHARPEST = 10.0, 3e4
_STAGES = 10
STEPS = 500
"""Evaluations of a batch in a stage, at most, unless told otherwise."""
_FLAT = 1e-9
"""Largest entry of the gradient with which a stage counts as done."""
_OFF_BOUND = 1e-3
"""Least angle that a start has from a bound, where the slope of its sine is nothing."""


class _Stage:
    """The problem of one sharpness, in numbers without bounds.

    An item's number is low + (high - low) sin(phi / c)^2 with c the root of high - low, so that it never
    leaves its bounds, and near the least it grows as phi^2.
    """

    def __init__(self, surrogate: Surrogate, sharpness: Floats) -> None:
        self._surrogate, self._sharpness = surrogate, sharpness
        self._low = np.tile(surrogate.low, surrogate.items)
        self._width = np.tile(surrogate.high, surrogate.items) - self._low
        self._root = np.sqrt(self._width)

    def lows(self) -> Floats:
        return np.full(len(self._low), -np.inf)

    def highs(self) -> Floats:
        return np.full(len(self._low), np.inf)

    def evaluate(self, phi: Floats) -> tuple[Floats, Floats, _Slope]:
        assert self._surrogate.smoothed is not None
        values, slopes = self._surrogate.smoothed(self.numbers(phi), self._sharpness)
        slopes = slopes * self._root * np.sin(2.0 * phi / self._root)
        return values, np.zeros((len(phi), 0)), _Slope(slopes)

    def numbers(self, phi: Floats) -> Floats:
        return np.asarray(self._low + self._width * np.sin(phi / self._root) ** 2)

    def angles(self, numbers: Floats) -> Floats:
        share = np.clip((numbers - self._low) / self._width, 0.0, 1.0)
        angles = np.clip(np.arcsin(np.sqrt(share)), _OFF_BOUND, 0.5 * np.pi - _OFF_BOUND)
        return np.asarray(angles * self._root)


class _Slope:
    """Gives the gradient where there are no constraints to pull."""

    def __init__(self, slopes: Floats) -> None:
        self._slopes = slopes

    def __call__(self, weights: Floats) -> Floats:
        return self._slopes.copy()


def follow(surrogate: Surrogate, starts: Floats, softness: Floats, steps: int = STEPS) -> Floats:
    """Return where ``starts``, shape (batch, size), end when the problem grows sharper about them.

    Each begins at a sharpness of its own, (batch,), from `SOFTEST` to `SHARPEST`, and is taken downhill
    by L-BFGS at ten sharpnesses in even ratios, with at most ``steps`` evaluations at each. Low ones smooth
    the small valleys away, as in graduated non-convexity (Blake and Zisserman 1987, "Visual
    reconstruction"). The ends lie in their bounds.
    """
    count = surrogate.items * surrogate.coordinates
    phi = _Stage(surrogate, softness).angles(starts[:, :count])
    for stage in range(_STAGES):
        sharpness = softness * (SHARPEST / softness) ** (stage / (_STAGES - 1))
        problem = _Stage(surrogate, sharpness)
        lanes = Lanes(problem, phi, 1.0)
        for _ in range(steps):
            lanes.advance()
            if lanes.inner_ended(_FLAT, steps + 1).all():
                break
            lanes.turn()
        phi = lanes.x
    ends = starts.copy()
    ends[:, :count] = problem.numbers(phi)
    return surrogate.fitted(ends)
