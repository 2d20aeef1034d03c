"""The last digits of a local solution: sequential linear programming in a trust region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from provolve.propose.numeric.linear_program import linear_program
from provolve.task.surrogate import Floats, Surrogate


@dataclass(frozen=True)
class Polished:
    """A point whose constraints hold to rounding, where the polish went through."""

    point: Floats
    """Shape (size,)."""
    value: float
    violation: float
    """Largest violation of a constraint; at least 0."""
    programs: int
    """Linear programs solved: the work that was done."""


def polish(
    surrogate: Surrogate, point: Floats, *, radius: float = 1e-3, programs: int = 20, ease: float = 1.0
) -> Polished:
    """Improve ``point``, shape (size,), by solving the problem linearised about it, again and again.

    Sequential linear programming with a trust region (Fletcher and Sainz de la Maza 1989) on value + price x
    largest violation, where the price is above the sum of the duals. It converges quadratically where as
    many constraints are active as there are numbers, as in a rigid packing.

    Args:
        surrogate: the problem.
        point: where to begin, best near a solution.
        radius: first radius of the trust region, above 0, in units of the width of each coordinate's bounds.
        programs: linear programs to solve, at most.
        ease: largest factor by which the radius may have grown at the end, at least 1.
    """
    lows, highs = surrogate.lows(), surrogate.highs()
    width = np.where(np.isfinite(lows), highs - lows, 1.0)
    x = np.clip(point, lows, highs)
    value, gap = _functions(surrogate, x)
    price, largest, solved = 0.0, radius * ease, 0
    while solved < programs:
        gradient, jacobian = _derivatives(surrogate, x, len(gap))
        worst = float(np.maximum(-gap, 0.0).max(initial=0.0))
        moved = False
        while solved < programs and radius > 1e-16:
            reach = radius * width
            low, high = np.maximum(lows - x, -reach), np.minimum(highs - x, reach)
            near = np.flatnonzero(gap < np.abs(jacobian) @ reach)
            solved += 1
            step, duals = _step(gradient, jacobian[near], gap[near], low, high)
            price = max(price, 1.5 * duals + 1e-6)
            after = np.clip(x + step, lows, highs)
            new_value, new_gap = _functions(surrogate, after)
            left = float(np.maximum(-(gap[near] + jacobian[near] @ step), 0.0).max(initial=0.0))
            predicted = -(gradient @ step) + price * (worst - left)
            new_worst = float(np.maximum(-new_gap, 0.0).max(initial=0.0))
            actual = value - new_value + price * (worst - new_worst)
            if predicted <= 1e-16 * max(1.0, abs(value)):
                return Polished(x, value, worst, solved)
            if actual > 0.1 * predicted:
                radius = min(largest, 2.0 * radius) if actual > 0.5 * predicted else radius
                x, value, gap, moved = after, new_value, new_gap, True
                break
            radius = 0.25 * float(np.abs(step / width).max(initial=0.0))
        if not moved:
            break
    return Polished(x, value, float(np.maximum(-gap, 0.0).max(initial=0.0)), solved)


def _functions(surrogate: Surrogate, x: Floats) -> tuple[float, Floats]:
    value, constraints, _ = surrogate.evaluate(x[None, :])
    return float(value[0]), constraints[0]


def _derivatives(surrogate: Surrogate, x: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the gradient of the value (size,) and those of the constraints (count, size)."""
    _, _, pull = surrogate.evaluate(x[None, :])
    gradient = pull(np.zeros((1, count)))[0]
    if surrogate.jacobian is not None:
        return gradient, surrogate.jacobian(x)
    _, _, pull = surrogate.evaluate(np.repeat(x[None, :], count, axis=0))
    return gradient, gradient - pull(np.eye(count))


def _step(cost: Floats, rows: Floats, gap: Floats, low: Floats, high: Floats) -> tuple[Floats, float]:
    """Return the best step by the linear program and the sum of its duals.

    Where constraints are violated, a share of the violation, at a high price, may be left.
    """
    missing = np.maximum(-gap, 0.0)
    if not missing.any():
        found = linear_program(cost, rows, -gap, low, high)
        return found.step, float(found.duals.sum())
    price = 1e3 * max(1.0, float(np.abs(cost).max())) * float(missing.max())
    found = linear_program(
        np.append(cost, price),
        np.column_stack([rows, missing]),
        -gap,
        np.append(low, -0.01),
        np.append(high, 1.01),
    )
    return found.step[:-1], float(found.duals.sum())
