"""Steps on literals, and values for new ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

LARGEST_INT = 2**53
LARGEST_FLOAT = 1e15
_ROUND_VALUES = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0)
_SIMPLE_VALUES = (1.0, 2.0, 3.0, 0.5, 4.0)

Number = int | float


def coerce(value: float, kind: str) -> Number:
    """Return ``value`` as a literal of the kind: a whole number for ``i``, always finite and in range."""
    if not math.isfinite(value):
        value = 0.0
    if kind == "i":
        return max(-LARGEST_INT, min(LARGEST_INT, round(value)))
    return max(-LARGEST_FLOAT, min(LARGEST_FLOAT, float(value)))


def typical_magnitude(values: Sequence[Number]) -> float:
    """Return the median size of the values that are not zero, or 1."""
    sizes = sorted(abs(float(value)) for value in values if value != 0)
    return sizes[len(sizes) // 2] if sizes else 1.0


def step(value: Number, kind: str, typical: float, rng: np.random.Generator) -> Number:
    """Return a changed literal: mostly a Gaussian step, in proportion to its size.

    Step sizes are log-uniform between 0.3 % and 100 %. Sometimes it is doubled, halved, negated or made zero.
    Integers stay integers and move by at least 1.
    """
    way = rng.random()
    if way < 0.04:
        return coerce(-value, kind) if value else _nudged(value, kind, typical, rng)
    if way < 0.07 and value:
        return coerce(0.0, kind)
    if way < 0.15 and value:
        return _moved(value * (2.0 if rng.random() < 0.5 else 0.5), value, kind, rng)
    return _nudged(value, kind, typical, rng)


def _nudged(value: Number, kind: str, typical: float, rng: np.random.Generator) -> Number:
    size = abs(float(value)) or typical
    spread = size * 10.0 ** rng.uniform(-2.5, 0.0)
    return _moved(float(value) + spread * rng.standard_normal(), value, kind, rng)


def _moved(target: float, value: Number, kind: str, rng: np.random.Generator) -> Number:
    moved = coerce(target, kind)
    if kind == "i" and moved == value:
        return coerce(float(value) + (1 if rng.random() < 0.5 else -1), kind)
    return moved


def fresh_value(seen: Sequence[Number], rng: np.random.Generator) -> float:
    """Return a value for a new literal: near one seen, or a round one, or of any size from 0.01 to 1000."""
    way = rng.random()
    if way < 0.4 and seen:
        near = float(seen[int(rng.integers(len(seen)))])
        return rounded(near * math.exp(0.5 * rng.standard_normal()))
    sign = -1.0 if rng.random() < 0.25 else 1.0
    if way < 0.7:
        return sign * _ROUND_VALUES[int(rng.integers(len(_ROUND_VALUES)))] + 0.0
    return rounded(sign * 10.0 ** rng.uniform(-2.0, 3.0))


def simple_value(rng: np.random.Generator) -> float:
    """Return a value for a new literal of a formula: one half or a small whole number, the smallest most."""
    return _SIMPLE_VALUES[min(int(rng.geometric(0.5)), len(_SIMPLE_VALUES)) - 1]


def rounded(value: float) -> float:
    """Return the value to three significant digits, so that programs stay readable."""
    return float(f"{value:.3g}")


def gaussian_draw(
    values: Sequence[Number], kinds: str, rng: np.random.Generator, typical: float
) -> tuple[Number, ...]:
    """Return the literals with one or a few of them changed; there must be at least one.

    ``typical`` is their typical magnitude, for those that are 0.
    """
    changed = list(values)
    few = min(len(values), int(rng.geometric(0.5)))
    chosen: set[int] = set()
    while len(chosen) < few:
        chosen.add(int(rng.integers(len(values))))
    for index in sorted(chosen):
        changed[index] = step(values[index], kinds[index], typical, rng)
    return tuple(changed)


def variant_draw(
    values: Sequence[Number], kinds: str, new: frozenset[int], rng: np.random.Generator, typical: float
) -> tuple[Number, ...]:
    """Return the literals of a new structure with its new ones redrawn; the inherited ones stay.

    Were they changed too, structures that do nothing would ride along on better literals and bloat the
    program. Only where no literal is new are the inherited ones changed.
    """
    if not new:
        return gaussian_draw(values, kinds, rng, typical)
    changed = list(values)
    for index in sorted(new):
        way = rng.random()
        if way < 0.4:
            changed[index] = coerce(fresh_value(values, rng), kinds[index])
        elif way < 0.9:
            changed[index] = step(values[index], kinds[index], typical, rng)
    return tuple(changed)
