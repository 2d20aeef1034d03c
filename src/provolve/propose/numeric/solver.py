"""Local solutions of many points at once: augmented Lagrangian over L-BFGS, in numpy alone.

All starts of a batch walk together, so that the interpreter is paid once a step for all of them. Each has
its own step length, memory, multipliers and penalty; those that are done are taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from provolve.propose.numeric.lanes import Lanes
from provolve.task.surrogate import Floats, Surrogate


@dataclass(frozen=True)
class Solving:
    """How hard a local solve tries."""

    steps: int = 400
    """Evaluations of a batch, at most."""
    inner: int = 20
    """Accepted steps with the same multipliers, at most."""
    penalty: float = 3.0
    """Penalty at the start, when constraints are still soft; above 0."""
    stiffening: float = 1.4
    """Factor on the penalty of a start whose violation falls too slowly; above 1."""
    gradient: float = 1e-3
    """Largest entry of the gradient with which an inner problem counts as solved."""
    violation: float = 1e-4
    """Largest violation of a constraint with which a start counts as solved."""


@dataclass(frozen=True)
class Solutions:
    """What became of a batch of starts."""

    points: Floats
    """Shape (batch, size)."""
    values: Floats
    """Shape (batch,): the value of the surrogate less the multipliers times the constraints. Near a
    solution its error is of second order in that of the point."""
    violations: Floats
    """Shape (batch,): largest violation of a constraint or bound; at least 0."""
    multipliers: Floats
    """Shape (batch, constraints)."""
    steps: int
    """Evaluations of the batch: the work that was done."""


def solve(surrogate: Surrogate, starts: Floats, solving: Solving, cutoff: Floats | None = None) -> Solutions:
    """Solve the surrogate's problem from each of ``starts``, shape (batch, size), apart from each other.

    The method is that of multipliers (Hestenes 1969; Powell 1969) for inequalities (Rockafellar 1973),
    with L-BFGS (Nocedal 1980, "Updating quasi-Newton matrices with limited storage") and steps halved until
    they descend (Armijo 1966). Bounds are constraints like others. A start that is not solved after
    ``solving.steps`` is returned as it is, and so is one whose value, once its constraints nearly hold, is
    above its ``cutoff``, shape (batch,): the value by the Lagrangian is an estimate of what it will be.
    """
    lanes = Lanes(surrogate, starts, solving.penalty)
    points = np.array(starts, dtype=np.float64)
    values = np.full(len(starts), np.inf)
    violations = np.full(len(starts), np.inf)
    multipliers = np.zeros((len(starts), lanes.constraints))

    def keep(which: np.ndarray) -> None:
        places = lanes.places[which]
        points[places] = lanes.x[which]
        values[places], violations[places] = lanes.estimate(which)
        multipliers[places] = lanes.weights[which, : lanes.constraints]

    step = 0
    while step < solving.steps:
        step += 1
        lanes.advance()
        ended = lanes.inner_ended(solving.gradient, solving.inner)
        if ended.any():
            solved = lanes.stiffen(ended, solving.violation, solving.stiffening)
            if cutoff is not None:
                solved |= lanes.hopeless(ended, cutoff[lanes.places])
            if solved.any():
                keep(solved)
                lanes.drop(solved)
                if not len(lanes.places):
                    break
        lanes.turn()
    if len(lanes.places):
        keep(np.ones(len(lanes.places), dtype=bool))
    return Solutions(points, values, violations, multipliers, step)
