"""The knockout tournament and its failure bound."""

import math

import numpy as np
import pytest

from provolve.errors import UsageError
from provolve.judge.selection import failure_bound, knockout, plan_knockout


@pytest.mark.parametrize("candidates", range(1, 12))
def test_a_perfect_judge_finds_the_best_with_n_minus_1_pairs(candidates: int) -> None:
    calls = []
    best = candidates // 2

    def prefers_first(i: int, j: int) -> bool:
        calls.append((i, j))
        return abs(i - best) < abs(j - best) or (abs(i - best) == abs(j - best) and i < j)

    choice = knockout(candidates, prefers_first, comparisons=3, rng=np.random.default_rng(candidates))
    assert choice.ties == (best,)
    assert len(calls) == 3 * (candidates - 1)


def test_the_order_within_a_pair_alternates() -> None:
    calls = []
    knockout(2, lambda i, j: calls.append((i, j)) or True, comparisons=4, rng=np.random.default_rng(0))
    assert calls == [(0, 1), (1, 0), (0, 1), (1, 0)]


def test_a_judge_that_likes_the_first_place_decides_nothing() -> None:
    # Every pair is an even split, which goes to the lower index.
    for seed in range(5):
        assert knockout(6, lambda i, j: True, comparisons=2, rng=np.random.default_rng(seed)).index == 0


def test_the_pairing_comes_from_the_generator() -> None:
    def met(seed: int) -> list[tuple[int, int]]:
        calls: list[tuple[int, int]] = []
        knockout(8, lambda i, j: calls.append((i, j)) or True, rng=np.random.default_rng(seed))
        return calls

    assert met(1) == met(1)
    assert met(1) != met(2)


def test_the_bound_is_the_formula_and_at_most_one() -> None:
    expected = 0.7**16 + 4 * math.exp(-2 * 20 * 0.3**2)
    assert failure_bound(16, 20, 0.3, 0.8) == pytest.approx(expected)
    assert failure_bound(9, 20, 0.3, 0.8) == pytest.approx(0.7**9 + 4 * math.exp(-2 * 20 * 0.3**2))
    assert failure_bound(16, 1, 0.01, 0.51) == 1.0
    assert failure_bound(1, 5, 0.25, 0.9) == pytest.approx(0.75)


@pytest.mark.parametrize("comparisons", [4, 9])
def test_simulated_failures_stay_below_the_bound(comparisons: int) -> None:
    rng = np.random.default_rng(7)
    candidates, p_gen, p_comp, runs = 11, 0.35, 0.8, 1500
    failures = 0
    for _ in range(runs):
        right = rng.random(candidates) < p_gen

        def prefers_first(i: int, j: int, right: np.ndarray = right) -> bool:
            if right[i] == right[j]:
                return bool(rng.random() < 0.5)
            return bool((rng.random() < p_comp) == right[i])

        failures += not right[knockout(candidates, prefers_first, comparisons=comparisons, rng=rng).index]
    bound = failure_bound(candidates, comparisons, p_gen, p_comp)
    assert failures / runs < bound + 3 * math.sqrt(bound / runs)
    assert failures / runs < 1 - p_gen


def test_the_plan_keeps_its_promise_and_no_cheaper_one_does() -> None:
    p_gen, p_comp, failure = 0.4, 0.75, 0.1
    n, k = plan_knockout(p_gen, p_comp, failure)
    assert failure_bound(n, k, p_gen, p_comp) <= failure
    cost = n + (n - 1) * k
    for other_n in range(1, 40):
        for other_k in range(1, 80):
            if other_n + (other_n - 1) * other_k < cost:
                assert failure_bound(other_n, other_k, p_gen, p_comp) > failure


def test_a_sure_generator_needs_one_candidate() -> None:
    assert plan_knockout(1.0, 0.6, 0.05) == (1, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: knockout(0, lambda i, j: True, rng=np.random.default_rng(0)),
        lambda: knockout(2, lambda i, j: True, comparisons=0, rng=np.random.default_rng(0)),
        lambda: failure_bound(4, 3, 0.3, 0.5),
        lambda: failure_bound(4, 0, 0.3, 0.7),
        lambda: failure_bound(4, 3, 1.3, 0.7),
        lambda: plan_knockout(0.0, 0.7, 0.1),
        lambda: plan_knockout(0.3, 0.4, 0.1),
    ],
)
def test_what_cannot_be_held_is_refused(call) -> None:
    with pytest.raises(UsageError):
        call()
