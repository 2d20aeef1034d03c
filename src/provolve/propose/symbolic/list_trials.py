"""Trials for a list of whole numbers: changed copies of its items, by shape first and then by numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from provolve.propose.symbolic.whole_lists import (
    Nested,
    combined,
    copied,
    crossed,
    flat,
    is_even,
    rebuilt,
    redrawn,
    reshaped,
    shape,
    stepped,
)

_REBUILD = 0.25
_RESHAPE = 0.35
_CROSS = 0.35
_COMBINE = 0.6
_SAME = 0.1
_REDRAW = 0.6
_STEP = 0.85
_TRIES = 8
_SHORT = 6
"""Most numbers of an item that may all be drawn anew at once: of more, hardly a draw would fit."""


def trial(items: Sequence[Nested], rng: np.random.Generator) -> Nested:
    """Return a copy of one of ``items``, of which there is at least one, perhaps of another shape.

    Where all items have as many parts, so has this: they are records, and one that is none would spoil
    whatever is judged with it.
    """
    lengths = {len(item) for item in items if isinstance(item, list)}
    for _ in range(_TRIES):
        found = _reshaped(items, rng)
        records = len(lengths) != 1 or (isinstance(found, list) and len(found) in lengths)
        if records and is_even(found):
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
        if way < _CROSS:
            chosen = crossed(chosen, other, rng)
        elif way < _COMBINE:
            chosen = combined(chosen, other, rng)
        else:
            chosen = reshaped(chosen, rng)
    return chosen


def renumbered(item: Nested, rng: np.random.Generator) -> Nested:
    """Return an item of the same shape with other numbers: stepped, or a list or all drawn anew.

    Now and then it is as it was.
    """
    way = rng.random()
    if way < _SAME:
        return item
    if way < _REDRAW:
        return redrawn(item, rng, every=len(flat(item)) <= _SHORT and rng.random() < 0.5)
    return stepped(item if way < _STEP else redrawn(item, rng), rng)
