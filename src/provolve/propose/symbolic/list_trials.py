"""Trials for a list of whole numbers: changed copies of its items, by shape first and then by numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from provolve.propose.symbolic.whole_lists import (
    Nested,
    combined,
    copied,
    crossed,
    depths,
    flat,
    is_even,
    merged,
    numbers_in,
    rebuilt,
    redrawn,
    reshaped,
    resized,
    shape,
    stepped,
)

_REBUILD = 0.25
_RESHAPE = 0.35
_MERGE = 0.2
_CROSS = 0.48
_COMBINE = 0.68
_SAME = 0.05
_RESIZE = 0.45
_REDRAW = 0.75
_STEP = 0.9
_TRIES = 8
_SHORT = 6
"""Most numbers of an item that may all be drawn anew at once: of more, hardly a draw would fit."""


Pool = Mapping[int, Sequence[list[Nested]]]


def pool_of(items: Sequence[Nested]) -> Pool:
    """Return the distinct lists of numbers in items by their lengths."""
    pool: dict[int, list[list[Nested]]] = {}
    for item in items:
        for part in numbers_in(item):
            alike = pool.setdefault(len(part), [])
            if part not in alike:
                alike.append(part)
    return pool


def trial(items: Sequence[Nested], rng: np.random.Generator) -> Nested:
    """Return a copy of one of ``items``, of which there is at least one, perhaps of another shape.

    Where all items have as many parts, so has this, and its numbers lie as deep: they are records, and one
    that is none would spoil whatever is judged with it.
    """
    lengths = {len(item) for item in items if isinstance(item, list)}
    levels = {level for item in items for level in depths(item)}
    for _ in range(_TRIES):
        found = _reshaped(items, rng)
        record = len(lengths) != 1 or (isinstance(found, list) and len(found) in lengths)
        if record and is_even(found) and (len(levels) != 1 or depths(found) == levels):
            return found
    return copied(items[int(rng.integers(len(items)))])


def _reshaped(items: Sequence[Nested], rng: np.random.Generator) -> Nested:
    # A shape gets a share by its size, however many items have it: the fewer numbers, the sooner tried.
    shapes: dict[str, list[Nested]] = {}
    for item in items:
        shapes.setdefault(shape(item), []).append(item)
    shares = np.array([1.0 / (1 + text.count(".")) for text in shapes])
    alike = [*shapes.values()][int(rng.choice(len(shapes), p=shares / shares.sum()))]
    chosen = alike[int(rng.integers(len(alike)))]
    if rng.random() < _REBUILD:
        return rebuilt(chosen, rng)
    while rng.random() < _RESHAPE:
        other = items[int(rng.integers(len(items)))]
        way = rng.random()
        if way < _MERGE:
            chosen = merged(chosen, other)
        elif way < _CROSS:
            chosen = crossed(chosen, other, rng)
        elif way < _COMBINE:
            chosen = combined(chosen, other, rng)
        else:
            chosen = reshaped(chosen, rng)
    return chosen


def renumbered(item: Nested, rng: np.random.Generator, pool: Pool) -> Nested:
    """Return an item of the same shape with other numbers: stepped, or a list or all drawn anew.

    Now and then it is as it was. Lists of ``pool`` may take the place of others as long.
    """
    way = rng.random()
    if way < _SAME:
        return item
    if way < _RESIZE:
        return resized(item, rng)
    if way < _REDRAW:
        return redrawn(item, rng, every=len(flat(item)) <= _SHORT and rng.random() < 0.5, pool=pool)
    return stepped(item if way < _STEP else redrawn(item, rng, pool=pool), rng)
