from __future__ import annotations

import numpy as np
import pytest

from provolve.propose.symbolic.bandit import BEST, FLOOR, IMPROVED, IMPROVED_LITTLE, Bandit, reward


def test_all_are_alike_at_first_save_for_handicaps():
    bandit = Bandit(["mutate", "gaussian", "insert-statement"])
    shares = bandit.probabilities(["mutate", "gaussian", "insert-statement"])
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == shares[1] > 2 * shares[2]


def test_success_for_little_work_is_chosen_more_and_none_falls_below_the_floor():
    bandit = Bandit(["a", "b", "c"])
    for _ in range(200):
        bandit.learn("a", 1.0, 160.0)
        bandit.learn("b", 1.0, 32.0)
        bandit.learn("c", 0.0, 32.0)
    a, b, c = bandit.probabilities(["a", "b", "c"])
    assert b > 3 * a > 3 * c
    assert c >= FLOOR


def test_old_success_is_forgotten():
    bandit = Bandit(["a", "b"])
    for _ in range(50):
        bandit.learn("a", 1.0, 32.0)
        bandit.learn("b", 0.0, 32.0)
    for _ in range(200):
        bandit.learn("a", 0.0, 32.0)
        bandit.learn("b", 1.0, 32.0)
    a, b = bandit.probabilities(["a", "b"])
    assert b > 5 * a


def test_choice_follows_the_probabilities():
    bandit = Bandit(["a", "b"])
    for _ in range(20):
        bandit.learn("a", 5.0, 32.0)
        bandit.learn("b", 0.0, 32.0)
    rng = np.random.default_rng(0)
    share = np.mean([bandit.choose(["a", "b"], rng) == "a" for _ in range(2000)])
    assert share == pytest.approx(bandit.probabilities(["a", "b"])[0], abs=0.03)


def test_restored_bandit_has_the_same_probabilities():
    bandit, twin = Bandit(["a", "b"]), Bandit(["a", "b"])
    bandit.learn("a", 3.0, 10.0)
    state = bandit.snapshot()
    bandit.learn("b", 9.0, 10.0)
    twin.restore(state)
    twin.learn("b", 9.0, 10.0)
    assert list(twin.probabilities(["a", "b"])) == list(bandit.probabilities(["a", "b"]))


@pytest.mark.parametrize(
    ("loss", "earned"),
    [(2.0, 0.0), (3.0, 0.0), (1.9999, IMPROVED_LITTLE), (1.5, IMPROVED), (0.5, BEST), (float("nan"), 0.0)],
)
def test_reward_is_by_rank(loss, earned):
    assert reward(loss, parent=2.0, best=1.0) == earned
