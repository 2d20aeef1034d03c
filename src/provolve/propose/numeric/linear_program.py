"""Linear programs in a box, by an interior-point method in numpy alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from provolve.task.surrogate import Floats

_ITERATIONS = 60
_TO_WALL = 0.9995


@dataclass(frozen=True)
class Vertex:
    """The solution of a linear program, to rounding."""

    step: Floats
    """Shape (n,)."""
    duals: Floats
    """Shape (m,), at least 0: what a constraint costs."""
    solved: bool


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # of infeasible programs, which end unsolved
def linear_program(cost: Floats, rows: Floats, least: Floats, low: Floats, high: Floats) -> Vertex:
    """Return the step d of least ``cost @ d`` with ``rows @ d >= least`` and ``low <= d <= high``.

    The method is Mehrotra's (1992, "On the implementation of a primal-dual interior point method"), on the
    normal equations, which have the size of d. An infeasible program ends unsolved.

    Args:
        cost: shape (n,).
        rows: shape (m, n).
        least: shape (m,).
        low: shape (n,), finite, below ``high``.
        high: shape (n,), finite.
    """
    d = 0.5 * (low + high)
    scale = max(1e-300, float(np.abs(cost).max()))
    cost = cost / scale
    below, above = d - low, high - d
    size = float(np.median(below))
    s = np.maximum(rows @ d - least, size)
    y, zl, zu = (np.full(len(v), max(1e-3, 1.0 / max(1, len(v)))) for v in (s, below, above))
    count = len(s) + 2 * len(d)
    solved = False
    for _ in range(_ITERATIONS):
        primal = rows @ d - least - s
        dual = cost - y @ rows - zl + zu
        gap = (s @ y + below @ zl + above @ zu) / count
        reach = max(1e-300, float(np.abs(s).max(initial=0.0)), size)
        if (
            gap < 1e-13 * size
            and np.abs(dual).max() < 1e-10
            and np.abs(primal).max(initial=0) < 1e-12 * reach
        ):
            solved = True
            break
        hessian = (rows.T * (y / s)) @ rows
        if not np.isfinite(hessian).all():
            break
        hessian[np.diag_indices(len(d))] += zl / below + zu / above
        try:
            factor = np.linalg.inv(np.linalg.cholesky(hessian))
        except np.linalg.LinAlgError:
            break

        newton = _newton(factor, rows, (dual, primal), (s, y), (below, zl), (above, zu))
        zero = np.zeros(1)
        dd, ds, dy, dl, du = newton(zero, zero, zero)
        a = min(_reach(s, ds), _reach(below, dd), _reach(above, -dd))
        b = min(_reach(y, dy), _reach(zl, dl), _reach(zu, du))
        after = (
            (s + a * ds) @ (y + b * dy) + (below + a * dd) @ (zl + b * dl) + (above - a * dd) @ (zu + b * du)
        )
        target = gap * min(1.0, max(1e-6, (after / count / gap) ** 3))
        dd, ds, dy, dl, du = newton(target - ds * dy, target - dd * dl, target + dd * du)
        a = min(1.0, _TO_WALL * min(_reach(s, ds), _reach(below, dd), _reach(above, -dd)))
        b = min(1.0, _TO_WALL * min(_reach(y, dy), _reach(zl, dl), _reach(zu, du)))
        d, s = d + a * dd, s + a * ds
        below, above = below + a * dd, above - a * dd
        y, zl, zu = y + b * dy, zl + b * dl, zu + b * du
    if not np.isfinite(d).all():
        d = 0.5 * (low + high)
    return Vertex(d, np.nan_to_num(y) * scale, solved)


Pair = tuple[Floats, Floats]


def _newton(
    factor: Floats, rows: Floats, residuals: Pair, slack: Pair, lower: Pair, upper: Pair
) -> Callable[[Floats, Floats, Floats], tuple[Floats, ...]]:
    """Return what solves for the directions that bring the products of the three pairs to its arguments."""
    (dual, primal), (s, y), (below, zl), (above, zu) = residuals, slack, lower, upper

    def solve(cs: Floats, cl: Floats, cu: Floats) -> tuple[Floats, ...]:
        right = -dual + rows.T @ ((cs - y * primal) / s - y) + (cl / below - zl) - (cu / above - zu)
        dd = factor.T @ (factor @ right)
        ds = rows @ dd + primal
        return dd, ds, (cs - y * ds) / s - y, (cl - zl * dd) / below - zl, (cu + zu * dd) / above - zu

    return solve


def _reach(value: Floats, step: Floats) -> float:
    """Return the longest share of ``step``, above 1 where there is room, that keeps ``value`` at least 0."""
    down = step < 0
    return float(np.min(-value[down] / step[down])) if down.any() else 2.0
