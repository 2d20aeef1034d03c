"""Numeric search finds the best known constructions, with fixed seeds and a stated number of rounds."""

import numpy as np
import pytest

from provolve.propose.numeric.chains import Chains
from provolve.propose.threads import one_thread
from provolve.task import load, make_split


def found(name, parameters, rounds, *, enough):
    """Return the exact score of the best after at most ``rounds`` rounds of 32 local solves."""
    task = load(name, parameters)
    (instance,) = make_split(task, "train", 0)
    problem = task.surrogate()
    chains = Chains(problem, chains=4, hops_each=8, patience=12)
    best = None
    with one_thread():
        for number in range(rounds):
            for one in chains.round(np.random.default_rng([1, number])):
                if best is None or one.value < best.value:
                    best = one
            if best.value <= enough:
                break
    return float(task.judge.score(instance, problem.answer(best.point)))


def test_sixteen_points_in_the_plane():
    assert found("distance-ratio", {}, 20, enough=12.88923) <= 12.88923


def test_ten_circles():
    # The square lattice that the search starts from has 1.25.
    assert found("circle-packing", {"n": "10"}, 20, enough=-1.591) >= 1.591


@pytest.mark.slow
def test_fourteen_points_in_space():
    assert found("distance-ratio", {"points": "14", "dimension": "3"}, 60, enough=4.165784) <= 4.165784
