"""Hops: ways out of a local solution, to begin the next local solve from.

A hop takes points of shape (batch, size), as many copies as it is to move, and returns as many moved ones.
It knows items, coordinates, bounds and constraints, and nothing of what they mean. Basin hopping is Wales
and Doye's (1997, "Global optimization by basin-hopping").
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from provolve.propose.numeric.sequence_hops import SEQUENCE_HOPS
from provolve.task.surrogate import Floats, Surrogate

Hop = Callable[[Surrogate, Floats, np.random.Generator], Floats]
_HOLES = 200
"""Places tried to find the largest hole."""


def spacing(surrogate: Surrogate) -> Floats:
    """Return the distance of neighbours if the items lay evenly, for each coordinate, (coordinates,)."""
    width = np.subtract(surrogate.high, surrogate.low)
    return np.asarray(width / surrogate.items ** (1.0 / max(1, surrogate.places)), dtype=np.float64)


def gaussian(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Move all items, by steps from a hundredth of the spacing to once the spacing."""
    moved = points.copy()
    rows = surrogate.rows(moved)
    sigma = 10.0 ** rng.uniform(-2.0, 0.0, (len(rows), 1, 1))
    rows += sigma * spacing(surrogate) * rng.normal(size=rows.shape)
    return moved


def blurred(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Return points (batch, size) whose items are moved by some hundredths of their distance from the least.

    What came from a coarser level has parts of equal numbers, which no gradient would tell apart.
    """
    moved = points.copy()
    rows = surrogate.rows(moved)
    sigma = 10.0 ** rng.uniform(-2.0, -1.0, (len(rows), 1, 1))
    rows += sigma * (rows - np.asarray(surrogate.low)) * rng.normal(size=rows.shape)
    return moved


def shake(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Move one item and those about it, the farther the less."""
    moved = points.copy()
    rows, places = surrogate.rows(moved), surrogate.places
    width = spacing(surrogate)
    centre = rows[np.arange(len(rows)), rng.integers(surrogate.items, size=len(rows))]
    reach = rng.uniform(0.5, 2.5, (len(rows), 1))
    away = ((rows[:, :, :places] - centre[:, None, :places]) / width[:places]) ** 2
    share = np.exp(-away.sum(axis=2) / (2.0 * reach**2))
    rows += share[:, :, None] * width * rng.normal(scale=0.5, size=rows.shape)
    return moved


def reinsert(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Take one to three items out and put each where it violates the constraints least."""
    moved = points.copy()
    rows = surrogate.rows(moved)
    for point, items in zip(moved, rows, strict=True):
        for item in rng.choice(
            surrogate.items, size=min(surrogate.items, int(rng.integers(1, 4))), replace=False
        ):
            items[item] = _hole(surrogate, point, int(item), rng)
    return moved


def _hole(surrogate: Surrogate, point: Floats, item: int, rng: np.random.Generator) -> Floats:
    """Return the item at the best of some random places, its other coordinates as they are."""
    places = surrogate.places
    tried = np.repeat(point[None, :], _HOLES, axis=0)
    items = surrogate.rows(tried)[:, item]
    low, high = np.array(surrogate.low[:places]), np.array(surrogate.high[:places])
    items[:, :places] = rng.uniform(low, high, (_HOLES, places))
    _, constraints, _ = surrogate.evaluate(tried)
    return np.asarray(items[int(np.argmin((np.minimum(constraints, 0.0) ** 2).sum(axis=1)))])


def row(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Shift the items of a band across one axis along another."""
    moved = points.copy()
    places, width = surrogate.places, spacing(surrogate)
    low, high = surrogate.low, surrogate.high
    for items in surrogate.rows(moved):
        across = int(rng.integers(places))
        along = int((across + 1 + rng.integers(max(1, places - 1))) % places)
        level = rng.uniform(low[across], high[across])
        band = np.abs(items[:, across] - level) < 0.6 * width[across]
        items[band, along] += rng.uniform(-1.0, 1.0) * width[along]
        over = high[along] - low[along]
        items[band, along] = low[along] + np.mod(items[band, along] - low[along], over)
    return moved


def symmetry(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Put the image of one half of the items, mirrored or turned half about the middle, on the other."""
    moved = points.copy()
    places = surrogate.places
    middle = 0.5 * (np.array(surrogate.low) + np.array(surrogate.high))
    for items in surrogate.rows(moved):
        normal = rng.normal(size=places)
        if rng.random() < 0.7:  # along an axis or a diagonal, where shapes have their symmetry
            normal = np.sign(normal) * (rng.random(places) < 0.6)
        length = np.linalg.norm(normal)
        if not length:
            continue
        normal /= length
        side = (items[:, :places] - middle[:places]) @ normal
        order, half = np.argsort(side), len(items) // 2
        image = items[order[:half]].copy()
        if rng.random() < 0.5:
            image[:, :places] -= 2.0 * np.outer(side[order[:half]], normal)
        else:
            image[:, :places] = 2.0 * middle[:places] - image[:, :places]
        items[order[len(items) - half :]] = image + 1e-3 * spacing(surrogate) * rng.normal(size=image.shape)
    return moved


def hops(surrogate: Surrogate) -> tuple[Hop, ...]:
    """Return the hops that mean something for ``surrogate``, the commoner ones several times."""
    if surrogate.places:
        mirrored = (symmetry,) if surrogate.items > 1 else ()
        rows = (row,) if surrogate.places > 1 else ()
        return (gaussian, gaussian, reinsert, reinsert, reinsert, shake, shake, *rows, *mirrored)
    return SEQUENCE_HOPS if surrogate.sequence and surrogate.items > 1 else (gaussian,)
