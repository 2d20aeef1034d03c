"""The state of a batch of local solves, one lane a start, and the steps they take together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from provolve.task.surrogate import Floats, Pull

Mask = NDArray[np.bool_]
MEMORY = 8
"""Pairs of steps and differences of gradients that stand for the curvature."""
_SUFFICIENT = 1e-4
_SHORTEST = 1e-7
_CURVED = 1e-10
_NEARLY = 1e-2
"""Violation below which a value is taken for an estimate of the solution's."""


class Problem(Protocol):
    """As much of a surrogate as lanes need."""

    def lows(self) -> Floats:
        """Return the least values of a point, shape (size,); minus infinity where there is none."""
        ...

    def highs(self) -> Floats:
        """Return the greatest values of a point, shape (size,); infinity where there is none."""
        ...

    @property
    def evaluate(self) -> Callable[[Floats], tuple[Floats, Floats, Pull]]:
        """Values, constraints and pull of points (batch, size)."""
        ...


class Lanes:
    """Points that walk downhill on their own augmented Lagrangians.

    A lane whose step does not descend halves it and tries again, while the others go on: every evaluation
    of the batch serves all lanes.
    """

    def __init__(self, surrogate: Problem, starts: Floats, penalty: float) -> None:
        """Evaluate ``starts``, shape (batch, size), with no multipliers and ``penalty``."""
        self._surrogate = surrogate
        self._lows, self._highs = surrogate.lows(), surrogate.highs()
        bounded = np.flatnonzero(np.isfinite(self._lows))
        self._bounded = bounded
        batch, size = starts.shape
        self.places: NDArray[np.intp] = np.arange(batch)
        """Which start each lane began from."""
        self.x: Floats = np.array(starts, dtype=np.float64)
        value, constraints = self._functions(self.x)
        self.constraints: int = constraints.shape[1] - 2 * len(bounded)
        self._value, self._gap = value, constraints
        self._multipliers = np.zeros_like(constraints)
        self._penalty = np.full(batch, penalty)
        self._last_violation = np.full(batch, np.inf)
        self.weights: Floats = np.zeros_like(constraints)
        """Multipliers as they would be updated now, bounds last."""
        self._merit = np.full(batch, np.inf)
        self._gradient = np.zeros((batch, size))
        self._direction = np.zeros((batch, size))
        self._slope = np.zeros(batch)
        self._length = np.zeros(batch)
        self._accepted = np.ones(batch, dtype=bool)
        self._fresh = np.ones(batch, dtype=bool)
        self._count = np.zeros(batch, dtype=np.int64)
        self._steps = np.zeros((MEMORY, batch, size))
        self._turns = np.zeros((MEMORY, batch, size))
        self._inverse = np.zeros((MEMORY, batch))
        self._scale = np.zeros(batch)
        self._next = 0

    def _functions(self, x: Floats) -> tuple[Floats, Floats]:
        value, constraints, self._pull = self._surrogate.evaluate(x)
        inside = x[:, self._bounded]
        low, high = inside - self._lows[self._bounded], self._highs[self._bounded] - inside
        return value, np.concatenate([constraints, low, high], axis=1)

    def _pulled(self, weights: Floats) -> Floats:
        count, bounds = self.constraints, len(self._bounded)
        gradient = self._pull(weights[:, :count])
        gradient[:, self._bounded] += weights[:, count + bounds :] - weights[:, count : count + bounds]
        return gradient

    def advance(self) -> None:
        """Evaluate every lane one step on; take the step where it descends, halve it where it does not."""
        trial = self.x + self._length[:, None] * self._direction
        value, gap = self._functions(trial)
        weights = np.maximum(self._multipliers - self._penalty[:, None] * gap, 0.0)
        merit = value + (
            np.einsum("bm,bm->b", weights, weights)
            - np.einsum("bm,bm->b", self._multipliers, self._multipliers)
        ) / (2.0 * self._penalty)
        gradient = self._pulled(weights)
        wanted = self._merit + _SUFFICIENT * self._length * self._slope
        accepted = self._fresh | (merit <= wanted + 1e-15 * np.abs(self._merit))
        self._learn(trial, gradient, accepted & ~self._fresh)
        take = accepted[:, None]
        self.x = np.where(take, trial, self.x)
        self._gradient = np.where(take, gradient, self._gradient)
        self._gap = np.where(take, gap, self._gap)
        self.weights = np.where(take, weights, self.weights)
        self._value = np.where(accepted, value, self._value)
        self._merit = np.where(accepted, merit, self._merit)
        self._count += accepted
        self._length = np.where(accepted, 1.0, 0.4 * self._length)
        self._accepted = accepted
        self._fresh = np.zeros_like(self._fresh)

    def _learn(self, trial: Floats, gradient: Floats, which: Mask) -> None:
        """Remember the step and the turn of the gradient of the lanes ``which``."""
        step, turn = trial - self.x, gradient - self._gradient
        along = np.einsum("bd,bd->b", step, turn)
        square = np.einsum("bd,bd->b", turn, turn)
        good = which & (along > _CURVED * square) & (square > 0)
        slot = self._next
        self._next = (slot + 1) % MEMORY
        self._steps[slot], self._turns[slot] = step, turn
        with np.errstate(divide="ignore", invalid="ignore"):
            self._inverse[slot] = np.where(good, 1.0 / along, 0.0)
            self._scale = np.where(good, along / square, self._scale)

    def inner_ended(self, gradient: float, inner: int) -> Mask:
        """Return which lanes have solved their inner problem, or cannot get on with it."""
        flat: Mask = np.abs(self._gradient).max(axis=1) < gradient
        stuck = ~self._accepted & (self._length < _SHORTEST)
        ended: Mask = (self._accepted & (flat | (self._count >= inner))) | stuck
        return ended

    def stiffen(self, ended: Mask, violation: float, factor: float) -> Mask:
        """Update the multipliers of the lanes that ``ended``; return which of them are solved.

        A lane is solved if its point is feasible to ``violation`` and its multipliers hardly change.
        """
        off = np.minimum(self._gap, self.weights / self._penalty[:, None])
        worst = np.abs(off).max(axis=1)
        solved: Mask = ended & (worst < violation)
        slow = ended & (worst > 0.25 * self._last_violation)
        self._multipliers = np.where(ended[:, None], self.weights, self._multipliers)
        self._penalty = np.where(slow, factor * self._penalty, self._penalty)
        self._last_violation = np.where(ended, worst, self._last_violation)
        self._fresh = ended
        self._count[ended] = 0
        return solved

    def hopeless(self, ended: Mask, cutoff: Floats) -> Mask:
        """Return which of the lanes that ``ended`` are nearly feasible and above ``cutoff``, (lanes,)."""
        value, violation = self.estimate(np.ones(len(ended), dtype=bool))
        above: Mask = ended & (violation < _NEARLY) & (value > cutoff)
        return above

    def estimate(self, which: Mask) -> tuple[Floats, Floats]:
        """Return the values by the Lagrangian and the largest violations of the lanes ``which``."""
        gap, weights = self._gap[which], self.weights[which]
        value = self._value[which] - np.einsum("bm,bm->b", weights, gap)
        return value, np.maximum(-gap, 0.0).max(axis=1)

    def turn(self) -> None:
        """Point the lanes that took their step in a new direction, by the two-loop recursion."""
        direction = -self._gradient
        shares = np.empty((MEMORY, len(direction)))
        order = [(self._next - 1 - age) % MEMORY for age in range(MEMORY)]
        for slot in order:
            shares[slot] = self._inverse[slot] * np.einsum("bd,bd->b", self._steps[slot], direction)
            direction -= shares[slot][:, None] * self._turns[slot]
        known = (self._inverse > 0).any(axis=0)
        steepest = 0.1 / np.maximum(np.sqrt(np.einsum("bd,bd->b", self._gradient, self._gradient)), 0.1)
        direction *= np.where(known, self._scale, steepest)[:, None]
        for slot in reversed(order):
            back = self._inverse[slot] * np.einsum("bd,bd->b", self._turns[slot], direction)
            direction += (shares[slot] - back)[:, None] * self._steps[slot]
        slope = np.einsum("bd,bd->b", direction, self._gradient)
        uphill = self._accepted & ~(slope < 0)
        if uphill.any():
            direction[uphill] = -steepest[uphill, None] * self._gradient[uphill]
            slope[uphill] = np.einsum("bd,bd->b", direction[uphill], self._gradient[uphill])
            self._inverse[:, uphill] = 0.0
        self._direction = np.where(self._accepted[:, None], direction, self._direction)
        self._slope = np.where(self._accepted, slope, self._slope)
        # A lane with new multipliers is evaluated where it stands before it goes on.
        self._length = np.where(self._fresh, 0.0, self._length)

    def drop(self, gone: Mask) -> None:
        """Take the lanes ``gone`` out."""
        stay = ~gone
        for name in (
            "places", "x", "_value", "_gap", "_multipliers", "_penalty", "_last_violation", "weights",
            "_merit", "_gradient", "_direction", "_slope", "_length", "_accepted", "_fresh", "_count",
            "_scale",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name)[stay])
        self._steps, self._turns = self._steps[:, stay], self._turns[:, stay]
        self._inverse = self._inverse[:, stay]
