"""The bandit over operators and models: reward for money."""

import numpy as np
import pytest

from provolve.propose.model.bandit import Bandit


def play(arms: dict[str, tuple[float, float]], rounds: int, seed: int = 0) -> dict[str, float]:
    """Return what was spent on each arm, an arm being a chance of reward and a cost."""
    bandit, rng = Bandit(arms), np.random.default_rng(seed)
    spent = dict.fromkeys(arms, 0.0)
    for _ in range(rounds):
        name = bandit.choose(list(arms), rng)
        chance, cost = arms[name]
        bandit.begin(name)
        bandit.end(name, float(rng.random() < chance), cost)
        spent[name] += cost
    return spent


@pytest.mark.parametrize("seed", range(5))
def test_the_better_arm_gets_most(seed: int) -> None:
    spent = play({"good": (0.8, 1.0), "bad": (0.1, 1.0)}, 300, seed)
    assert spent["good"] > 2 * spent["bad"]


@pytest.mark.parametrize("seed", range(5))
def test_of_equal_rewards_the_cheaper_is_chosen(seed: int) -> None:
    spent = play({"cheap": (0.4, 1.0), "dear": (0.4, 10.0)}, 300, seed)
    assert spent["cheap"] / 1.0 > 5 * spent["dear"] / 10.0


def test_no_arm_is_given_up_for_good() -> None:
    spent = play({"good": (0.8, 1.0), "bad": (0.0, 1.0), "other": (0.0, 1.0)}, 1000)
    assert min(spent.values()) >= 5


def test_asks_under_way_make_an_arm_wait_its_turn() -> None:
    bandit, rng = Bandit(["a", "b"]), np.random.default_rng(1)
    chosen = []
    for _ in range(6):
        name = bandit.choose(["a", "b"], rng)
        bandit.begin(name)
        chosen.append(name)
    assert chosen.count("a") == 3


def test_a_prior_cost_makes_what_is_cheap_come_first() -> None:
    bandit = Bandit(["call", "symbolic"], {"symbolic": 0.05})
    assert bandit.bound("symbolic") > 5 * bandit.bound("call")


def test_an_arm_tried_first_does_not_starve_the_others_by_the_unit_of_its_cost() -> None:
    """Costs are shares of a budget: a first cost of 0.02 is no reason to take all others for dear."""
    bandit, rng = Bandit(["call", "symbolic"], {"symbolic": 0.05}), np.random.default_rng(1)
    chosen = []
    for _ in range(40):
        name = bandit.choose(["call", "symbolic"], rng)
        bandit.begin(name)
        bandit.end(name, 0.5, 0.02 if name == "symbolic" else 0.0025)
        chosen.append(name)
    assert chosen.count("call") > 20
