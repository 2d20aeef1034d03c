"""Whether an answer is the one expected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np


def same_answer(expected: object, answer: object, tolerance: float) -> bool:
    """Whether two values of plain data are equal, floats within a tolerance.

    As Python's ``==`` for plain data, where True equals 1, with these differences: where either is a float,
    they may differ by ``tolerance``, absolutely and relative to the size of the expected one; not-a-number
    equals itself; an array equals the list of its items.

    Args:
        expected: what the judge knows to be right.
        answer: plain data that came from a candidate, never an object with methods of its own.
        tolerance: 0 or more.
    """
    expected, answer = _listed(expected), _listed(answer)
    if isinstance(expected, Mapping):
        return (
            isinstance(answer, Mapping)
            and expected.keys() == answer.keys()
            and all(same_answer(value, answer[key], tolerance) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return isinstance(answer, list) and _same_items(expected, answer, tolerance)
    if isinstance(expected, float) or isinstance(answer, float):
        return _same_number(expected, answer, tolerance)
    return bool(expected == answer)


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _same_items(expected: Sequence[object], answer: Sequence[object], tolerance: float) -> bool:
    return len(expected) == len(answer) and all(
        same_answer(one, other, tolerance) for one, other in zip(expected, answer, strict=True)
    )


def _same_number(expected: object, answer: object, tolerance: float) -> bool:
    if not isinstance(expected, int | float) or not isinstance(answer, int | float):
        return False
    if expected == answer:
        return True
    try:
        first, second = float(expected), float(answer)
    except OverflowError:
        return False
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return math.isfinite(first) and abs(first - second) <= tolerance * max(1.0, abs(first))
