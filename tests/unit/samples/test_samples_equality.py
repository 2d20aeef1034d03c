"""Whether an answer is the one expected."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from provolve.engine.samples.equality import same_answer

NAN = math.nan


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (1, 1),
        (1, 1.0),
        (True, 1),
        (0.1 + 0.2, 0.3),
        (1e9, 1e9 + 1),
        ([1, [2.0]], [1, [2.0000001]]),
        ((1, 2), [1, 2]),
        ([1, 2], np.array([1, 2])),
        ({"a": 0.5}, {"a": 0.5000001}),
        (NAN, NAN),
        (math.inf, math.inf),
        (None, None),
        ("x", "x"),
        (10**400, 10**400),
    ],
)
def test_equal(expected: object, answer: object) -> None:
    assert same_answer(expected, answer, 1e-6)


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (1, 2),
        (1, "1"),
        (1.0, "1"),
        (0.3, 0.31),
        (1e9, 1e9 + 2000),
        ([1, 2], [1]),
        ([1], 1),
        (1, [1]),
        ([[1]], [[[1]]]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, [1]),
        (None, 0),
        (NAN, 0.0),
        (1.0, NAN),
        (1.0, math.inf),
        (math.inf, -math.inf),
        (math.inf, 1e308),
        (1.0, 10**400),
        (0.5, Fraction(1, 3)),
        ([1, 2], np.array([[1, 2]])),
    ],
)
def test_different(expected: object, answer: object) -> None:
    assert not same_answer(expected, answer, 1e-6)


def test_tolerance_decides() -> None:
    assert same_answer(1.0, 1.05, 0.1)
    assert not same_answer(1.0, 1.05, 0.01)
