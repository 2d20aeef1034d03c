"""The judge of step sizes: its guarantee holds for every function tried, and is the worst that can happen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provolve.errors import Refused
from provolve.task import load, make_split

JUDGE: Any = load("step-size-schedule").judge


def guarantee(sizes: Any) -> float:
    """Return the guarantee of steps of these sizes, in units of D / G, in units of D G."""
    total = len(sizes) + 1
    return float(JUDGE.score({"iterates": total}, np.asarray(sizes) * math.sqrt(total))) / math.sqrt(total)


def last_iterate(sizes: Any, slopes: Any, heights: Any, take: Any) -> tuple[Any, Any]:
    """Return the last iterate of f(x) = max(slopes x + heights) from 0, and f; ``take`` picks a slope."""

    def value(x: Any) -> float:
        return float((slopes @ x + heights).max())

    x = np.zeros(slopes.shape[1])
    for size in sizes:
        active = np.flatnonzero(slopes @ x + heights >= value(x) - 1e-12)
        x = x - size * slopes[take(active)]
    return x, value


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(0.0, 3.0), min_size=1, max_size=6),
    st.integers(0, 2**32 - 1),
    st.integers(1, 4),
    st.integers(1, 8),
)
def test_no_function_is_worse_than_the_guarantee(
    sizes: list[float], seed: int, dimension: int, pieces: int
) -> None:
    """For any point within the distance 1, not only a minimum: the proof uses no more of x*."""
    rng = np.random.default_rng(seed)
    slopes = rng.standard_normal((pieces, dimension))
    slopes /= np.maximum(1.0, np.linalg.norm(slopes, axis=1))[:, None]
    heights = 0.3 * rng.standard_normal(pieces)
    x, value = last_iterate(sizes, slopes, heights, lambda active: int(rng.choice(active)))
    beside = rng.standard_normal((30, dimension))
    beside /= np.maximum(1.0, np.linalg.norm(beside, axis=1))[:, None]
    least = min(map(value, beside))
    assert value(x) - least <= guarantee(sizes) + 1e-9


@pytest.mark.parametrize(
    "sizes", [[0.2], [0.7], [1.5], [0.4, 0.2], [0.6, 0.6], [0.1, 0.5]], ids=lambda sizes: str(sizes)
)
def test_the_guarantee_is_the_worst_case_of_a_numeric_search_over_functions(sizes: list[float]) -> None:
    """All convex functions with |g| <= 1 that pass through T points are searched by their interpolation."""
    assert worst_found(np.array(sizes)) == pytest.approx(guarantee(sizes), abs=1e-6)


def worst_found(sizes: Any) -> float:
    from scipy.optimize import minimize

    total = len(sizes) + 1
    width, rng, best = total + 1, np.random.default_rng(0), 0.0

    def parts(z: Any) -> tuple[Any, Any, Any, Any]:
        slopes = z[: total * width].reshape(total, width)
        least, values = z[total * width :][:width], z[total * width :][width:]
        places = np.vstack([np.zeros(width), -np.cumsum(sizes[:, None] * slopes[:-1], axis=0)])
        return slopes, least, values, places

    def allowed(z: Any) -> Any:
        slopes, least, values, places = parts(z)
        between = values[:, None] - values - ((places[:, None] - places) * slopes).sum(axis=2)
        return np.concatenate(
            [
                1 - (slopes**2).sum(axis=1),
                [1 - (least**2).sum()],
                between[~np.eye(total, dtype=bool)],
                -values - ((least - places) * slopes).sum(axis=1),
                values,
            ]
        )

    for _ in range(6):
        start = 0.4 * rng.standard_normal(total * width + width + total)
        found = minimize(
            lambda z: -z[-1], start, method="SLSQP", constraints={"type": "ineq", "fun": allowed},
            options={"maxiter": 300, "ftol": 1e-12},
        )  # fmt: skip
        if allowed(found.x).min() > -1e-8:
            best = max(best, -found.fun)
    return best


@pytest.mark.parametrize("total", [8, 57, 120])
def test_linear_decay_attains_the_optimum(total: int) -> None:
    linear = 1.0 - np.arange(1.0, total) / total
    assert JUDGE.score({"iterates": total}, linear) == pytest.approx(1.0, abs=1e-14)
    assert JUDGE.baselines["linear-decay"]({"iterates": total}) == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("total", [8, 57, 120])
def test_the_best_constant_step_has_no_more_than_was_published(total: int) -> None:
    """Zamani and Glineur, 2023: at most sqrt(1 + log(N) / 4) for N = T - 1 steps; yet no optimum."""
    scores = [
        JUDGE.score({"iterates": total}, np.full(total - 1, size)) for size in np.linspace(0.2, 1.5, 200)
    ]
    assert 1.05 < min(scores) <= math.sqrt(1 + math.log(total - 1) / 4)


@pytest.mark.parametrize("total", [8, 57])
def test_whatever_is_altered_in_the_optimum_is_worse(total: int) -> None:
    linear = 1.0 - np.arange(1.0, total) / total
    rng = np.random.default_rng(1)
    for size in (1e-3, 1e-2, 0.5):
        for _ in range(10):
            altered = linear * np.exp(size * rng.standard_normal(total - 1))
            assert JUDGE.score({"iterates": total}, altered) > 1.0 + 1e-9


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40))
def test_no_steps_beat_the_bound_and_hostile_ones_have_a_score(sizes: list[float]) -> None:
    score = JUDGE.score({"iterates": len(sizes) + 1}, np.array(sizes))
    assert math.isfinite(score)
    assert score >= 1.0


def test_the_resisting_function_keeps_every_schedule_at_the_bound() -> None:
    """The page's lower bound, run: a coordinate not named before is named, and nothing is gained."""
    for sizes in ([0.3, 0.2, 0.1], [1.0, 1.0, 1.0]):
        total = len(sizes) + 1
        slopes = np.vstack([np.eye(total), np.zeros(total)])
        heights = np.append(np.zeros(total), -1.0 / math.sqrt(total))
        order = iter(range(total))
        x, value = last_iterate(sizes, slopes, heights, lambda active, order=order: next(order))
        assert value(x) == 0.0
        assert value(np.full(total, -1.0 / math.sqrt(total))) == pytest.approx(-1.0 / math.sqrt(total))


@pytest.mark.parametrize("size", [0, 6, 8, 9])
def test_a_wrong_number_of_steps_is_refused(size: int) -> None:
    with pytest.raises(Refused, match="7 steps"):
        JUDGE.score({"iterates": 8}, np.ones(size))


def test_splits_share_no_number_of_iterates() -> None:
    task = load("step-size-schedule")
    drawn = [
        {one["iterates"] for one in make_split(task, split, 5)} for split in ("train", "validation", "test")
    ]  # type: ignore[index]
    assert [len(split) for split in drawn] == [8, 15, 30]
    assert not (drawn[0] & drawn[1] | drawn[0] & drawn[2] | drawn[1] & drawn[2])
