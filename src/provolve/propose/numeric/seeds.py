"""Where local solves begin when there is nothing to hop from: at random, on lattices."""

from __future__ import annotations

import numpy as np

from provolve.propose.numeric.sequence_hops import sequence_seeds
from provolve.task.surrogate import Floats, Surrogate


def random_points(surrogate: Surrogate, count: int, rng: np.random.Generator) -> Floats:
    """Return points (count, size) drawn evenly within the bounds; what is no place lies near its least."""
    points = np.zeros((count, surrogate.size))
    rows = surrogate.rows(points)
    low, high = np.array(surrogate.low), np.array(surrogate.high)
    share = rng.random(rows.shape)
    share[:, :, surrogate.places :] *= 0.2
    rows[:] = low + share * (high - low)
    return surrogate.fitted(points)


def lattice_points(surrogate: Surrogate, count: int, rng: np.random.Generator) -> Floats:
    """Return points (count, size) on lattices over the box of the places, jittered.

    Rows have random numbers of items and every other row may be shifted by half a step; items left over
    are taken out at random.
    """
    points = random_points(surrogate, count, rng)
    places = surrogate.places
    low, high = np.array(surrogate.low[:places]), np.array(surrogate.high[:places])
    for items in surrogate.rows(points):
        even = surrogate.items ** (1.0 / places)
        counts = np.maximum(1, np.rint(even * 2.0 ** rng.uniform(-0.5, 0.5, places))).astype(int)
        while counts.prod() < surrogate.items:
            counts[rng.integers(places)] += 1
        grid = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1).reshape(-1, places)
        shares = (grid + 0.5).astype(float)
        if places > 1 and rng.random() < 0.6:
            shares[:, -1] += 0.5 * (grid[:, :-1].sum(axis=1) % 2) - 0.25
        shares = shares / counts + rng.normal(scale=0.02, size=shares.shape)
        chosen = rng.choice(len(shares), surrogate.items, replace=False)
        items[:, :places] = low + np.clip(shares[chosen], 0.0, 1.0) * (high - low)
    return surrogate.fitted(points)


def seeds(surrogate: Surrogate, count: int, rng: np.random.Generator) -> Floats:
    """Return points (count, size), half of them on lattices where items have places; or of a sequence."""
    if surrogate.sequence:
        return sequence_seeds(surrogate, count, rng)
    if not surrogate.places:
        return random_points(surrogate, count, rng)
    lattices = count // 2
    return np.concatenate(
        [random_points(surrogate, count - lattices, rng), lattice_points(surrogate, lattices, rng)]
    )
