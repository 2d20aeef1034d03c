"""Plain data changed: altered, random, with extreme values, rounded. The kind and the structure stay."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_SHARE = 0.2

EXTREMES: tuple[tuple[str, object], ...] = (
    ("not-a-number", math.nan),
    ("infinity", math.inf),
    ("minus infinity", -math.inf),
    ("1e308", 1e308),
    ("-1e308", -1e308),
    ("5e-324", 5e-324),
    ("-0.0", -0.0),
    ("2**63", 2**63),
    ("-2**63", -(2**63)),
    ("2**200", 2**200),
    ("True", True),
)
NON_FINITE = frozenset({"not-a-number", "infinity", "minus infinity"})


def each_number(value: object, change: Callable[[Any], object]) -> object:
    """Return ``value`` with each number in it, bools included, replaced by ``change`` of it.

    The cells of an array stay of its dtype: one that cannot hold the new value keeps its own.
    """
    match value:
        case bool() | int() | float():
            return change(value)
        case list():
            return [each_number(item, change) for item in value]
        case dict():
            return {key: each_number(item, change) for key, item in value.items()}
        case np.ndarray():
            cells = [_held(change(cell), cell, value.dtype) for cell in value.reshape(-1).tolist()]
            return np.array(cells, value.dtype).reshape(value.shape)
    return value


def _held(new: object, old: object, dtype: np.dtype[Any]) -> object:
    if dtype.kind == "f":
        try:
            return float(new)  # type: ignore[arg-type]
        except OverflowError:
            return math.inf
    if dtype.kind == "b":
        return bool(new)
    limits = np.iinfo(dtype)
    return new if isinstance(new, int) and limits.min <= new <= limits.max else old


def numbers_in(value: object) -> list[int | float]:
    """Return all numbers in ``value``, bools included."""
    found: list[int | float] = []

    def note(number: int | float) -> int | float:
        found.append(number)
        return number

    each_number(value, note)
    return found


def altered(value: object, rng: np.random.Generator) -> object:
    """Return ``value`` with about a fifth of its numbers changed, at least one, and items left out."""

    count = len(numbers_in(value))
    changed_places = rng.random(count) < _SHARE
    if count:
        changed_places[rng.integers(count)] = True
    marks = iter(changed_places.tolist())

    def change(number: Any) -> object:
        if not next(marks):
            return number
        if isinstance(number, bool):
            return not number
        if isinstance(number, int):
            return number + int(rng.integers(-3, 4))
        return number * float(rng.normal(1.0, 1.0))

    return _cut(each_number(value, change), rng)


def _cut(value: object, rng: np.random.Generator) -> object:
    match value:
        case list():
            kept = [_cut(item, rng) for item in value]
            if kept and rng.random() < 0.5:
                del kept[int(rng.integers(len(kept)))]
            return kept
        case dict():
            return {key: _cut(item, rng) for key, item in value.items()}
    return value


def random_like(value: object, rng: np.random.Generator) -> object:
    """Return ``value`` with every number drawn anew between the least and the greatest in it, or nearby."""
    finite = [float(number) for number in numbers_in(value) if abs(number) < 1e300]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if low == high:
        low, high = low - 1.0, high + 1.0

    def draw(number: Any) -> object:
        if isinstance(number, bool):
            return bool(rng.random() < 0.5)
        drawn = float(rng.uniform(low, high))
        return round(drawn) if isinstance(number, int) else drawn

    return each_number(value, draw)


def with_extreme(value: object, *, extreme: object, rng: np.random.Generator, share: float | None) -> object:
    """Return ``value`` with ``extreme`` at random places: one where ``share`` is None, else that share."""
    count = len(numbers_in(value))
    places = (
        rng.random(count) < share if share is not None else np.arange(count) == rng.integers(max(count, 1))
    )
    marks = iter(places.tolist())
    return each_number(value, lambda number: extreme if next(marks) else number)


def rounded(value: object, levels: int) -> object:
    """Return ``value`` with its floats rounded to so few levels that ties abound."""
    floats = [number for number in numbers_in(value) if isinstance(number, float) and math.isfinite(number)]
    low, high = min(floats, default=0.0), max(floats, default=0.0)
    width = (high - low) / levels

    def change(number: Any) -> object:
        if not isinstance(number, float) or not math.isfinite(number) or not width:
            return number
        return low + width * min(levels - 1, math.floor((number - low) / width))

    return each_number(value, change)


def few_values(value: object, rng: np.random.Generator, levels: int) -> object:
    """Return ``value`` with every float one of ``levels`` whole numbers at random."""
    return each_number(
        value, lambda number: float(rng.integers(levels)) if isinstance(number, float) else number
    )


def non_answers() -> Sequence[tuple[str, object]]:
    """Return what hardly is an answer to anything, by name."""
    return (
        ("None", None),
        ("a text", "answer"),
        ("an empty text", ""),
        ("an empty list", []),
        ("an empty dict", {}),
        ("an empty array", np.zeros(0)),
        ("not-a-number", math.nan),
        ("infinity", math.inf),
        ("a list of None", [None, None]),
        ("an array of not-a-numbers", np.full(3, math.nan)),
    )
