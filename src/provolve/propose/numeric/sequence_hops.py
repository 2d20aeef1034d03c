"""Hops and seeds for items that follow each other, as the steps of a function do.

A hop takes points of shape (batch, size) and returns as many moved ones; a seed takes how many to draw.
They know that next in number is next in place, and nothing of what the items mean.
"""

from __future__ import annotations

import numpy as np

from provolve.task.surrogate import Floats, Surrogate


def _scale(surrogate: Surrogate, rows: Floats) -> Floats:
    """Return the mean distance of each coordinate from its least value, (batch, 1, coordinates)."""
    least = np.asarray(surrogate.low)
    mean = rows.mean(axis=1, keepdims=True) - least
    return np.asarray(np.where(mean > 0, mean, np.asarray(surrogate.high) - least))


def jitter(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Move all items, by steps from a hundredth of their mean to once their mean."""
    moved = points.copy()
    rows = surrogate.rows(moved)
    sigma = 10.0 ** rng.uniform(-2.0, 0.0, (len(rows), 1, 1))
    rows += sigma * _scale(surrogate, rows) * rng.normal(size=rows.shape)
    return moved


def stretch_of(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Move the items of one stretch, those at its middle most."""
    moved = points.copy()
    rows = surrogate.rows(moved)
    count = surrogate.items
    centre = rng.integers(count, size=(len(rows), 1))
    reach = rng.uniform(1.0, max(2.0, count / 8.0), (len(rows), 1))
    share = np.exp(-0.5 * ((np.arange(count) - centre) / reach) ** 2)
    sigma = 3.0 * 10.0 ** rng.uniform(-2.0, 0.0, (len(rows), 1, 1))
    rows += sigma * share[:, :, None] * _scale(surrogate, rows) * rng.normal(size=rows.shape)
    return moved


def slide(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Shift all items by a few places; those that fall off come back at the other end."""
    moved = points.copy()
    far = max(1, surrogate.items // 16)
    for items in surrogate.rows(moved):
        items[:] = np.roll(items, int(rng.choice((-1, 1)) * rng.integers(1, far + 1)), axis=0)
    return moved


def turn(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Turn one stretch of items end to end."""
    moved = points.copy()
    for items in surrogate.rows(moved):
        first, last = np.sort(rng.integers(0, surrogate.items + 1, 2))
        items[first:last] = items[first:last][::-1].copy()
    return moved


def hand_over(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Bring one to three items down to their least values and add what they had to others."""
    moved = points.copy()
    least = np.asarray(surrogate.low)
    for items in surrogate.rows(moved):
        for _ in range(rng.integers(1, 4)):
            giver, taker = rng.integers(surrogate.items, size=2)
            items[taker] += items[giver] - least
            items[giver] = least
    return moved


def widen(surrogate: Surrogate, points: Floats, rng: np.random.Generator) -> Floats:
    """Pull the items apart from the middle, or push them together, by some per cent."""
    moved = points.copy()
    count = surrogate.items
    middle = 0.5 * (count - 1)
    for items in surrogate.rows(moved):
        places = (np.arange(count) - middle) * (1.0 + rng.normal(scale=0.05)) + middle
        for values in items.T:
            values[:] = np.interp(places, np.arange(count), values)
    return moved


SEQUENCE_HOPS = (jitter, jitter, jitter, stretch_of, stretch_of, slide, turn, hand_over, widen)


def sequence_seeds(surrogate: Surrogate, count: int, rng: np.random.Generator) -> Floats:
    """Return points (count, size): in turn random, smooth, and few items high among many low ones."""
    points = np.zeros((count, surrogate.size))
    low, high = np.asarray(surrogate.low), np.asarray(surrogate.high)
    for number, items in enumerate(surrogate.rows(points)):
        share = rng.random(items.shape)
        if number % 3 == 1:
            knots = int(rng.integers(4, max(5, surrogate.items // 3) + 1))
            along = np.linspace(0.0, 1.0, surrogate.items), np.linspace(0.0, 1.0, knots)
            share = np.stack([np.interp(*along, rng.random(knots)) for _ in share.T], axis=1)
        elif number % 3 == 2:
            share = share ** rng.uniform(2.0, 6.0)
        items[:] = low + share * (high - low)
    return surrogate.fitted(points)
