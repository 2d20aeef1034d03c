"""The numeric solvers against scipy, and hops and seeds that keep shape and bounds."""

import numpy as np
import pytest
from scipy.optimize import linprog

from provolve.propose.numeric.hops import hops
from provolve.propose.numeric.linear_program import linear_program
from provolve.propose.numeric.polish import polish
from provolve.propose.numeric.seeds import seeds
from provolve.propose.numeric.solver import Solving, solve
from provolve.task import load
from provolve.task.surrogate import Surrogate


def circles(n=6):
    found = load("circle-packing", {"n": n}).surrogate()
    assert found is not None
    return found


def ratio(points=7, dimension=2):
    found = load("distance-ratio", {"points": points, "dimension": dimension}).surrogate()
    assert found is not None
    return found


def heilbronn(points=6):
    found = load("heilbronn", {"points": points}).surrogate()
    assert found is not None
    return found


def disc():
    """Least x + 2 y on the unit disc and above x = -1/2: the constraint of the disc alone is active."""

    def evaluate(points):
        x, y = points.T
        gaps = np.stack([1 - x * x - y * y, x + 0.5], axis=1)

        def pull(weights):
            a, b = weights.T
            return np.stack([1 + 2 * a * x - b, 2 + 2 * a * y], axis=1)

        return x + 2 * y, gaps, pull

    return Surrogate(
        items=1, coordinates=2, low=(-2.0, -2.0), high=(2.0, 2.0), evaluate=evaluate, answer=list, places=2
    )


def steps(name, count=12):
    found = load(name, {"steps": count}).surrogate()
    assert found is not None
    return found


PROBLEMS = [
    circles(),
    ratio(),
    ratio(9, 3),
    heilbronn(),
    steps("autocorrelation"),
    steps("autocorrelation-first"),
    steps("erdos-overlap"),
]
IDS = ["circles", "plane", "space", "triangle", "flat", "peak", "overlap"]


@pytest.mark.parametrize("seed", range(12))
def test_linear_programs_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 30), rng.integers(1, 60)
    rows, cost = rng.normal(size=(m, n)), rng.normal(size=n)
    least = rows @ rng.uniform(-1, 1, n) - 0.1 * rng.random(m)
    low, high = -np.ones(n), np.ones(n)
    found = linear_program(cost, rows, least, low, high)
    wanted = linprog(cost, A_ub=-rows, b_ub=-least, bounds=list(zip(low, high, strict=True)))
    assert found.solved
    assert cost @ found.step == pytest.approx(wanted.fun, abs=1e-9)
    assert (rows @ found.step - least).min() > -1e-9
    assert found.duals.min() >= 0


def test_an_infeasible_program_is_not_called_solved():
    found = linear_program(np.ones(1), np.ones((1, 1)), np.array([5.0]), -np.ones(1), np.ones(1))
    assert not found.solved


def test_solve_finds_the_constrained_minimum_from_every_start():
    starts = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    found = solve(disc(), starts, Solving(gradient=1e-7, violation=1e-8))
    # The minimum on the unit disc is -(1, 2)/sqrt(5), where x = -0.447 leaves the second constraint free.
    assert found.points == pytest.approx(np.tile([-1, -2] / np.sqrt(5.0), (20, 1)), abs=1e-6)
    assert found.values == pytest.approx(-np.sqrt(5.0), abs=1e-9)
    assert found.violations.max() < 1e-7


def test_a_lane_does_not_depend_on_the_others():
    problem = circles()
    starts = seeds(problem, 6, np.random.default_rng(1))
    together = solve(problem, starts, Solving())
    alone = solve(problem, starts[2:3], Solving())
    assert together.values[2] == pytest.approx(alone.values[0], abs=1e-4)


def test_steps_end_a_solve():
    assert solve(circles(), seeds(circles(), 2, np.random.default_rng(0)), Solving(steps=7)).steps == 7


def test_cutoff_gives_up_what_is_hopeless():
    problem = circles()
    starts = seeds(problem, 8, np.random.default_rng(1))
    full, cut = (solve(problem, starts, Solving(), off) for off in (None, np.full(8, -100.0)))
    assert cut.steps < full.steps


def test_polish_ends_feasible_to_rounding_and_no_worse():
    problem = circles()
    found = solve(problem, seeds(problem, 8, np.random.default_rng(3)), Solving())
    best = int(np.argmin(found.values))
    better = polish(problem, found.points[best])
    assert better.violation < 1e-14
    assert better.value == pytest.approx(found.values[best], abs=1e-3)
    assert polish(problem, better.point).value == pytest.approx(better.value, abs=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_gradients_are_those_of_differences(problem):
    rng = np.random.default_rng(5)
    points = seeds(problem, 3, rng)
    _, gaps, pull = problem.evaluate(points)
    weights = rng.normal(size=gaps.shape)
    gradient, h = pull(weights), 1e-6

    def lagrangian(at):
        value, constraints, _ = problem.evaluate(at)
        return value - (weights * constraints).sum(axis=1)

    for place in range(problem.size):
        step = np.zeros(problem.size)
        step[place] = h
        difference = (lagrangian(points + step) - lagrangian(points - step)) / (2 * h)
        assert gradient[:, place] == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_hops_and_seeds_keep_shape_bounds_and_their_input(problem):
    rng = np.random.default_rng(7)
    points = seeds(problem, 9, rng)
    assert points.shape == (9, problem.size)
    kept = points.copy()
    for hop in dict.fromkeys(hops(problem)):
        moved = problem.fitted(hop(problem, points, rng))
        assert moved.shape == points.shape
        assert np.isfinite(moved).all()
        assert (moved >= problem.lows()).all()
        assert (moved <= problem.highs()).all()
        assert (moved != points).any(), hop.__name__
        assert np.array_equal(points, kept)


def test_surrogates_say_what_is_wrong_with_them():
    with pytest.raises(ValueError, match="go together"):
        Surrogate(
            items=2, coordinates=1, low=(0.0,), high=(1.0,), evaluate=lambda x: x, answer=lambda x: x,
            coarser=disc(),
        )  # fmt: skip
    with pytest.raises(ValueError, match="below high"):
        Surrogate(items=1, coordinates=1, low=(1.0,), high=(0.0,), evaluate=lambda x: x, answer=lambda x: x)
    with pytest.raises(ValueError, match="one for each"):
        Surrogate(items=1, coordinates=2, low=(1.0,), high=(2.0,), evaluate=lambda x: x, answer=lambda x: x)
