"""Leads a rule through online bin packing item by item, the bins in the order of opening, and counts bins.

An instance is ``{"name", "items"}``, the items an array of integers from 1 to 100; bins hold 100. What
``steps`` returns is the number of bins used. The score is the excess of that number over the bound
L1 = ceil(sum of items / capacity), in percent.
"""

import numpy as np

from provolve import Refused

CAPACITY = 100
SIZE_MIX = {"train": (1.0, 0.5, 1.0, 1.5), "validation": (1.0, 1.0, 1.5), "test": (1.0,)}


def instances(split, count, rng, parameters):
    mix = SIZE_MIX[split]
    for number in range(count):
        size = max(1, round(parameters["items"] * mix[number % len(mix)]))
        drawn = np.rint(45.0 * rng.weibull(3.0, size)).astype(np.int64)
        yield {"name": f"weibull-{size}-{number}", "items": np.clip(drawn, 1, CAPACITY)}


def steps(instance):
    """Let the rule place item by item; return the number of bins that hold something.

    An observation holds ``item`` and ``bins``, the room in each bin that has enough, in the order of opening.
    The last two are always empty bins: one that is passed over for the other keeps its place.
    """
    # Each item opens one bin and passes over one at most.
    rooms = np.full(2 * len(instance["items"]) + 2, float(CAPACITY))
    # Bins from this place on are empty; of those before it, the live ones may still take the smallest item.
    fresh, live = 0, np.arange(0)
    for item in instance["items"].tolist():
        seen = np.append(live[rooms[live] >= item], (fresh, fresh + 1))
        decision = yield {"item": float(item), "bins": rooms[seen]}
        place = int(seen[_best(decision, len(seen), item)])
        rooms[place] -= item
        if place >= fresh:
            live = np.append(live, np.arange(fresh, place + 1))
            fresh = place + 1
        if rooms[place] < 1:
            live = live[live != place]
    return int(np.count_nonzero(rooms < CAPACITY))


def _best(decision, length, item):
    numbers = isinstance(decision, np.ndarray) and decision.dtype.kind in "fiu"
    if not numbers or decision.shape != (length,):
        raise Refused(f"for an item of {item} the decision is not an array of {length} numbers")
    if np.isnan(decision).any():
        raise Refused(f"the priority is not a number for an item of {item}")
    return int(np.argmax(decision))


def score(instance, answer):
    lower = -(-int(instance["items"].sum()) // CAPACITY)
    return 100.0 * (answer - lower) / lower


def baseline_first_fit(instance):
    """The first bin, in the order of opening, that has room."""
    rooms = []
    for item in instance["items"].tolist():
        place = next((place for place, room in enumerate(rooms) if room >= item), len(rooms))
        if place == len(rooms):
            rooms.append(CAPACITY)
        rooms[place] -= item
    return score(instance, len(rooms))
