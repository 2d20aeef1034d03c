from __future__ import annotations

import math

import numpy as np
import pytest

from provolve.propose.symbolic.literals import coerce, fresh_value, gaussian_draw, step, variant_draw


def test_coerce_keeps_kind_and_range():
    assert coerce(2.6, "i") == 3
    assert isinstance(coerce(2.6, "i"), int)
    assert coerce(math.inf, "f") == 0.0
    assert coerce(1e300, "i") == 2**53
    assert isinstance(coerce(3, "f"), float)


def test_steps_scale_with_the_value():
    rng = np.random.default_rng(0)
    for value in (1e-6, 1.0, 1e6):
        sizes = [abs(step(value, "f", 1.0, rng) - value) / value for _ in range(500)]
        assert 0.005 < np.median(sizes) < 0.5


def test_integers_always_move():
    rng = np.random.default_rng(0)
    steps = [step(5, "i", 1.0, rng) for _ in range(300)]
    assert 5 not in steps
    assert {4, 6} <= set(steps)
    assert {-5, 0, 10} & set(steps)


def test_zero_moves_by_what_is_typical():
    rng = np.random.default_rng(0)
    steps = [step(0.0, "f", 1000.0, rng) for _ in range(300)]
    assert 0.0 not in steps
    assert 10 < np.median(np.abs(steps)) < 1000


def test_gaussian_draw_changes_few():
    rng = np.random.default_rng(0)
    values = tuple(float(k + 1) for k in range(20))
    draws = [gaussian_draw(values, "f" * 20, rng, 1.0) for _ in range(200)]
    changed = [sum(a != b for a, b in zip(values, draw, strict=True)) for draw in draws]
    assert min(changed) == 1
    assert np.median(changed) <= 2


def test_variants_redraw_new_literals_only():
    rng = np.random.default_rng(0)
    draws = [variant_draw((1.0, 2.0, 3.0), "fff", frozenset({1}), rng, 2.0) for _ in range(50)]
    assert {(a, c) for a, _, c in draws} == {(1.0, 3.0)}
    assert len({b for _, b, _ in draws}) > 30


def test_variants_without_new_literals_change_the_inherited():
    rng = np.random.default_rng(0)
    assert variant_draw((1.0, 2.0), "ff", frozenset(), rng, 1.0) != (1.0, 2.0)


@pytest.mark.parametrize("seen", [(), (4000.0,)])
def test_fresh_values_are_short_and_near_what_was_seen(seen):
    rng = np.random.default_rng(0)
    values = [fresh_value(seen, rng) for _ in range(400)]
    assert all(len(f"{abs(value):.10g}") <= 7 for value in values)
    near = np.mean([1000 < abs(value) < 16000 for value in values])
    assert near > 0.3 if seen else near < 0.05
